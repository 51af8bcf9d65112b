import { tradesFile } from './data/trades.js'
import type { BenchTable } from './report.js'
import { contest, speedRatio } from './series.js'
import { scaled } from './settings.js'
import type { BenchSettings } from './settings.js'

/** NDJSON, filter and group by: against DuckDB at equal threads and against the loop a Node user would write. */
export async function trades(settings: BenchSettings): Promise<BenchTable[]> {
  const rows = scaled(10_000_000, settings)
  const path = `${settings.dataFolder}/trades-${rows}.ndjson`
  tradesFile(path, rows)
  const body = 'SELECT symbol, count(*) AS trades, avg(price) AS price, sum(quantity) AS quantity FROM trades WHERE price > 110 GROUP BY symbol'
  const sql = `CREATE TABLE trades (symbol STRING, price DOUBLE, quantity INT, ts TIMESTAMP(3)) WITH ('connector' = 'file', 'path' = '${path}', 'format' = 'json');
${body}`
  const duckdbSql = body.replace('FROM trades', `FROM read_json('${path}', format = 'newline_delimited', columns = {symbol: 'VARCHAR', price: 'DOUBLE', quantity: 'INTEGER', ts: 'TIMESTAMP'})`)
  const ours = (workers: number) => ({ label: `millrace @${workers}`, subject: 'millrace', parameters: { sql, strategy: 'pipelines', workers, rows } })
  const theirs = (threads: number) => ({ label: `DuckDB @${threads}`, subject: 'duckdb', parameters: { sql: duckdbSql, threads, rows } })
  const [millrace1, duckdb1, millrace2, duckdb2] = await contest([ours(1), theirs(1), ours(2), theirs(2)], settings.rounds)
  const [loop] = await contest([{ label: 'JSON.parse + Map', subject: 'jsonParseLoop', parameters: { path, rows } }], 1)
  if (loop!.runs[0]!.hash !== millrace1!.runs[0]!.hash) throw new Error('the JSON.parse loop has another result')
  return [{
    title: `trades: NDJSON, filter + group by, ${rows.toLocaleString('en')} rows`,
    columns: ['', 'rows/s', 'CPU-ms per M rows', 'RSS MB'],
    rows: [millrace1!, duckdb1!, loop!, millrace2!, duckdb2!].map((c) => [c.label, c.rowsPerSecond, c.cpuMsPerMillionRows, c.rssMaxMb]),
    notes: [
      'All gave the same result hash.',
      `1 worker: ${speedRatio(millrace1!, duckdb1!).toFixed(2)} × DuckDB with 1 thread, ${(millrace1!.rowsPerSecond / loop!.rowsPerSecond).toFixed(1)} × the loop.`,
      `2 workers: ${speedRatio(millrace2!, duckdb2!).toFixed(2)} × DuckDB with 2 threads, ${speedRatio(millrace2!, millrace1!).toFixed(2)} × 1 worker.`,
    ],
  }]
}
