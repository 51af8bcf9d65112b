import { millrace } from '@millrace/runtime'
import { measure } from '../measurement.js'
import type { Measurement } from '../measurement.js'
import { resultHash } from '../result-hash.js'

export interface MillraceParameters {
  readonly sql: string
  readonly workers: number
  readonly strategy: 'pipelines' | 'coordinator' | 'single'
  readonly rows: number
  /** Whose CPU time counts; default the whole process. */
  readonly cpu?: 'workers'
}

/** A query through the public library, as an application runs it. */
export async function runMillrace({ sql, workers, strategy, rows, cpu }: MillraceParameters): Promise<Measurement> {
  return measure(rows, async () => {
    const query = millrace.query(sql, { workers, strategy, resolveFrom: [import.meta.url] })
    const result: unknown[][] = []
    for await (const row of query) result.push(Object.values(row))
    const stats = query.stats()
    if (stats.rowsIn !== rows) throw new Error(`read ${stats.rowsIn} rows of ${rows}`)
    return { hash: resultHash(result), elapsedMs: stats.elapsedMs, ...(cpu === 'workers' ? { cpuMs: stats.cpuMs } : {}) }
  })
}
