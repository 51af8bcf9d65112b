/**
 * `@millrace/testing`: unit tests of SQL, a simulator that runs a job's workers on one thread, and small things that both need. Needs
 * no test runner; the suites that every connector must pass need vitest and are in `@millrace/testing/contract`.
 */
export * from './batch-text.js'
export * from './type-text.js'
export * from './fold-changes.js'
export * from './manual-clock.js'
export * from './seeded-random.js'
export * from './reader-context.js'
export * from './collect.js'
export * from './table.js'
export * from './scan-conditions.js'
export * from './memory-connector.js'
export * from './simulate.js'
export * from './simulate-with-restarts.js'
export { simulateJob, type JobHistory, type JobSimulationOptions } from './simulate-job.js'
export * from './check-job.js'
export { type Fault, FAULTS, USUAL_FAULTS } from './simulation/faults.js'
export { type Ledger, type LedgerTable, ledgerConnector } from './simulation/ledger-connector.js'
