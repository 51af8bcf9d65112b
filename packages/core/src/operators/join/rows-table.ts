import type { Schema } from '../../types/data-type.js'
import type { StateTable } from '../state.js'

/** A table of an operator's state that holds rows of one of its inputs, and what else there is to know of each behind them. */
export function rowsTable(name: string, schema: Schema, added: Schema, sharedOutBy: readonly number[] | null | undefined, copied = false): StateTable {
  const rows = [...schema, ...added]
  if (copied) return { name, schema: rows, keys: null, unkeyed: 'copy' }
  return sharedOutBy === null || sharedOutBy === undefined ? { name, schema: rows, keys: null, unkeyed: 'part' } : { name, schema: rows, keys: sharedOutBy }
}
