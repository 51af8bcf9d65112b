/**
 * `@millrace/core`: what connectors, the runtime and tests build on. The compiler of queries has an entry of its own,
 * `@millrace/core/compile`, so that a worker does not load it.
 */
export * from './errors.js'
export * from './limits.js'

export * from './types/data-type.js'
export * from './types/batch.js'
export * from './types/element.js'
export * from './types/dictionary.js'
export * from './types/vector-access.js'
export * from './types/vector-builder.js'
export * from './types/batch-buffer.js'
export * from './types/batch-codec.js'
export * from './types/copy-batch.js'
export * from './types/value.js'
export * from './types/json-value.js'
export * from './types/row-values.js'
export * from './types/date-time.js'
export * from './types/decimal.js'
export { castValue, makeCast } from './functions/cast.js'

export * from './functions/user/define-function.js'
export type * from './functions/user/sql-value.js'
export type * from './functions/user/user-function.js'

export * from './formats/format.js'
export * from './formats/byte-buffer.js'

export * from './connector.js'
export * from './option-values.js'
export * from './table-options.js'

export type * from './plan/physical.js'
export * from './operators/exchange-port.js'
export { CheckedEdge, checkBatch } from './operators/checked.js'
export { sliceBatch } from './operators/slice-batch.js'
export { RESULT_CONNECTOR } from './operators/sink.js'
export * from './pipeline-environment.js'
export * from './pipeline-counters.js'
export * from './pipeline.js'
export * from './pipeline-snapshot.js'
export * from './checkpoint/checkpoint-decision.js'
export type * from './checkpoint/checkpoint-store.js'
export { rescaled, splitsLeft, type SplitsLeft } from './restore-share.js'
