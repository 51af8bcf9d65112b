import type { BenchTable } from './report.js'
import type { BenchSettings } from './settings.js'
import { runSubject } from './subject-process.js'
import type { SoakMeasurement } from './subjects/soak.js'

const SECONDS = 1_800
const INTERVAL_MS = 1_000

/** Samples that do not count: code is compiled, buffers grow to their size. */
const WARM_UP_SHARE = 0.25

/** Bids of Nexmark counted by auction in windows of 10 seconds of event time. */
const SQL = `CREATE TABLE nexmark (
  event_type INT,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel VARCHAR, url VARCHAR, dateTime TIMESTAMP(3), extra VARCHAR>,
  ts AS bid.dateTime,
  WATERMARK FOR ts AS ts - INTERVAL '4' SECOND
) WITH ('connector' = 'nexmark', 'events.num' = '0', 'first-event.rate' = '10000', 'next-event.rate' = '10000');
CREATE TABLE counts (auction BIGINT, window_end TIMESTAMP(3), n BIGINT) WITH ('connector' = 'file', 'path' = '\${output}', 'format' = 'json');
INSERT INTO counts SELECT bid.auction, window_end, COUNT(*) FROM TABLE(TUMBLE(TABLE nexmark, DESCRIPTOR(ts), INTERVAL '10' SECOND))
WHERE event_type = 2 GROUP BY bid.auction, window_start, window_end`

/** Half an hour at full speed: memory and descriptors must not grow, and every row must be counted. */
export async function soak(settings: BenchSettings): Promise<BenchTable[]> {
  const seconds = Math.max(3, Math.round(SECONDS * settings.scale))
  process.stderr.write(`  ${seconds} s at full speed\n`)
  const { rssMb = [], descriptors, rows, elapsedMs, checkpoints, pauseMsMax, counted, expected } =
    await runSubject('soak', { sql: SQL, workers: 2, seconds, intervalMs: INTERVAL_MS }) as SoakMeasurement
  const settled = rssMb.slice(Math.ceil(rssMb.length * WARM_UP_SHARE))
  const { perSample, error } = slope(settled)
  const later = descriptors.slice(Math.ceil(descriptors.length * WARM_UP_SHARE))
  const half = later.length >> 1
  const failed = counted === expected ? [] : [`counted ${counted} rows of ${expected}`]
  return [{
    title: `soak: windows and a checkpoint each ${INTERVAL_MS} ms, ${seconds} s, 2 workers`,
    columns: ['rows/s', 'checkpoints', 'longest pause ms', 'RSS MB', 'RSS slope MB/min', '± (2 σ)', 'descriptors'],
    rows: [[
      (rows * 1_000) / elapsedMs, checkpoints, pauseMsMax, `${Math.min(...settled)} … ${Math.max(...settled)}`, (perSample * 60).toFixed(3), (error * 120).toFixed(3),
      `${Math.max(...later.slice(0, half))} then ${Math.max(...later.slice(half))}`,
    ]],
    notes: [`${counted.toLocaleString('en')} rows were counted in what was written, of ${expected.toLocaleString('en')} that were read.`],
    failed,
  }]
}

/** The line through evenly spaced samples by least squares: its slope and that slope's standard error. */
function slope(samples: readonly number[]): { perSample: number; error: number } {
  const n = samples.length
  const middle = (n - 1) / 2
  const mean = samples.reduce((sum, y) => sum + y, 0) / n
  const spread = samples.reduce((sum, _, x) => sum + (x - middle) ** 2, 0)
  const perSample = samples.reduce((sum, y, x) => sum + (x - middle) * (y - mean), 0) / spread
  const residual = samples.reduce((sum, y, x) => sum + (y - mean - perSample * (x - middle)) ** 2, 0)
  return { perSample, error: Math.sqrt(residual / Math.max(1, n - 2) / spread) }
}
