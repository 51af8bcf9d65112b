import { dataFile, writeInteger } from './data-file.js'
import { seeded } from './seeded.js'

const SYMBOLS = [
  'AAPL', 'MSFT', 'GOOG', 'AMZN', 'NVDA', 'META', 'TSLA', 'BRK', 'V', 'JPM', 'WMT', 'UNH', 'XOM', 'MA', 'PG', 'JNJ', 'HD', 'COST', 'ABBV', 'ORCL',
  'KO', 'PEP', 'BAC', 'CRM', 'NFLX', 'AMD', 'ADBE', 'TMO', 'CSCO', 'ACN', 'MCD', 'ABT', 'LIN', 'INTU', 'QCOM', 'TXN', 'GE', 'IBM', 'CAT', 'DIS',
]
const DAY_START_MS = Date.UTC(2026, 0, 1)

/** NDJSON trades, 86 bytes a row: `{"symbol":"AAPL","price":187.44,"quantity":120,"ts":"2026-01-01 00:00:00.123"}`. */
export function tradesFile(path: string, rows: number): number {
  const random = seeded(42)
  const before = SYMBOLS.map((symbol) => Buffer.from(`{"symbol":"${symbol}","price":`))
  const quantity = Buffer.from(',"quantity":')
  const ts = Buffer.from(',"ts":"')
  const end = Buffer.from('"}\n')
  let second = -1
  let secondText = Buffer.alloc(0)
  return dataFile(path, rows, (block, offset, row) => {
    offset += before[Math.floor(random() * SYMBOLS.length)]!.copy(block, offset)
    const cents = 5_000 + Math.floor(random() * 15_000)
    offset = writeInteger(block, offset, Math.floor(cents / 100))
    block[offset++] = 46
    block[offset++] = 48 + (Math.floor(cents / 10) % 10)
    block[offset++] = 48 + (cents % 10)
    offset += quantity.copy(block, offset)
    offset = writeInteger(block, offset, 1 + Math.floor(random() * 1_000))
    offset += ts.copy(block, offset)
    const s = Math.floor(row / 1_000)
    if (s !== second) {
      second = s
      secondText = Buffer.from(new Date(DAY_START_MS + s * 1_000).toISOString().slice(0, 19).replace('T', ' ') + '.')
    }
    offset += secondText.copy(block, offset)
    const ms = row % 1_000
    block[offset++] = 48 + Math.floor(ms / 100)
    block[offset++] = 48 + (Math.floor(ms / 10) % 10)
    block[offset++] = 48 + (ms % 10)
    return offset + end.copy(block, offset)
  })
}
