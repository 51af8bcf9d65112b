import type { Connector } from '@millrace/core'
import { MillraceError } from '@millrace/core'
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SimulationOptions } from '../simulate.js'
import { JobRun } from './job-run.js'
import { microsOf } from './micros-of.js'
import { SqlTest } from './sql-test.js'
import { StandIns, type TestedTable } from './stand-ins.js'
import { nameAmong, unknownTable } from './table-named.js'
import { compileTested, declaredTables, type ScriptText } from './tested-script.js'

export interface ExpectSqlOptions {
  /** On how many workers the test runs, on each of several one after the other: they must agree. Default 1, 2 and 4. */
  readonly workers?: number | readonly number[]
  /** Of the schedule of the workers, and of random functions. Every run with the same seed is the same. Default 1. */
  readonly seed?: number
  /** By table, whatever its options do not say. */
  readonly tables?: Readonly<Record<string, TestedTable>>
  /** Modules of user functions by what stands in `AS '…'`, in place of importing them: `{ './f.js': { double: (x) => 2 * x } }`. */
  readonly functions?: SimulationOptions['functions']
  /** Connectors that are used as they are. Tables of all others are in memory. */
  readonly connectors?: readonly Connector[]
  /** Fills `${name}` in the text. */
  readonly params?: Readonly<Record<string, string>>
  /** Settings of the job, as by SET. */
  readonly set?: Readonly<Record<string, string>>
  /** Where relative paths of modules start. Default: the folder of the SQL file, else the working directory. */
  readonly baseDirectory?: string
  /** What the clock says at first. Default `2026-01-01 00:00:00`, UTC. */
  readonly now?: string | Date
  /** Bytes that fit between two workers; few make for much waiting. Default 4,096. */
  readonly exchangeBytes?: number
  /** False: interpreted, not compiled to JavaScript. Default true. */
  readonly compile?: boolean
}

/**
 * Tests SQL: a job that runs as it does in production, on several workers, but in one thread, with tables in memory and a clock of its
 * own. Push rows, look at what comes. Needs no test runner; what is not as expected is thrown with a readable difference.
 *
 * ```ts
 * const test = await expectSql(`
 *   CREATE TABLE orders (id BIGINT, amount DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
 *   WITH ('connector' = 'kafka', 'topic' = 'orders', 'format' = 'json');
 *   SELECT window_start, SUM(amount) AS total
 *   FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
 *   GROUP BY window_start, window_end`)
 *
 * await test.push('orders', [
 *   { id: 1, amount: '10.00', ts: '2026-01-01 00:00:01' },
 *   { id: 2, amount: '20.00', ts: '2026-01-01 00:00:59' },
 * ])
 * await test.changes([])                                              // the window is open
 * await test.push('orders', [{ id: 3, amount: '5.00', ts: '2026-01-01 00:01:05' }])
 * await test.changes([{ window_start: '2026-01-01 00:00:00', total: '30.00' }])
 * await test.endOfInput()
 * await test.changes([{ window_start: '2026-01-01 00:01:00', total: 5 }])
 * ```
 *
 * @param sql the text, or the URL of a file: `new URL('../jobs/totals.sql', import.meta.url)`
 * @throws MillraceError for a text that does not compile, with file, line and column; USAGE where it has no job or several
 */
export async function expectSql(sql: string | URL, options: ExpectSqlOptions = {}): Promise<SqlTest> {
  const { seed = 1, tables = {}, connectors = [], functions = {}, exchangeBytes = 4_096, compile = true } = options
  const script = scriptOf(sql, options)
  const declared = declaredTables(script)
  checkTables(tables, declared.map(({ name }) => name))
  const standIns = new StandIns(declared, tables, connectors)
  const { job, functions: modules } = await compileTested(script, standIns.connectors, functions, { compile, seed })
  const startMicros = microsOf(options.now ?? '2026-01-01 00:00:00', 'now')
  const setting = { plan: job.plan, schema: job.schema, functions: modules, declared, tables, connectors, seed, exchangeBytes, startMicros }
  const runs: JobRun[] = []
  for (const workers of workerCounts(options.workers ?? [1, 2, 4])) runs.push(await JobRun.open(setting, workers))
  return new SqlTest(job, runs, setting)
}

function scriptOf(sql: string | URL, { baseDirectory, params = {}, set = {} }: ExpectSqlOptions): ScriptText {
  const file = sql instanceof URL ? fileURLToPath(sql) : null
  return {
    sql: file === null ? (sql as string) : readFileSync(file, 'utf8'),
    fileName: file ?? 'test.sql',
    baseDirectory: resolve(baseDirectory ?? (file === null ? '.' : dirname(file))),
    params,
    set,
  }
}

function workerCounts(given: number | readonly number[]): readonly number[] {
  const counts = typeof given === 'number' ? [given] : given
  if (counts.length > 0 && counts.every((count) => Number.isInteger(count) && count >= 1)) return counts
  throw new MillraceError('USAGE', `workers: ${String(given)}; it is a whole number from 1, or a list of some`)
}

function checkTables(tables: Readonly<Record<string, TestedTable>>, declared: readonly string[]): void {
  for (const [name, { partitions = 1 }] of Object.entries(tables)) {
    if (nameAmong(name, declared) === undefined) unknownTable(name, declared, 'the text does not declare')
    if (Number.isInteger(partitions) && partitions >= 1) continue
    throw new MillraceError('USAGE', `table \`${name}\`: partitions: ${partitions} is no whole number from 1`)
  }
}
