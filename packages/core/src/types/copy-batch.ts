import { unreachable } from '../errors.js'
import { batchOf } from './batch.js'
import type { Batch, Utf8Vector, Vector } from './batch.js'
import type { Value } from './data-type.js'

/** A batch that stays valid: everything is copied but dictionaries, which only grow. The origin is left out. */
export function copyBatch(batch: Batch): Batch {
  const { length } = batch
  return batchOf(batch.columns.map((column) => copyVector(column, length)), length, batch.rowKinds?.slice(0, length) ?? null)
}

function copyVector(vector: Vector, length: number): Vector {
  const nulls = vector.nulls?.slice(0, length) ?? null
  switch (vector.kind) {
    case 'bool': return { kind: 'bool', values: vector.values.slice(0, length), nulls }
    case 'i32': return { kind: 'i32', values: vector.values.slice(0, length), nulls }
    case 'f64': return { kind: 'f64', values: vector.values.slice(0, length), nulls }
    case 'exact': return { kind: 'exact', values: vector.values.slice(0, length), wide: vector.wide?.slice(0, length) ?? null, nulls }
    case 'utf8': return copyUtf8(vector, length, nulls)
    case 'dict': return { kind: 'dict', codes: vector.codes.slice(0, length), dictionary: vector.dictionary, nulls }
    case 'text': return { kind: 'text', values: vector.values.slice(0, length), nulls }
    case 'any': return { kind: 'any', values: copyValues(vector.values as Value[], length, nulls), nulls }
    default: return unreachable(vector)
  }
}

/** Only the bytes that rows point at are kept, one after the other. */
function copyUtf8(vector: Utf8Vector, length: number, nulls: Uint8Array | null): Utf8Vector {
  const offsets = new Int32Array(length + 1)
  let size = 0
  for (let i = 0; i < length; i++) {
    if (nulls === null || nulls[i] === 0) size += vector.ends[i]! - vector.starts[i]!
    offsets[i + 1] = size
  }
  const bytes = new Uint8Array(size)
  for (let i = 0; i < length; i++) {
    if (offsets[i + 1] !== offsets[i]) bytes.set(vector.bytes.subarray(vector.starts[i]!, vector.ends[i]!), offsets[i]!)
  }
  return { kind: 'utf8', bytes, starts: offsets.subarray(0, length), ends: offsets.subarray(1), nulls }
}

function copyValues(values: readonly Value[], length: number, nulls: Uint8Array | null): Value[] {
  return Array.from({ length }, (_, i) => (nulls !== null && nulls[i] !== 0 ? null : copyValue(values[i]!)))
}

/** A value that shares no memory with the one given (BYTES may be views over a reader's buffer). */
export function copyValue(value: Value): Value {
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (value instanceof Map) return new Map([...value].map(([k, v]) => [copyValue(k), copyValue(v)]))
  if (Array.isArray(value)) return value.map(copyValue)
  return value
}
