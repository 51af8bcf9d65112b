import type { DataType, RowBuffers, Value } from '@millrace/core'
import { checkedText, isIntegerTarget, narrowed, storedDouble, storedInteger, storedTimestamp, valueOfStored } from '@millrace/core'
import { isTimestamp, type ProtoField, type ProtoMessage, type ProtoType, type ScalarName, wrappedType } from '../schema/proto-message.js'
import { type FieldPlaces, FoundFields } from './found-fields.js'
import { WireCursor } from './wire-cursor.js'

/** Puts what a field holds into a column of the row under way. */
export type Put = (cursor: WireCursor, places: FieldPlaces, rows: RowBuffers, column: number) => void
/** Reads what a field holds. */
type Read = (cursor: WireCursor, places: FieldPlaces) => Value
/** Reads the value at the cursor. */
type ReadOne = (cursor: WireCursor, start: number, end: number) => Value
type ReadNumber = (cursor: WireCursor) => number | bigint

export interface Target {
  readonly column: string
  readonly type: DataType
}

/** What decodes a field into a column; null where none of its values can become one of the column's. */
export function putOf(field: ProtoField, target: Target): Put | null {
  const single = field.label === 'single'
  if (single && field.type.kind === 'scalar') {
    const { name } = field.type
    const number = numberOf(name, target)
    if (number !== null) {
      return (cursor, places, rows, column) => {
        if (places.count > 0) rows.putNumber(column, number(cursor.at(places.starts[0]!, places.ends[0]!)))
        else if (field.hasPresence) rows.putNull(column)
        else rows.putNumber(column, 0)
      }
    }
    if (target.type.kind === 'STRING' && (name === 'string' || name === 'bytes')) {
      return (_cursor, places, rows, column) => {
        if (places.count > 0) rows.putText(column, places.starts[0]!, places.ends[0]!)
        else if (field.hasPresence) rows.putNull(column)
        else rows.putValue(column, '')
      }
    }
  }
  if (single && field.type.kind === 'message' && isTimestamp(field.type.message) && (target.type.kind === 'TIMESTAMP' || target.type.kind === 'TIMESTAMP_LTZ')) {
    const read = timestampOf(field.type.message, target.column, target.type)
    return (cursor, places, rows, column) => {
      if (places.count === 0) rows.putNull(column)
      else rows.putNumber(column, readTogether(cursor, places, read))
    }
  }
  const read = readOf(field, target)
  return read === null ? null : (cursor, places, rows, column) => rows.putValue(column, read(cursor, places))
}

function readOf(field: ProtoField, { column, type: to }: Target): Read | null {
  switch (field.label) {
    case 'repeated': {
      const one = to.kind === 'ARRAY' ? oneOf(field.type, { column, type: to.element }) : null
      if (one === null) return null
      return (cursor, { count, starts, ends, packed }) => {
        const values: Value[] = []
        for (let i = 0; i < count; i++) {
          const start = starts[i]!
          const end = ends[i]!
          if (!packed[i]!) {
            values.push(one(cursor.at(start, end), start, end))
            continue
          }
          cursor.at(start, end)
          while (cursor.p < end) values.push(one(cursor, cursor.p, end))
        }
        return values
      }
    }
    case 'map': {
      if (to.kind !== 'MAP') return null
      const entry = entryOf(field)
      const key = readOf(entry.fields[0]!, { column, type: to.key })
      const value = readOf(entry.fields[1]!, { column, type: to.value })
      if (key === null || value === null) return null
      const found = new FoundFields(entry.fields)
      return (cursor, { count, starts, ends }) => {
        const values = new Map<Value, Value>()
        for (let i = 0; i < count; i++) {
          found.find(cursor.at(starts[i]!, ends[i]!))
          values.set(key(cursor, found.places[0]!), value(cursor, found.places[1]!))
        }
        return values
      }
    }
    case 'single': {
      const fallback = field.hasPresence ? null : defaultOf(field.type, to)
      if (field.type.kind === 'message') return messageReaderOf(field.type.message, { column, type: to })
      const one = oneOf(field.type, { column, type: to })
      return one === null ? null : (cursor, { count, starts, ends }) => (count === 0 ? fallback : one(cursor.at(starts[0]!, ends[0]!), starts[0]!, ends[0]!))
    }
  }
}

/** The message that an entry of a map is. A value that is absent is its type's default. */
function entryOf({ key, type }: ProtoField): ProtoMessage {
  const common = { label: 'single', key: null, isRequired: false, isPacked: false } as const
  return {
    name: 'entry', fields: [
      { ...common, name: 'key', id: 1, type: { kind: 'scalar', name: key! }, hasPresence: false },
      { ...common, name: 'value', id: 2, type, hasPresence: type.kind === 'message' },
    ],
  }
}

/** One message, which may stand in several places that are to be put together. */
function messageReaderOf(message: ProtoMessage, target: Target): Read | null {
  const one = messageOf(message, target)
  if (one === null) return null
  return (cursor, places) => (places.count === 0 ? null : readTogether(cursor, places, one))
}

function oneOf(type: ProtoType, target: Target): ReadOne | null {
  const { column, type: to } = target
  switch (type.kind) {
    case 'message': return messageOf(type.message, target)
    case 'enum': {
      if (to.kind === 'STRING') {
        return (cursor) => {
          const number = cursor.varint32() | 0
          return type.names.get(number) ?? String(number)
        }
      }
      return isIntegerTarget(to) ? (cursor) => valueOfStored(to, storedInteger(column, to, cursor.varint32() | 0)) : null
    }
    case 'scalar': {
      if (type.name === 'string' || type.name === 'bytes') {
        if (to.kind === 'BYTES') return ({ bytes }, start, end) => bytes.slice(start, end)
        return to.kind === 'STRING' ? ({ bytes }, start, end) => checkedText(column, bytes, start, end) : null
      }
      const number = numberOf(type.name, target)
      return number === null ? null : (cursor) => valueOfStored(to, number(cursor))
    }
  }
}

function messageOf(message: ProtoMessage, target: Target): ReadOne | null {
  const { column, type: to } = target
  if (isTimestamp(message) && (to.kind === 'TIMESTAMP' || to.kind === 'TIMESTAMP_LTZ')) {
    return timestampOf(message, column, to)
  }
  const wrapped = wrappedType(message)
  if (wrapped !== null && to.kind !== 'ROW') {
    const field: ProtoField = { ...message.fields[0]!, hasPresence: false }
    const read = readOf(field, target)
    const found = new FoundFields([field])
    return read === null ? null : (cursor, start, end) => {
      found.find(cursor.at(start, end))
      return read(cursor, found.places[0]!)
    }
  }
  if (to.kind !== 'ROW') return null
  const wanted = to.fields.map((sought) => message.fields.find(({ name }) => name === sought.name) ?? null)
  const reads = wanted.map((field, i) => (field === null ? null : readOf(field, { column: `${column}.${field.name}`, type: to.fields[i]!.type })))
  if (reads.some((read, i) => read === null && wanted[i] !== null)) return null
  const fields = wanted.filter((field) => field !== null)
  const found = new FoundFields(fields)
  const numbers = wanted.map((field) => (field === null ? -1 : fields.indexOf(field)))
  return (cursor, start, end) => {
    found.find(cursor.at(start, end))
    return reads.map((read, i) => (read === null ? null : read(cursor, found.places[numbers[i]!]!)))
  }
}

/** Microseconds of a `google.protobuf.Timestamp`. */
function timestampOf(
  message: ProtoMessage, column: string, to: Extract<DataType, { kind: 'TIMESTAMP' | 'TIMESTAMP_LTZ' }>,
): (cursor: WireCursor, start: number, end: number) => number {
  const found = new FoundFields([message.fields.find(({ name }) => name === 'seconds')!, message.fields.find(({ name }) => name === 'nanos')!])
  const [seconds, nanos] = found.places as [FieldPlaces, FieldPlaces]
  return (cursor, start, end) => {
    found.find(cursor.at(start, end))
    const whole = seconds.count === 0 ? 0 : signed64(cursor.at(seconds.starts[0]!, seconds.ends[0]!).varint())
    const part = nanos.count === 0 ? 0 : cursor.at(nanos.starts[0]!, nanos.ends[0]!).varint32() | 0
    return storedTimestamp(column, to, Number(whole) * 1e6 + Math.floor(part / 1000), 0)
  }
}

/** Reads a message that stands in one place, or in several that are put together. */
function readTogether<T>(cursor: WireCursor, { count, starts, ends }: FieldPlaces, read: (cursor: WireCursor, start: number, end: number) => T): T {
  if (count === 1) return read(cursor, starts[0]!, ends[0]!)
  const bytes = new Uint8Array(Buffer.concat(starts.slice(0, count).map((start, i) => cursor.bytes.subarray(start, ends[i]))))
  return read(new WireCursor(bytes, new DataView(bytes.buffer)), 0, bytes.length)
}

/** Numbers in the form in which columns hold them; null for what is none, or does not become one. */
function numberOf(name: ScalarName, { column, type: to }: Target): ReadNumber | null {
  if (name === 'bool') return to.kind === 'BOOLEAN' ? (cursor) => (Number(cursor.varint()) === 0 ? 0 : 1) : null
  if (name === 'float' || name === 'double') {
    if (to.kind !== 'FLOAT' && to.kind !== 'DOUBLE') return null
    return name === 'float' ? (cursor) => cursor.float() : (cursor) => storedDouble(column, to, cursor.double())
  }
  if (!isIntegerTarget(to)) return null
  const integer = integerOf(name)
  return integer === null ? null : (cursor) => storedInteger(column, to, integer(cursor))
}

function integerOf(name: ScalarName): ReadNumber | null {
  switch (name) {
    case 'int32': return (cursor) => cursor.varint32() | 0
    case 'uint32': return (cursor) => cursor.varint32()
    case 'sint32': return (cursor) => {
      const value = cursor.varint32()
      return (value >>> 1) ^ -(value & 1)
    }
    case 'fixed32': return (cursor) => cursor.fixed32()
    case 'sfixed32': return (cursor) => cursor.fixed32() | 0
    case 'int64': return (cursor) => signed64(cursor.varint())
    case 'uint64': return (cursor) => cursor.varint()
    case 'sint64': return (cursor) => {
      const value = cursor.varint()
      if (typeof value === 'number') return value % 2 === 0 ? value / 2 : -(value + 1) / 2
      return narrowed((value >> 1n) ^ -(value & 1n))
    }
    case 'fixed64': return (cursor) => narrowed(cursor.fixed64())
    case 'sfixed64': return (cursor) => narrowed(BigInt.asIntN(64, cursor.fixed64()))
    default: return null
  }
}

function signed64(value: number | bigint): number | bigint {
  return typeof value === 'number' ? value : narrowed(BigInt.asIntN(64, value))
}

/** What a field without presence is where it is absent. */
function defaultOf(type: ProtoType, to: DataType): Value {
  if (type.kind === 'message') return null
  if (type.kind === 'enum') return to.kind === 'STRING' ? type.names.get(0) ?? '0' : valueOfStored(to, 0)
  if (type.name === 'string' || type.name === 'bytes') return to.kind === 'STRING' ? '' : new Uint8Array(0)
  return valueOfStored(to, 0)
}
