import type { OptionTable } from '@millrace/core'

export const DATAGEN_OPTIONS: OptionTable = {
  'number-of-rows': { type: 'integer', minimum: 0, doc: 'Rows in all; without it the table never ends.' },
  'rows-per-second': { type: 'number', minimum: 0.001, doc: 'Rows a second over all splits; without it as fast as possible.' },
  'seed': { type: 'integer', default: '0', doc: 'The same seed and options give the same rows, at any worker count.' },
  'fields.*': {
    type: 'string',
    doc: "How a column is made: `fields.NAME.kind` = `random` (default) or `sequence`; for random `.min`, `.max`, `.length`, "
      + "`.cardinality`, `.values` (a comma-separated list), `.null-rate` (0 to 1); for sequence `.start`, `.step`, `.end` (wraps).",
  },
}

/** What may follow `fields.NAME.`. */
export const FIELD_OPTIONS: readonly string[] = ['kind', 'min', 'max', 'length', 'cardinality', 'values', 'null-rate', 'start', 'step', 'end']
