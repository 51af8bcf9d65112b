import { cpus } from 'node:os'
import { repeatedFile } from './data/data-file.js'
import { tradesFile } from './data/trades.js'
import type { BenchTable } from './report.js'
import { contest, speedRatio } from './series.js'
import { scaled } from './settings.js'
import type { BenchSettings } from './settings.js'

/** So many that the tenth of a second in which each worker's code is compiled no longer counts. */
const FILES = 6

/**
 * What a row costs in CPU time at 1, 2, 4 and 8 workers. It stays meaningful on a machine with fewer cores than workers:
 * independent pipelines must not cost more per row because there are more of them. From it follows what more cores give.
 */
export async function scaling(settings: BenchSettings): Promise<BenchTable[]> {
  const fileRows = scaled(50_000_000, settings)
  const rows = fileRows * FILES
  const file = `${settings.dataFolder}/trades-${fileRows}.ndjson`
  tradesFile(file, fileRows)
  const path = repeatedFile(file, FILES)
  const sql = `CREATE TABLE trades (symbol STRING, price DOUBLE, quantity INT, ts TIMESTAMP(3)) WITH ('connector' = 'file', 'path' = '${path}', 'format' = 'json');
SELECT symbol, count(*) AS trades, avg(price) AS price, sum(quantity) AS quantity FROM trades WHERE price > 110 GROUP BY symbol`
  const workerCounts = [1, 2, 4, 8]
  const measured = await contest([
    { label: 'V1 one thread', subject: 'millrace', parameters: { sql, strategy: 'single', workers: 1, rows, cpu: 'workers' } },
    ...workerCounts.map((workers) => ({ label: `Path B @${workers}`, subject: 'millrace', parameters: { sql, strategy: 'pipelines', workers, rows, cpu: 'workers' } })),
  ], settings.rounds)
  const [, one, , , eight] = measured
  const perWorker = one!.rowsPerSecond
  // The growth of CPU time per row from 1 to 8 workers, as a share per doubling, carried on to more cores.
  const growthPerDoubling = Math.max(1, (eight!.cpuMsPerMillionRows / one!.cpuMsPerMillionRows) ** (1 / 3))
  const predict = (cores: number): number => (perWorker * cores) / growthPerDoubling ** Math.log2(cores)
  return [{
    title: `scaling: trades, ${rows.toLocaleString('en')} rows, on ${cpus().length} cores`,
    columns: ['', 'rows/s', 'CPU-ms per M rows', '× CPU at 1'],
    rows: measured.map((c) => [c.label, c.rowsPerSecond, c.cpuMsPerMillionRows, c.cpuMsPerMillionRows / one!.cpuMsPerMillionRows]),
    notes: [
      'All gave the same result hash. CPU time is that of the worker threads from the first read on.',
      `2 workers: ${speedRatio(measured[2]!, one!).toFixed(2)} × 1 worker.`,
      `CPU time per row grows by ${((growthPerDoubling - 1) * 100).toFixed(1)} % per doubling of workers.`,
      `Predicted rows/s if each worker has a core of its own: ${[8, 16, 64].map((n) => `${n} cores ${(predict(n) / 1e6).toFixed(0)} M`).join(', ')}`
      + ' (memory bandwidth and storage not counted).',
    ],
  }]
}
