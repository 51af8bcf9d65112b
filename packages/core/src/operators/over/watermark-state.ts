import { batchFromRows } from '../../types/vector-builder.js'
import type { Batch, F64Vector } from '../../types/batch.js'
import { DOUBLE, type Schema } from '../../types/data-type.js'
import type { StateTable } from '../state.js'

const SCHEMA: Schema = [{ name: 'micros', type: DOUBLE, nullable: false }]

/** How far event time has come, as a table of one row. */
export const WATERMARK_TABLE: StateTable = { name: 'watermark', schema: SCHEMA, keys: null }

export function watermarkRow(micros: number): Batch {
  return batchFromRows([[micros]], SCHEMA)
}

/** The least of those that workers have stored; −∞ where nothing has been. */
export function leastWatermark(sofar: number, batch: Batch): number {
  const { values } = batch.columns[0] as F64Vector
  return values.slice(0, batch.length).reduce((least, micros) => (least === -Infinity ? micros : Math.min(least, micros)), sofar)
}
