import type { Strategy } from '@millrace/core'
import type { CheckpointStats } from './checkpoint/checkpoint-stats.js'
import { type Counters, readCounters } from './counters.js'

/** What a job has done so far, or did. Times in milliseconds. */
export interface JobStats {
  readonly rowsIn: number
  readonly rowsOut: number
  readonly rowsFiltered: number
  /** Rows that went into groups minus the results that came out: in = out + filtered + aggregated + late + dead-lettered. */
  readonly rowsAggregated: number
  readonly rowsLate: number
  /** Rows that failed and were skipped or written to a dead-letter table. */
  readonly rowsDeadLettered: number
  readonly bytesIn: number
  readonly bytesOut: number
  /** From the first read to the last commit; set-up is in `setupMs`. */
  readonly elapsedMs: number
  /** Starting threads, loading connectors, building pipelines, listing splits. */
  readonly setupMs: number
  /** CPU time of all workers in `elapsedMs`. */
  readonly cpuMs: number
  /** CPU time in which the workers opened their pipelines; starting a thread is in neither. */
  readonly setupCpuMs: number
  readonly rowsPerSecond: number
  readonly strategy: Strategy
  readonly workerCount: number
  /** Share of the bounded input that has been read, 0 … 1; null where there is none or it is unknown. */
  readonly progress: number | null
  /** True while it has no splits, because other processes of its group have them. */
  readonly standsBy: boolean
  /** Null for a job without checkpoints, in whatever place. */
  readonly checkpoints: CheckpointStats | null
  readonly workers: readonly WorkerStats[]
}

export interface WorkerStats {
  readonly index: number
  readonly rowsIn: number
  readonly rowsOut: number
  readonly rowsFiltered: number
  readonly rowsAggregated: number
  readonly rowsLate: number
  readonly rowsDeadLettered: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly cpuMs: number
  readonly setupCpuMs: number
  readonly splitsDone: number
  readonly stateBytes: number
  /** Microseconds since 1970; null before the first and after the last. */
  readonly watermark: number | null
}

export interface JobTimes {
  readonly setupMs: number
  readonly elapsedMs: number
}

export function statsOf(
  memory: SharedArrayBuffer, workerCount: number, strategy: Strategy, progress: number | null, times: JobTimes,
  checkpoints: CheckpointStats | null,
): JobStats {
  const counters = Array.from({ length: workerCount }, (_, w) => readCounters(memory, w))
  return totalsOf(counters.map(workerStats), strategy, progress, times, checkpoints)
}

/** Weight of the splits that the workers have read so far. */
export function weightDone(memory: SharedArrayBuffer, workerCount: number): number {
  let done = 0
  for (let w = 0; w < workerCount; w++) done += readCounters(memory, w).weightDone
  return done
}

function workerStats(c: Counters, index: number): WorkerStats {
  return {
    index, rowsIn: c.rowsIn, rowsOut: c.rowsOut, rowsFiltered: c.rowsFiltered, rowsAggregated: c.rowsAggregated, rowsLate: c.rowsLate,
    rowsDeadLettered: c.rowsFailed, bytesIn: c.bytesIn, bytesOut: c.bytesOut, cpuMs: c.cpuMs, setupCpuMs: c.setupCpuMs,
    splitsDone: c.splitsDone, stateBytes: c.stateBytes, watermark: Number.isFinite(c.watermark) ? c.watermark : null,
  }
}

function totalsOf(
  workers: readonly WorkerStats[], strategy: Strategy, progress: number | null, times: JobTimes, checkpoints: CheckpointStats | null,
): JobStats {
  const { setupMs, elapsedMs } = times
  const sum = (name: Exclude<keyof WorkerStats, 'watermark'>): number => workers.reduce((total, worker) => total + worker[name], 0)
  const rowsIn = sum('rowsIn')
  return {
    rowsIn, rowsOut: sum('rowsOut'), rowsFiltered: sum('rowsFiltered'), rowsAggregated: sum('rowsAggregated'), rowsLate: sum('rowsLate'),
    rowsDeadLettered: sum('rowsDeadLettered'), bytesIn: sum('bytesIn'), bytesOut: sum('bytesOut'), elapsedMs, setupMs,
    cpuMs: sum('cpuMs'), setupCpuMs: sum('setupCpuMs'), rowsPerSecond: elapsedMs > 0 ? (rowsIn * 1_000) / elapsedMs : 0,
    strategy, workerCount: workers.length, progress, standsBy: false, checkpoints, workers,
  }
}

/** An attempt that has gone on from another: its counters did, its times are put together. */
export function continuing(now: JobStats, before: JobStats | null): JobStats {
  if (before === null) return now
  const workers = now.workers.map((worker) => {
    const { cpuMs = 0, setupCpuMs = 0 } = before.workers.find(({ index }) => index === worker.index) ?? {}
    return { ...worker, cpuMs: worker.cpuMs + cpuMs, setupCpuMs: worker.setupCpuMs + setupCpuMs }
  })
  const times = { setupMs: before.setupMs + now.setupMs, elapsedMs: before.elapsedMs + now.elapsedMs }
  return totalsOf(workers, now.strategy, now.progress, times, now.checkpoints)
}

/** The jobs of one script, which ran one after the other, as one. */
export function combineStats(parts: readonly JobStats[]): JobStats {
  const workers = new Map<number, WorkerStats>()
  for (const worker of parts.flatMap((part) => part.workers)) {
    const before = workers.get(worker.index)
    workers.set(worker.index, before === undefined ? worker : added(before, worker))
  }
  const total = (name: 'setupMs' | 'elapsedMs'): number => parts.reduce((sum, part) => sum + part[name], 0)
  const last = parts.at(-1)
  const times = { setupMs: total('setupMs'), elapsedMs: total('elapsedMs') }
  return totalsOf([...workers.values()], last?.strategy ?? 'single', last?.progress ?? null, times, last?.checkpoints ?? null)
}

function added(a: WorkerStats, b: WorkerStats): WorkerStats {
  return {
    index: a.index, rowsIn: a.rowsIn + b.rowsIn, rowsOut: a.rowsOut + b.rowsOut, rowsFiltered: a.rowsFiltered + b.rowsFiltered,
    rowsAggregated: a.rowsAggregated + b.rowsAggregated, rowsLate: a.rowsLate + b.rowsLate,
    rowsDeadLettered: a.rowsDeadLettered + b.rowsDeadLettered,
    bytesIn: a.bytesIn + b.bytesIn, bytesOut: a.bytesOut + b.bytesOut, cpuMs: a.cpuMs + b.cpuMs,
    setupCpuMs: a.setupCpuMs + b.setupCpuMs, splitsDone: a.splitsDone + b.splitsDone, stateBytes: b.stateBytes, watermark: b.watermark,
  }
}
