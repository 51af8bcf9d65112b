import fc from 'fast-check'
import { MillraceError } from '@millrace/core'
import type { Value } from '@millrace/core'
import { expect, it } from 'vitest'
import { changesToText } from './batch-text.js'
import type { MemoryTable } from './memory-connector.js'
import { memoryConnector } from './memory-connector.js'
import { simulate } from './simulate.js'
import { simulateWithRestarts } from './simulate-with-restarts.js'

const COLUMNS = `symbol STRING, price DOUBLE, quantity BIGINT, amount DECIMAL(10, 2), small INT, day DATE, ts TIMESTAMP(3), ok BOOLEAN,
  place ROW<city STRING, n INT>, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND`
const TABLES = ['trades', 'plain'].map((name) => `CREATE TABLE ${name} (${COLUMNS}) WITH ('connector' = 'memory');`).join('\n')

const START_MICROS = 1_767_225_600_000_000
const rows = Array.from({ length: 60 }, (_, i): Value[] => [
  i % 11 === 0 ? null : `S${i % 5}`,
  i % 7 === 0 ? null : ((i * 37) % 50) / 4,
  BigInt((i * 7_919) % 97),
  BigInt((i * 31) % 1_000),
  i % 9 === 0 ? null : i % 4,
  20_000 + (i % 3),
  START_MICROS + ((i * 13) % 60) * 7_000_000,
  i % 3 === 0 ? null : i % 2 === 0,
  i % 8 === 0 ? null : [`c${i % 3}`, i],
])

// ------------------------------------------------------------------------------------------------------------- queries

const scalar = fc.constantFrom(
  'small', 'quantity', 'small + 1', 'quantity * 2', 'amount', 'price / 2', 'coalesce(small, 0)', 'CASE WHEN ok THEN small ELSE 7 END',
  '9007199254740993', 'place.n', 'upper(symbol)', 'symbol', 'ok', 'ts', `ts + INTERVAL '1' DAY`, 'CAST(quantity AS STRING)', 'day',
)
const condition = fc.constantFrom(
  'small > 1', `symbol = 'S1'`, 'quantity IN (1, 2, 5, 9007199254740993)', `day = '2024-10-05'`, 'ok', 'price * 2 > 3 OR small IS NULL',
  'amount BETWEEN 1 AND 2.5', `place.city = 'c1'`, 'NOT ok', `symbol LIKE '%2'`,
)
const aggregate = fc.constantFrom(
  'count(*)', 'sum(quantity)', 'avg(price)', 'min(symbol)', 'count(DISTINCT small)', 'sum(amount) FILTER (WHERE ok)', 'first_value(price)',
  `string_agg(symbol, ',' ORDER BY price)`, 'sum(DISTINCT amount)', 'max(ts)', 'array_agg(small)', 'avg(amount)', 'stddev_pop(quantity)',
)
const key = fc.constantFrom('symbol', 'small', 'day', 'upper(symbol)', 'small % 2', 'place.city')
const table = fc.constantFrom('trades', 'plain')
const where = fc.option(condition).map((text) => (text === null ? '' : ` WHERE ${text}`))
const order = fc.constantFrom('', ' ORDER BY a', ' ORDER BY b DESC', ' ORDER BY a, b')
const limit = fc.constantFrom('', '', ' LIMIT 3', ' LIMIT 3 OFFSET 2', ' LIMIT 0')
const having = fc.constantFrom('', ' HAVING count(*) > 1')

const plain = fc.record({ a: scalar, b: scalar, table, where, order, limit, distinct: fc.constantFrom('', 'DISTINCT ') })
  .map((q) => `SELECT ${q.distinct}${q.a} AS a, ${q.b} AS b FROM ${q.table}${q.where}${q.order}${q.limit}`)
const grouped = fc.record({
  keys: fc.uniqueArray(key, { maxLength: 2 }), calls: fc.array(aggregate, { minLength: 1, maxLength: 3 }), table, where, limit, having,
}).map((q) => {
  const groups = q.keys.length === 0 ? '' : ` GROUP BY ${q.keys.join(', ')}`
  return `SELECT ${[...q.keys, ...q.calls].join(', ')} FROM ${q.table}${q.where}${groups}${q.having}${q.limit}`
})
const nested = plain.map((q) => `SELECT a, count(*), max(b) FROM (${q}) AS t GROUP BY a`)
const windowed = fc.tuple(aggregate, where).map(([call, filter]) => `SELECT symbol, window_start, window_end, ${call}
  FROM TABLE(TUMBLE(TABLE trades, DESCRIPTOR(ts), INTERVAL '1' MINUTE))${filter} GROUP BY symbol, window_start, window_end`)
const union = fc.tuple(plain, plain)
  .map(([x, y]) => `SELECT 'x' || CAST(a AS STRING) FROM (${x}) AS x UNION ALL SELECT CAST(b AS STRING) FROM (${y}) AS y`)
const query = fc.oneof(plain, grouped, nested, windowed, union)

// ---------------------------------------------------------------------------------------------------------- executions

interface How {
  readonly workers: number
  readonly compile: boolean
  readonly batchRows: number
  /** It crashes and goes on at other numbers of workers. */
  readonly restarts?: true
}

const ORACLE: How = { workers: 1, compile: false, batchRows: 1_024 }
const OTHERS: readonly How[] = [
  { workers: 1, compile: true, batchRows: 7 },
  { workers: 2, compile: true, batchRows: 3 },
  { workers: 4, compile: false, batchRows: 1_024 },
  { workers: 8, compile: true, batchRows: 16 },
  { workers: 4, compile: true, batchRows: 3, restarts: true },
  { workers: 2, compile: false, batchRows: 2, restarts: true },
]

/** The folded rows as text, or the code of the user's error: binding can refuse a query, rows can fail. */
async function answer(select: string, how: How, seed: number): Promise<string> {
  const tables: Record<string, MemoryTable> = { trades: { rows, splits: 5, filters: how.workers > 1 }, plain: { rows, splits: 3 } }
  try {
    const run = how.restarts === true ? simulateWithRestarts : simulate
    const { folded, schema } = await run({ sql: TABLES + select, connectors: [memoryConnector({ tables })], ...how, seed })
    const text = changesToText(folded.map((values) => ({ kind: 0, values })), schema)
    // Sums of DOUBLE agree to 12 significant digits, and columns are as wide as their longest value.
    return text.replaceAll(/ +/g, ' ').replaceAll(/(\.\d{10})\d+/g, '$1')
  } catch (error) {
    if (error instanceof MillraceError && error.domain === 'user') return error.code
    throw error
  }
}

const numRuns = Math.min(Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 30), 1_000)

it('a query has one answer', async () => {
  await fc.assert(fc.asyncProperty(query, fc.integer(), async (select, seed) => {
    const expected = await answer(select, ORACLE, seed)
    for (const how of OTHERS) expect(await answer(select, how, seed), `${select} ${JSON.stringify(how)}`).toBe(expected)
  }), { numRuns })
}, 120_000)
