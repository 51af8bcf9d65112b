import { assert } from '../../errors.js'
import type { DataType } from '../../types/data-type.js'

const SIZES: ReadonlyMap<string, number> = new Map([
  ['BOOLEAN', 1], ['TINYINT', 1], ['SMALLINT', 2], ['INT', 4], ['BIGINT', 8], ['FLOAT', 4], ['DOUBLE', 8],
])

/** Bytes of a raw number. */
export function sizeOfNumber(type: DataType): number {
  const size = SIZES.get(type.kind)
  assert(size !== undefined, 'the planner has refused other types')
  return size
}
