import { measurementsFile } from './data/measurements.js'
import type { BenchTable } from './report.js'
import { contest, speedRatio } from './series.js'
import { scaled } from './settings.js'
import type { BenchSettings } from './settings.js'

/** The One Billion Row Challenge's query at 10⁷ and 10⁸ rows. */
export async function oneBrc(settings: BenchSettings): Promise<BenchTable[]> {
  const tables: BenchTable[] = []
  for (const size of [10_000_000, 100_000_000]) {
    const rows = scaled(size, settings)
    const path = `${settings.dataFolder}/measurements-${rows}.csv`
    measurementsFile(path, rows)
    const body = 'SELECT station, min(temperature) AS low, avg(temperature) AS mean, max(temperature) AS high FROM measurements GROUP BY station'
    const sql = `CREATE TABLE measurements (station STRING, temperature DOUBLE) WITH ('connector' = 'file', 'path' = '${path}', 'format' = 'csv', 'csv.delimiter' = ';');
${body}`
    const duckdbSql = body.replace('FROM measurements', `FROM read_csv('${path}', delim = ';', header = false, quote = '', columns = {station: 'VARCHAR', temperature: 'DOUBLE'})`)
    const ours = (workers: number) => ({ label: `millrace @${workers}`, subject: 'millrace', parameters: { sql, strategy: 'pipelines', workers, rows } })
    const theirs = (threads: number) => ({ label: `DuckDB @${threads}`, subject: 'duckdb', parameters: { sql: duckdbSql, threads, rows } })
    const [millrace1, duckdb1, millrace2, duckdb2] = await contest([ours(1), theirs(1), ours(2), theirs(2)], settings.rounds)
    const all = [millrace1!, duckdb1!, millrace2!, duckdb2!]
    tables.push({
      title: `1BRC: CSV, ${rows.toLocaleString('en')} rows, 413 stations`,
      columns: ['', 'rows/s', 'CPU-ms per M rows', 'RSS MB'],
      rows: all.map((c) => [c.label, c.rowsPerSecond, c.cpuMsPerMillionRows, c.rssMaxMb]),
      notes: [
        'All gave the same result hash.',
        `1 worker: ${speedRatio(millrace1!, duckdb1!).toFixed(2)} × DuckDB with 1 thread; 2 workers: ${speedRatio(millrace2!, duckdb2!).toFixed(2)} × DuckDB with 2.`,
        `Resident memory at 2 workers, once a second (MB): ${(millrace2!.runs[0]!.rssMb ?? []).join(' ')}`,
      ],
    })
  }
  return tables
}
