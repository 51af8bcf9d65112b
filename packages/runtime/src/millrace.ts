import type { Job } from './job.js'
import type { RunOptions } from './options.js'
import type { Query, QueryOptions } from './query.js'
import { createRuntime, newQuery, type Runtime, runtimeFor } from './runtime.js'

/**
 * Millrace as a library.
 *
 * ```ts
 * const job = await millrace.run(sqlText, { workers: 'auto', params: { day: '2026-11-23' }, signal })
 * job.stats()
 * await job.done
 *
 * for await (const row of millrace.query('SELECT symbol, count(*) AS n FROM trades GROUP BY symbol')) console.log(row)
 * ```
 *
 * Threads are started for each call and end with it; who runs many short jobs keeps them with {@link createRuntime}.
 */
export const millrace: Millrace = {
  run: async (sql, options = {}) => runtimeFor(options).run(sql, options),
  query: (sql, options = {}) => newQuery(() => runtimeFor(options), sql, options),
  createRuntime,
}

export interface Millrace {
  /** See {@link Runtime.run}. */
  run(sql: string, options?: RunOptions): Promise<Job>
  /** See {@link Runtime.query}. */
  query<R = Record<string, unknown>>(sql: string, options?: QueryOptions): Query<R>
  createRuntime(options?: { readonly workers?: number | 'auto' }): Runtime
}
