/**
 * `@millrace/testing/contract`: the suites that connectors, formats and stores of checkpoints must pass. They are tests of vitest, which is why
 * they have an entry of their own: nothing else in this package needs it.
 */
export * from './describe-format.js'
export * from './describe-reader.js'
export * from './describe-writer.js'
export * from './describe-checkpoint-store.js'
