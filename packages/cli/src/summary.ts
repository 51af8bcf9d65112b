import type { JobStats } from '@millrace/runtime'
import { formatCount } from './rates.js'

/** What every core did, for people: rows in and rows a second, per worker and in all. */
export function summaryOf(stats: JobStats): string {
  const seconds = stats.elapsedMs / 1_000
  const line = (label: string, rowsIn: number, cpuMs: number): string => {
    const rows = rowsIn.toLocaleString('en').padStart(14)
    const speed = formatCount(rowsIn / seconds).padStart(8)
    return `${label.padEnd(10)} ${rows} rows  ${speed} rows/s  ${(cpuMs / 1_000).toFixed(2)} s CPU\n`
  }
  return [
    `\n${stats.strategy}, ${stats.workerCount} worker${stats.workerCount === 1 ? '' : 's'}, ${seconds.toFixed(2)} s\n`,
    ...stats.workers.map((worker) => line(`core ${worker.index}`, worker.rowsIn, worker.cpuMs)),
    line('all', stats.rowsIn, stats.cpuMs),
  ].join('')
}
