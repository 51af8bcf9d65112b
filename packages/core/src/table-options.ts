import type { OptionTable } from './connector.js'

/** Options that every table has whatever its connector; the planner reads them and the connector never sees them. */
export const TABLE_OPTIONS: OptionTable = {
  'on-error': { type: 'string', values: ['fail', 'skip', 'dead-letter'], default: 'fail', doc: 'What becomes of a row that cannot be decoded or whose expressions fail.' },
  'dead-letter': { type: 'string', doc: 'Table that takes failed rows under `on-error` = `dead-letter`.' },
  'scan.replay': { type: 'boolean', default: 'false', doc: 'Reads a bounded table as the stream it once was: one ordered split per file, rows can be late.' },
  'scan.watermark.idle-timeout': { type: 'duration', doc: 'A split that has been silent so long no longer holds the watermark back.' },
  'scan.watermark.alignment.max-drift': { type: 'duration', doc: 'How far a split may be ahead of the slowest one in event time before it waits. Without it none waits.' },
  'allowed-lateness': { type: 'duration', default: '0s', doc: 'How long after its window a row is still taken.' },
  'late-rows': { type: 'string', doc: 'Table that takes late rows.' },
  'emit': { type: 'string', values: ['changes', 'final'], doc: 'Output mode of queries that read the table, unless they say EMIT.' },
}
