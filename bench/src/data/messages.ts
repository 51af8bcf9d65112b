import { dataFile, writeInteger } from './data-file.js'
import { seeded } from './seeded.js'

const SYMBOLS = 500

/**
 * Messages of a topic, a line each, of exactly `bytes` bytes without the newline:
 * `{"symbol":"SYM17","price":187.44,"quantity":120,"ts":"2026-01-01 00:00:10.123","note":"xxx…"}`.
 */
export function messagesFile(path: string, rows: number, bytes: number): number {
  const random = seeded(23)
  const before = Array.from({ length: SYMBOLS }, (_, i) => Buffer.from(`{"symbol":"SYM${i}","price":`))
  const quantity = Buffer.from(',"quantity":')
  const ts = Buffer.from(',"ts":"2026-01-01 00:00:')
  const note = Buffer.from('","note":"')
  const end = Buffer.from('"}\n')
  return dataFile(path, rows, (block, start, row) => {
    let offset = start + before[Math.floor(random() * SYMBOLS)]!.copy(block, start)
    const cents = 5_000 + Math.floor(random() * 15_000)
    offset = writeInteger(block, offset, Math.floor(cents / 100))
    block[offset++] = 46
    block[offset++] = 48 + (Math.floor(cents / 10) % 10)
    block[offset++] = 48 + (cents % 10)
    offset += quantity.copy(block, offset)
    offset = writeInteger(block, offset, 1 + Math.floor(random() * 1_000))
    offset += ts.copy(block, offset)
    offset = writeInteger(block, offset, 10 + (row % 50))
    block[offset++] = 46
    offset = writeInteger(block, offset, 100 + (row % 900))
    offset += note.copy(block, offset)
    const noteEnd = start + bytes + 1 - end.length
    if (offset < noteEnd) block.fill(120, offset, noteEnd)
    offset = Math.max(offset, noteEnd)
    return offset + end.copy(block, offset)
  })
}
