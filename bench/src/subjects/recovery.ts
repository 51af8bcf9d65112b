import { millrace } from '@millrace/runtime'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measure } from '../measurement.js'
import type { Measurement } from '../measurement.js'

export interface RecoveryParameters {
  readonly sql: string
  readonly workers: number
  readonly rows: number
  readonly intervalMs: number
}

export interface RecoveryMeasurement extends Measurement {
  readonly checkpoints: number
  readonly pauseMsMax: number
  /** Bytes of state written for the largest checkpoint. */
  readonly stateBytes: number
  /** From the start of the job that goes on to its first read: threads, compiling, state. */
  readonly recoveryMs: number
}

/** A job without an end that is suspended at a checkpoint when it has read so many rows, and goes on. */
export async function recovery({ sql, workers, rows, intervalMs }: RecoveryParameters): Promise<RecoveryMeasurement> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  const options = { workers, strategy: 'pipelines', resolveFrom: [import.meta.url], progressMs: 50 } as const
  let [checkpoints, pauseMsMax, stateBytes, recoveryMs] = [0, 0, 0, 0]
  try {
    const measurement = await measure(rows, async () => {
      const first = await millrace.run(sql, {
        ...options, checkpoint: { address: folder, intervalMs },
        onProgress: (stats) => {
          stateBytes = Math.max(stateBytes, stats.checkpoints?.lastBytes ?? 0)
          if (stats.rowsIn > rows) void first.drain()
        },
      })
      const before = await first.done
      checkpoints = before.checkpoints!.count
      ;({ pauseMsMax } = before.checkpoints!)
      const second = await millrace.run(sql, {
        ...options, checkpoint: { address: folder, intervalMs, restore: true },
        onProgress: (stats) => {
          if (stats.rowsIn > before.rowsIn) void second.drain()
        },
      })
      recoveryMs = (await second.done).setupMs
      return { hash: '', elapsedMs: (before.elapsedMs * rows) / before.rowsIn, cpuMs: before.cpuMs }
    })
    return { ...measurement, checkpoints, pauseMsMax, stateBytes, recoveryMs }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
