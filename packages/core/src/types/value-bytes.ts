import type { Value } from './data-type.js'

/** What a value that is kept takes in memory, roughly: its own slot and, of what lies elsewhere, that with its headers. */
export function valueBytes(value: Value): number {
  switch (typeof value) {
    case 'bigint': return SLOT_BYTES + 24
    case 'string': return SLOT_BYTES + 16 + (value.length + 7 & ~7)
    // Integers of 31 bits lie in the slot itself.
    case 'number': return Number.isInteger(value) && value >= -(2 ** 30) && value < 2 ** 30 ? SLOT_BYTES : SLOT_BYTES + 12
    case 'boolean': return SLOT_BYTES
    default: return SLOT_BYTES + objectBytes(value)
  }
}

function objectBytes(value: object | null): number {
  if (value === null) return 0
  if (value instanceof Uint8Array) return 96 + value.byteLength
  if (Array.isArray(value)) return rowBytes(value as readonly Value[])
  let bytes = 96
  if (value instanceof Map) for (const [key, mapped] of value as ReadonlyMap<Value, Value>) bytes += 16 + valueBytes(key) + valueBytes(mapped)
  return bytes
}

/** An array of values: a row, or an ARRAY. */
export function rowBytes(row: readonly Value[]): number {
  let bytes = ARRAY_BYTES
  for (let i = 0; i < row.length; i++) bytes += valueBytes(row[i]!)
  return bytes
}

/** A pointer: heaps below 4 GiB could do with 4 bytes, but Node is built without that. */
const SLOT_BYTES = 8
/** The array and the header of its elements. */
const ARRAY_BYTES = 48
