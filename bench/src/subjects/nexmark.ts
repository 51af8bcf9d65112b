import { millrace } from '@millrace/runtime'
import { rmSync } from 'node:fs'
import { measure } from '../measurement.js'
import type { Measurement } from '../measurement.js'

export interface NexmarkParameters {
  readonly sql: string
  readonly params: Readonly<Record<string, string>>
  readonly workers: number
  readonly events: number
  /** Where the query's file is, and the modules it names. */
  readonly folder: string
}

export interface NexmarkMeasurement extends Measurement {
  /** The most state of all workers that was seen, about ten times a second. */
  readonly stateBytes: number
}

/** One query, as `millrace run` runs it. */
export async function nexmarkQuery({ sql, params, workers, events, folder }: NexmarkParameters): Promise<NexmarkMeasurement> {
  let stateBytes = 0
  const measurement = await measure(events, async () => {
    const job = await millrace.run(sql, {
      workers, params, strategy: 'pipelines', baseDirectory: folder, resolveFrom: [import.meta.url], progressMs: 100,
      onProgress: (stats) => { stateBytes = Math.max(stateBytes, stats.workers.reduce((sum, worker) => sum + worker.stateBytes, 0)) },
    })
    const stats = await job.done
    return { hash: '', elapsedMs: stats.elapsedMs, cpuMs: stats.cpuMs }
  })
  rmSync(params['output'] ?? '', { recursive: true, force: true })
  return { ...measurement, stateBytes }
}
