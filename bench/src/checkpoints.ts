import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { repeatedFile } from './data/data-file.js'
import { tradesFile } from './data/trades.js'
import { median } from './measurement.js'
import type { BenchTable } from './report.js'
import { contest, speedRatio } from './series.js'
import { scaled } from './settings.js'
import type { BenchSettings } from './settings.js'
import { runSubject } from './subject-process.js'
import type { CheckpointedMeasurement } from './subjects/checkpointed.js'
import type { RecoveryMeasurement } from './subjects/recovery.js'

const NEXMARK = fileURLToPath(new URL('../nexmark/', import.meta.url))

/** The file of trades is read so often. */
const TIMES = 7

/** From one checkpoint to the next. */
const INTERVAL_MS = 1_000

interface Job {
  readonly label: string
  readonly sql: string
  readonly params?: Readonly<Record<string, string>>
  readonly rows: number
}

/** What a checkpoint each second costs, how long it stops a pipeline, and how long a job takes to go on from one. */
export async function checkpoints(settings: BenchSettings): Promise<BenchTable[]> {
  return [await cost(settings), await keys(settings)]
}

async function cost(settings: BenchSettings): Promise<BenchTable> {
  const rows: (string | number)[][] = []
  // So many that a run takes more than ten seconds, with ten checkpoints in it: a short one says more of its beginning and its end.
  for (const job of [trades(settings), nexmark('q4', 80_000_000, settings), nexmark('q8', 240_000_000, settings)]) {
    for (const workers of [1, 2]) {
      const parameters = { sql: job.sql, params: job.params ?? {}, workers, rows: job.rows }
      const [without, withThem] = await contest([
        { label: `${job.label} @${workers} without`, subject: 'checkpointed', parameters: { ...parameters, intervalMs: null } },
        { label: `${job.label} @${workers} with`, subject: 'checkpointed', parameters: { ...parameters, intervalMs: INTERVAL_MS } },
      ], settings.rounds)
      const runs = withThem!.runs as readonly CheckpointedMeasurement[]
      rows.push([
        `${job.label} @${workers}`, without!.rowsPerSecond, withThem!.rowsPerSecond, speedRatio(withThem!, without!), withThem!.cpuMs / without!.cpuMs,
        median(runs.map((run) => run.checkpoints)), Math.max(...runs.map((run) => run.stateBytes)), Math.max(...runs.map((run) => run.pauseMsMax)),
      ])
    }
  }
  return {
    title: `checkpoints: one each ${INTERVAL_MS} ms`,
    columns: ['', 'rows/s without', 'rows/s with', 'speed with ÷ without', 'CPU with ÷ without', 'taken', 'bytes of the largest', 'longest pause ms'],
    rows,
    notes: ['With and without gave the same result hash.'],
  }
}

function trades(settings: BenchSettings): Job {
  const fileRows = scaled(50_000_000, settings)
  const file = `${settings.dataFolder}/trades-${fileRows}.ndjson`
  tradesFile(file, fileRows)
  const path = repeatedFile(file, TIMES)
  return {
    label: 'trades',
    rows: fileRows * TIMES,
    sql: `CREATE TABLE trades (symbol STRING, price DOUBLE, quantity INT, ts TIMESTAMP(3)) WITH ('connector' = 'file', 'path' = '${path}', 'format' = 'json');
CREATE TABLE result (symbol STRING, trades BIGINT, price DOUBLE, quantity BIGINT) WITH ('connector' = 'memory');
INSERT INTO result SELECT symbol, count(*), avg(price), sum(quantity) FROM trades WHERE price > 110 GROUP BY symbol`,
  }
}

/** A query of Nexmark with a sink that can be looked at. */
function nexmark(query: string, events: number, settings: BenchSettings): Job {
  const rows = scaled(events, settings)
  const sql = ['setup', query].map((name) => readFileSync(join(NEXMARK, `${name}.sql`), 'utf8')).join('\n')
  return { label: query, rows, params: { events: String(rows) }, sql: sql.replace("'blackhole'", "'memory'").replaceAll(`nexmark_${query}`, 'result') }
}

/** A million groups that change all over. */
async function keys(settings: BenchSettings): Promise<BenchTable> {
  const rows = scaled(20_000_000, settings)
  const keyCount = scaled(1_000_000, settings)
  const sql = `CREATE TABLE events (k BIGINT, v INT) WITH ('connector' = 'datagen', 'fields.k.kind' = 'random', 'fields.k.min' = '0',
  'fields.k.max' = '${keyCount - 1}', 'fields.v.kind' = 'random', 'fields.v.min' = '0', 'fields.v.max' = '1000');
CREATE TABLE totals (k BIGINT, n BIGINT, s BIGINT, m INT) WITH ('connector' = 'blackhole');
INSERT INTO totals SELECT k, count(*), sum(v), max(v) FROM events GROUP BY k EMIT CHANGES`
  const table: (string | number)[][] = []
  for (const workers of [1, 2]) {
    const runs: RecoveryMeasurement[] = []
    for (let round = 0; round < settings.rounds; round++) {
      process.stderr.write(`  ${keyCount} keys @${workers}, round ${round + 1} of ${settings.rounds}\n`)
      runs.push(await runSubject('recovery', { sql, workers, rows, intervalMs: INTERVAL_MS }) as RecoveryMeasurement)
    }
    table.push([
      `@${workers}`, median(runs.map((run) => (rows * 1_000) / run.elapsedMs)), median(runs.map((run) => run.checkpoints)), Math.max(...runs.map((run) => run.stateBytes)),
      Math.max(...runs.map((run) => run.pauseMsMax)), Math.max(...runs.map((run) => run.recoveryMs)),
    ])
  }
  return {
    title: `checkpoints: ${keyCount.toLocaleString('en')} keys that all change, one each ${INTERVAL_MS} ms`,
    columns: ['', 'rows/s', 'taken', 'bytes of the largest', 'longest pause ms', 'going on, ms'],
    rows: table,
    notes: ['Count, sum and max of each key, every change told. Going on is from the start to the first read: threads, compiling, state.'],
  }
}
