import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BenchTable } from './report.js'
import { median } from './measurement.js'
import { scaled } from './settings.js'
import type { BenchSettings } from './settings.js'
import { runSubject } from './subject-process.js'
import type { NexmarkMeasurement } from './subjects/nexmark.js'

/** The queries' SQL, and the setup that stands before each. */
const FOLDER = fileURLToPath(new URL('../nexmark/', import.meta.url))

const QUERIES = Array.from({ length: 23 }, (_, i) => `q${i}`)

/** Rows of the bounded table that q13 joins with. */
const SIDE_INPUT_ROWS = 10_000

/** What Flink is published to do on one core, events/s, for scale; on another machine. */
const FLINK_EVENTS_PER_SECOND: Readonly<Record<string, number>> = { q0: 378_000, q4: 28_000, q5: 75_000, q7: 23_000, q8: 162_000 }

/** The queries of Nexmark into a sink that drops everything, at 1 and 2 workers. */
export async function nexmark(settings: BenchSettings): Promise<BenchTable[]> {
  const events = settings.events ?? scaled(5_000_000, settings)
  const queries = settings.queries ?? QUERIES
  const unknown = queries.filter((query) => !QUERIES.includes(query))
  if (unknown.length > 0) throw new Error(`no query ${unknown.join(', ')}; there are q0 to q22`)
  const sideInput = join(settings.dataFolder, 'side-input.csv')
  mkdirSync(settings.dataFolder, { recursive: true })
  writeFileSync(sideInput, Array.from({ length: SIDE_INPUT_ROWS }, (_, i) => `${i},value ${i}\n`).join(''))
  const setup = readFileSync(join(FOLDER, 'setup.sql'), 'utf8')
  const rows: (string | number)[][] = []
  const failures: string[] = []
  for (const query of queries) {
    const sql = `${setup}\n${readFileSync(join(FOLDER, `${query}.sql`), 'utf8')}`
    const params = { events: String(events), side_input: sideInput, output: join(settings.dataFolder, 'nexmark-q10') }
    const runs: NexmarkMeasurement[][] = [[], []]
    try {
      for (let round = 0; round < settings.rounds; round++) {
        for (const workers of [1, 2]) {
          process.stderr.write(`  ${query} @${workers}, round ${round + 1} of ${settings.rounds}\n`)
          runs[workers - 1]!.push(await runSubject('nexmark', { sql, params, workers, events, folder: FOLDER }) as NexmarkMeasurement)
        }
      }
    } catch (error) {
      failures.push(query)
      rows.push([query, 'failed', '', '', '', '', ''])
      process.stderr.write(`  ${query}: ${(error as Error).message}\n`)
      continue
    }
    const of = (workers: number, value: (m: NexmarkMeasurement) => number): number => median(runs[workers - 1]!.map(value))
    const perSecond = (workers: number): number => of(workers, (m) => (events * 1_000) / m.elapsedMs)
    const cpu = (workers: number): number => of(workers, (m) => m.cpuMs / (events / 1e6))
    rows.push([query, perSecond(1), perSecond(2), cpu(1), cpu(2), of(1, (m) => m.stateBytes), FLINK_EVENTS_PER_SECOND[query] ?? ''])
  }
  return [{
    title: `nexmark: ${events.toLocaleString('en')} events from the generator`,
    columns: ['', 'events/s @1', 'events/s @2', 'CPU-ms per M @1', 'CPU-ms per M @2', 'state bytes @1', 'Flink, a core'],
    rows,
    notes: [
      'CPU time is that of the workers from the first read on, generating the events included; state is the most that was seen.',
      "Flink's figures are the published ones of another machine: for scale.",
    ],
    failed: failures,
  }]
}
