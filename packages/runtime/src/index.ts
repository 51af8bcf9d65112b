/** `@millrace/runtime`: runs SQL texts on all cores. Start at {@link millrace}. */
export { millrace, type Millrace } from './millrace.js'
export { createRuntime, type Runtime } from './runtime.js'
export type { Job } from './job.js'
export type { ResultSink, RunOptions, SelectInfo } from './options.js'
export type { Query, QueryOptions } from './query.js'
export type { JobStats, WorkerStats } from './stats.js'
export { MillraceError, valuesToRow, type BigintPolicy, type Row } from '@millrace/core'
