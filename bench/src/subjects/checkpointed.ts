import { millrace } from '@millrace/runtime'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measure } from '../measurement.js'
import type { Measurement } from '../measurement.js'
import { resultHash } from '../result-hash.js'

export interface CheckpointedParameters {
  /** A script with one INSERT, into the `memory` table `result`. */
  readonly sql: string
  readonly params?: Readonly<Record<string, string>>
  readonly workers: number
  readonly rows: number
  /** Null: no checkpoints. */
  readonly intervalMs: number | null
}

export interface CheckpointedMeasurement extends Measurement {
  readonly checkpoints: number
  readonly pauseMsMax: number
  /** Bytes of state written for the last one that had any. */
  readonly stateBytes: number
}

/** A job with a checkpoint every so often, or without. */
export async function checkpointed({ sql, params = {}, workers, rows, intervalMs }: CheckpointedParameters): Promise<CheckpointedMeasurement> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  let [checkpoints, pauseMsMax, stateBytes] = [0, 0, 0]
  try {
    const measurement = await measure(rows, async () => {
      const job = await millrace.run(sql, {
        workers, params, strategy: 'pipelines', resolveFrom: [import.meta.url], progressMs: 100,
        ...(intervalMs === null ? {} : { checkpoint: { address: folder, intervalMs } }),
        onProgress: (stats) => { stateBytes = Math.max(stateBytes, stats.checkpoints?.lastBytes ?? 0) },
      })
      const stats = await job.done
      checkpoints = stats.checkpoints?.count ?? 0
      pauseMsMax = stats.checkpoints?.pauseMsMax ?? 0
      return { hash: resultHash(job.table('result').map((row) => Object.values(row))), elapsedMs: stats.elapsedMs, cpuMs: stats.cpuMs }
    })
    return { ...measurement, checkpoints, pauseMsMax, stateBytes }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
