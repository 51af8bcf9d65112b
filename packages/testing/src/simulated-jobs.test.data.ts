import { aggregateFunction, asyncScalarFunction, INSERT, type RowKind, tableFunction, type Value } from '@millrace/core'
import type { Change } from './batch-text.js'
import { foldChanges } from './fold-changes.js'
import { memoryConnector } from './memory-connector.js'
import type { JobUnderTest } from './check-job.js'
import { seededRandom } from './seeded-random.js'
import type { SeededRandom } from './seeded-random.js'
import { type Fault, FAULTS } from './simulation/faults.js'
import { type Ledger, ledgerConnector } from './simulation/ledger-connector.js'

const T0 = 1_767_225_600_000_000
const MS = 1_000
const SPLITS = 3

const TABLES = `
  CREATE TABLE late (page STRING, window_start TIMESTAMP(3), lateness_ms BIGINT, score INT) WITH ('connector' = 'ledger');
  CREATE TABLE clicks (id INT, page STRING, score INT, amount DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '3' SECOND)
    WITH ('connector' = 'memory', 'late-rows' = 'late');
  CREATE TABLE views (id INT, page STRING, score INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '3' SECOND) WITH ('connector' = 'memory');
  CREATE TABLE stock (page STRING, n INT) WITH ('connector' = 'memory');
  CREATE TABLE rates (page STRING, rate INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '3' SECOND, PRIMARY KEY (page) NOT ENFORCED) WITH ('connector' = 'memory');
`
const onTime = TABLES.replace(", 'late-rows' = 'late'", '').replace(/CREATE TABLE late[^;]*;/, '')

const FUNCTIONS = `
  CREATE FUNCTION shout AS './f.js'; CREATE FUNCTION later AS './f.js'; CREATE FUNCTION center AS './f.js'; CREATE FUNCTION letters AS './f.js';
`
const functions = {
  './f.js': {
    shout: asyncScalarFunction({ args: ['STRING'], returns: 'STRING', concurrency: 3, eval: async (text) => `${text}!` }),
    later: asyncScalarFunction({ args: ['INT'], returns: 'INT', concurrency: 8, async eval(n) { await new Promise(setImmediate); return n * n } }),
    center: aggregateFunction({
      args: ['INT'], returns: 'DOUBLE', create: () => ({ sum: 0, count: 0 }),
      accumulate(state, n) { state.sum += n; state.count++ },
      retract(state, n) { state.sum -= n; state.count-- },
      merge(state, other) { state.sum += other.sum; state.count += other.count },
      result: ({ sum, count }) => (count === 0 ? null : sum / count),
    }),
    letters: tableFunction({ args: ['STRING'], returns: 'ROW<letter STRING, place INT>', deterministic: true, * eval(text) { for (let i = 0; i < text.length; i++) yield { letter: text[i]!, place: i } } }),
  },
}

interface QueryClass {
  readonly tables: string
  readonly queries: readonly string[]
  /** Rows are only added to the result. */
  readonly append: boolean
  /**
   * Late rows are so late that they touch no session. Whether one that bridges to a session still finds it open depends on how far the
   * other splits have come.
   */
  readonly isolated?: true
}

const window = (kind: string): string => `TABLE(${kind})`
const TEN_SECONDS = window("TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '10' SECOND)")
const HOPS = window("HOP(TABLE clicks, DESCRIPTOR(ts), INTERVAL '4' SECOND, INTERVAL '12' SECOND)")
const STEPS = window("CUMULATE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '15' SECOND)")
const ranked = (order: string, most: number): string =>
  `SELECT page, score, id FROM (SELECT *, row_number() OVER (PARTITION BY page ORDER BY ${order}) AS place FROM clicks) WHERE place <= ${most}`

/** Queries by class; every one has one answer whatever the order in which rows of different splits come. */
export const CLASSES: Readonly<Record<string, QueryClass>> = {
  stateless: {
    tables: onTime, append: true,
    queries: [
      'SELECT id, page, amount * 2 FROM clicks WHERE score > 1',
      "SELECT id, coalesce(page, 'nobody'), CASE WHEN score IS NULL THEN -1 ELSE score END FROM clicks",
      'SELECT id, page FROM clicks UNION ALL SELECT id, page FROM views WHERE score < 3',
    ],
  },
  windowed: {
    tables: TABLES, append: true,
    queries: [
      `SELECT page, window_start, count(*), sum(score), max(amount) FROM ${TEN_SECONDS} GROUP BY page, window_start, window_end`,
      `SELECT window_start, count(DISTINCT page), sum(amount) FROM ${TEN_SECONDS} GROUP BY window_start, window_end`,
      `SELECT page, window_start, count(*), min(score) FROM ${HOPS} GROUP BY page, window_start, window_end`,
      `SELECT page, window_end, count(DISTINCT score) FROM ${STEPS} GROUP BY page, window_start, window_end`,
    ],
  },
  session: {
    tables: TABLES, append: true, isolated: true,
    queries: [
      `SELECT page, window_start, window_end, count(*), sum(score) FROM ${window("SESSION(TABLE clicks PARTITION BY page, DESCRIPTOR(ts), INTERVAL '2' SECOND)")} GROUP BY page, window_start, window_end`,
      `SELECT score, page, window_end, max(amount) FROM ${window("SESSION(TABLE clicks PARTITION BY score, page, DESCRIPTOR(ts), INTERVAL '4' SECOND)")} GROUP BY score, page, window_start, window_end`,
    ],
  },
  join: {
    tables: onTime, append: false,
    queries: [
      'SELECT a.id, b.id, a.page FROM clicks AS a JOIN views AS b ON a.page = b.page AND a.score < b.score',
      'SELECT a.id, b.id FROM clicks AS a LEFT JOIN views AS b ON a.page = b.page AND a.score = b.score',
      'SELECT a.id, b.id FROM clicks AS a FULL JOIN views AS b ON a.id = b.id AND a.page = b.page',
      "SELECT a.id, b.id FROM clicks AS a JOIN views AS b ON a.page = b.page AND a.ts BETWEEN b.ts - INTERVAL '4' SECOND AND b.ts + INTERVAL '1' SECOND",
      'SELECT c.id, c.page, r.rate FROM clicks AS c JOIN rates FOR SYSTEM_TIME AS OF c.ts AS r ON c.page = r.page',
      'SELECT c.id, r.rate FROM clicks AS c LEFT JOIN rates FOR SYSTEM_TIME AS OF c.ts AS r ON c.page = r.page',
      'SELECT id, page FROM clicks WHERE page IN (SELECT page FROM views WHERE score > 2)',
      'SELECT a.page, n, a.id FROM clicks AS a JOIN (SELECT page, count(*) AS n FROM views GROUP BY page) AS b ON a.page = b.page',
    ],
  },
  'top-n': {
    tables: onTime, append: false,
    queries: [
      ranked('score DESC, id', 2),
      ranked('amount, id DESC', 1),
      'SELECT page, n FROM (SELECT page, n, row_number() OVER (ORDER BY n DESC, page) AS place FROM (SELECT page, count(*) AS n FROM clicks GROUP BY page)) WHERE place <= 2',
      'SELECT id, page, ts FROM clicks QUALIFY row_number() OVER (PARTITION BY page, score ORDER BY ts DESC) = 1',
      'SELECT * FROM (SELECT page, score, dense_rank() OVER (PARTITION BY page ORDER BY score DESC) AS r FROM clicks) WHERE r <= 2',
    ],
  },
  over: {
    tables: onTime, append: true,
    queries: [
      'SELECT id, sum(score) OVER (PARTITION BY page ORDER BY ts ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM clicks',
      "SELECT id, count(*) OVER (PARTITION BY page ORDER BY ts RANGE BETWEEN INTERVAL '5' SECOND PRECEDING AND CURRENT ROW) FROM clicks",
      'SELECT id, lag(score) OVER (PARTITION BY page ORDER BY ts), max(amount) OVER (PARTITION BY page ORDER BY ts) FROM clicks',
    ],
  },
  changelog: {
    tables: onTime, append: false,
    queries: [
      'SELECT page, count(*), sum(score), max(amount), count(DISTINCT score) FROM clicks GROUP BY page',
      'SELECT n, count(*) FROM (SELECT page, count(*) AS n FROM clicks GROUP BY page) GROUP BY n',
      'SELECT page, count(*), sum(n), min(n) FROM stock GROUP BY page HAVING count(*) > 1',
      'SELECT n, count(*) FROM (SELECT DISTINCT page, n FROM stock) GROUP BY n',
      'SELECT page, score FROM clicks INTERSECT SELECT page, score FROM views',
      'SELECT page FROM views EXCEPT SELECT page FROM clicks WHERE score > 3',
      'SELECT count(*), avg(amount) FROM clicks',
      `SELECT page, window_start, count(DISTINCT score) FROM ${TEN_SECONDS} GROUP BY page, window_start, window_end EMIT CHANGES`,
    ],
  },
  functions: {
    tables: onTime + FUNCTIONS, append: false,
    queries: [
      'SELECT id, shout(page), later(id) FROM clicks WHERE score > 0',
      'SELECT shout(page), count(*), max(later(id)) FROM clicks GROUP BY shout(page)',
      'SELECT page, center(score) FROM clicks GROUP BY page',
      `SELECT page, window_start, center(score), count(*) FROM ${TEN_SECONDS} GROUP BY page, window_start, window_end`,
      'SELECT id, letter, place FROM clicks CROSS JOIN LATERAL TABLE(letters(page)) WHERE score > 0',
      'SELECT page, center(n) FROM stock GROUP BY page',
    ],
  },
}

export const CLASS_NAMES: readonly string[] = Object.keys(CLASSES)

/** One in so many jobs has a checkpoint store that says of an object that it is durable when it is not. */
const LIES = 4

/** A job of the class: its query, its rows, who takes the result, and what may befall it, by the seed. */
export function jobOf(name: string, seed: number): JobUnderTest {
  const random = seededRandom(seed ^ 0x5bd1e995)
  const forgets = random.oneIn(LIES)
  const { tables, queries, append, isolated = false } = CLASSES[name]!
  const query = random.pick(queries)
  const ledger = ledgerConnector(forgets)
  const rows = 5 + random.below(random.oneIn(5) ? 90 : 30)
  const connector = memoryConnector({
    tables: {
      clicks: { unbounded: true, splits: SPLITS, filters: random.oneIn(2) }, views: { unbounded: true, splits: 2 },
      stock: { unbounded: true, splits: 2, changes: true }, rates: { unbounded: true, changes: true },
    },
  })
  connector.push('rates', versions(random, 6))
  for (let split = 0; split < SPLITS; split++) connector.push('clicks', clicks(random, split, rows, isolated), split)
  for (let split = 0; split < 2; split++) {
    connector.push('views', clicks(random, split, 12).map(([id, page, score, , ts]) => [id!, page!, score!, ts!]), split)
    connector.push('stock', stock(random, 15), split)
  }
  for (const table of ['clicks', 'views', 'stock', 'rates']) connector.end(table)
  const faults: Partial<JobUnderTest> = forgets ? { faults: Object.keys(FAULTS) as Fault[], mayRefuse: ['CHECKPOINT_CORRUPT'] } : {}
  const direct = { connectors: [connector, ledger], functions, counts: ['rowsIn', 'rowsLate', 'rowsFailed'] as const, ...faults }
  // A bare SELECT, or tables of as many kinds as the query allows.
  if (random.oneIn(3)) return { ...direct, sql: `${tables} ${query}`, outcome: ({ folded }) => ({ folded, ledger: contentOf(ledger) }) }
  const sinks = [`CREATE TABLE once WITH ('connector' = 'ledger') AS ${query}`]
  if (append && random.oneIn(2)) sinks.push(`CREATE TABLE often WITH ('connector' = 'ledger', 'accepts' = 'append', 'guarantee' = 'at-least-once') AS ${query}`)
  if (random.oneIn(2)) {
    sinks.unshift(`CREATE TABLE pages (page STRING, n BIGINT, PRIMARY KEY (page) NOT ENFORCED) WITH ('connector' = 'ledger', 'accepts' = 'upsert'); INSERT INTO pages SELECT page, count(*) FROM clicks WHERE page IS NOT NULL GROUP BY page`)
  }
  return { ...direct, sql: `${tables} ${sinks.join('; ')}`, outcome: () => contentOf(ledger) }
}

/** What each table has come to; of one whose rows may come again, each once. */
function contentOf(ledger: Ledger): Record<string, unknown> {
  const content: Record<string, unknown> = {}
  for (const [name, { schema, primaryKey, guarantee, changes }] of [...ledger.tables].sort()) {
    const seen = guarantee === 'at-least-once' && primaryKey.length === 0 ? distinct(changes) : changes
    content[name] = foldChanges(seen, schema, primaryKey)
  }
  return content
}

function distinct(changes: readonly Change[]): Change[] {
  return [...new Map(changes.map((change) => [change.values.join('|'), change])).values()]
}

const PAGES: readonly (string | null)[] = ['a', 'b', 'c', null]
const SCORES: readonly (number | null)[] = [0, 1, 2, 3, 4, null]

/** Rows of one split: event time goes on by about a second a row, and some come late. No two rows have the same time. */
function clicks(random: SeededRandom, split: number, count: number, isolated = false): Value[][] {
  return Array.from({ length: count }, (_, i) => {
    const id = i * SPLITS + split
    const off = random.oneIn(6) ? (isolated ? -1_000 - id * 60 : -random.below(12)) : random.below(3)
    const seconds = i + off
    return [id, random.pick(PAGES), random.pick(SCORES), BigInt(random.below(2_000)), T0 + seconds * 1_000 * MS + id * MS]
  })
}

function stock(random: SeededRandom, count: number): Change[] {
  const there: Value[][] = []
  return Array.from({ length: count }, () => {
    if (there.length > 0 && random.oneIn(3)) return { kind: 3 as RowKind, values: there.splice(random.below(there.length), 1)[0]! }
    const values = [random.pick(PAGES), random.below(4)]
    there.push(values)
    return { kind: INSERT as RowKind, values }
  })
}

function versions(random: SeededRandom, count: number): Change[] {
  return Array.from({ length: count }, (_, i) => ({
    kind: INSERT as RowKind, values: [random.pick(['a', 'b', 'c']), random.below(9), T0 + (i * 4 + random.below(3)) * 1_000 * MS],
  }))
}
