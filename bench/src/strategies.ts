import { groupsFile } from './data/groups.js'
import type { BenchTable } from './report.js'
import { contest, speedRatio } from './series.js'
import { scaled } from './settings.js'
import type { BenchSettings } from './settings.js'

/** The table of execution strategies on one query: one thread, channels, coordinator, independent pipelines. */
export async function strategies(settings: BenchSettings): Promise<BenchTable[]> {
  const rows = scaled(10_000_000, settings)
  const slowRows = scaled(1_000_000, settings)
  const path = `${settings.dataFolder}/groups-${rows}.ndjson`
  const slowPath = `${settings.dataFolder}/groups-${slowRows}.ndjson`
  groupsFile(path, rows)
  groupsFile(slowPath, slowRows)
  const sql = `CREATE TABLE records (group_id INT, value BIGINT) WITH ('connector' = 'file', 'path' = '${path}', 'format' = 'json');
SELECT group_id, SUM(value) AS total FROM records GROUP BY group_id`
  const ours = (label: string, strategy: string, workers: number) =>
    ({ label, subject: 'millrace', parameters: { sql, strategy, workers, rows } })
  const fast = await contest([
    ours('V1 one thread', 'single', 1),
    ...[1, 2, 4, 8].map((n) => ours(`Path A coordinator @${n}`, 'coordinator', n)),
    ...[1, 2, 4, 8].map((n) => ours(`Path B pipelines @${n}`, 'pipelines', n)),
  ], settings.rounds)
  const slow = await contest([1, 2, 4, 8].map((n) => (
    { label: `V2 with channels @${n}`, subject: 'channels', parameters: { path: slowPath, workers: n, rows: slowRows } })), 1)
  const v1 = fast[0]!
  return [{
    title: `strategies: SELECT group_id, SUM(value) … GROUP BY group_id, ${rows.toLocaleString('en')} rows (V2: ${slowRows.toLocaleString('en')})`,
    columns: ['', 'rows/s', '× V1', 'CPU-ms per M rows'],
    rows: [fast[0]!, ...slow, ...fast.slice(1)].map((c) => [
      c.label, c.rowsPerSecond, c.runs.length === v1.runs.length ? speedRatio(c, v1) : c.rowsPerSecond / v1.rowsPerSecond, c.cpuMsPerMillionRows,
    ]),
    notes: ['All strategies of one row count gave the same result hash.'],
  }]
}
