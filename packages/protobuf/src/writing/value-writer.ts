import type { DataType, Schema, Value, Vector } from '@millrace/core'
import { ByteBuffer, MillraceError, readValue, storedOfValue, typeName } from '@millrace/core'
import {
  describeField, isTimestamp, type ProtoField, type ProtoMessage, type ProtoType, type ScalarName, wireTypeOf, wrappedType,
} from '../schema/proto-message.js'
import { writeVarint } from './varint.js'

/** Appends a field with its tag; nothing where it is absent. */
export type WriteField = (value: Value, into: ByteBuffer) => void
/** Appends a value without a tag. */
type WriteOne = (value: Exclude<Value, null>, into: ByteBuffer) => void

/** The value of a cell, for {@link WriteField}. */
export function cellOf(vector: Vector, type: DataType, row: number): Value {
  return readValue(vector, type, row)
}

/** @throws MillraceError SQL_UNSUPPORTED where a column does not fit its field, or has none */
export function fieldWritersOf(message: ProtoMessage, columns: readonly { readonly name: string; readonly type: DataType }[], owner: string | null): WriteField[] {
  return columns.map(({ name, type }) => {
    const field = message.fields.find((candidate) => candidate.name === name)
    const column = owner === null ? name : `${owner}.${name}`
    if (field === undefined) {
      throw new MillraceError('SQL_UNSUPPORTED', `column \`${column}\`: message ${message.name} has no field \`${name}\`; it has ${message.fields.map((candidate) => candidate.name).join(', ')}`)
    }
    return fieldWriterOf(field, column, type)
  })
}

export function checkRequired(message: ProtoMessage, columns: Schema): void {
  const missing = message.fields.find(({ name, isRequired }) => isRequired && !columns.some((column) => column.name === name))
  if (missing !== undefined) throw new MillraceError('SQL_UNSUPPORTED', `the required field \`${missing.name}\` of message ${message.name} has no column`)
}

function fieldWriterOf(field: ProtoField, column: string, from: DataType): WriteField {
  const { id, type, label } = field
  const unfit = (): MillraceError => new MillraceError('SQL_UNSUPPORTED',
    `column \`${column}\`: ${typeName(from)} cannot be written as ${describeField(field)}; cast it, or change the message`)
  if (label === 'map') {
    if (from.kind !== 'MAP') throw unfit()
    return mapWriterOf(field, column, from)
  }
  const one = oneOf(type, column, label === 'repeated' ? (from.kind === 'ARRAY' ? from.element : { kind: 'NULL' }) : from)
  if (one === null) throw unfit()
  const tag = (id << 3 | wireTypeOf(type)) >>> 0
  if (label === 'single') {
    return (value, into) => {
      if (value === null) {
        if (field.isRequired) throw new MillraceError('ROW_UNENCODABLE', `column \`${column}\` is NULL, and the field is required`)
        return
      }
      if (!field.hasPresence && isDefault(value, type)) return
      writeVarint(tag, into)
      one(value, into)
    }
  }
  if (!field.isPacked || wireTypeOf(type) === 2) {
    return (value, into) => {
      for (const element of elementsOf(value, column)) {
        writeVarint(tag, into)
        one(element, into)
      }
    }
  }
  const packedTag = (id << 3 | 2) >>> 0
  return (value, into) => {
    const elements = elementsOf(value, column)
    if (elements.length === 0) return
    writeVarint(packedTag, into)
    writeBytes((inner) => {
      for (const element of elements) one(element, inner)
    }, into)
  }
}

function elementsOf(value: Value, column: string): readonly Exclude<Value, null>[] {
  const elements = (value ?? []) as readonly Value[]
  if (elements.includes(null)) throw new MillraceError('ROW_UNENCODABLE', `column \`${column}\`: an element is NULL, which a repeated field does not have`)
  return elements as readonly Exclude<Value, null>[]
}

function mapWriterOf(field: ProtoField, column: string, from: Extract<DataType, { kind: 'MAP' }>): WriteField {
  const common = { label: 'single', key: null, isRequired: true, isPacked: false, hasPresence: true } as const
  const key = fieldWriterOf({ ...common, name: 'key', id: 1, type: { kind: 'scalar', name: field.key! } }, `${column} (key)`, from.key)
  const value = fieldWriterOf({ ...common, name: 'value', id: 2, type: field.type }, `${column} (value)`, from.value)
  const tag = (field.id << 3 | 2) >>> 0
  return (map, into) => {
    for (const [entryKey, entryValue] of (map ?? new Map()) as ReadonlyMap<Value, Value>) {
      writeVarint(tag, into)
      writeBytes((inner) => {
        key(entryKey, inner)
        value(entryValue, inner)
      }, into)
    }
  }
}

/** The length of what is written, and that. */
function writeBytes(write: (inner: ByteBuffer) => void, into: ByteBuffer): void {
  const inner = new ByteBuffer(64)
  write(inner)
  writeVarint(inner.length, into)
  into.copy(inner.bytes, 0, inner.length)
}

function isDefault(value: Exclude<Value, null>, type: ProtoType): boolean {
  if (type.kind === 'message') return false
  if (type.kind === 'enum') return typeof value === 'string' ? type.numbers.get(value) === 0 : Number(value) === 0
  if (typeof value === 'string') return value === ''
  if (value instanceof Uint8Array) return value.length === 0
  // −0 is no default.
  return Object.is(Number(value), 0)
}

function oneOf(type: ProtoType, column: string, from: DataType): WriteOne | null {
  switch (type.kind) {
    case 'scalar': return scalarOf(type.name, column, from)
    case 'enum': {
      if (from.kind === 'STRING') {
        return (value, into) => {
          const number = type.numbers.get(value as string)
          if (number === undefined) {
            throw new MillraceError('ROW_UNENCODABLE', `column \`${column}\`: '${String(value)}' is none of enum ${type.name}: ${[...type.numbers.keys()].join(', ')}`)
          }
          writeVarint(number, into)
        }
      }
      return isInteger(from) ? (value, into) => writeVarint(inRange(column, value, -(2 ** 31), 2 ** 31 - 1), into) : null
    }
    case 'message': return messageWriterOf(type.message, column, from)
  }
}

function messageWriterOf(message: ProtoMessage, column: string, from: DataType): WriteOne | null {
  if (isTimestamp(message) && (from.kind === 'TIMESTAMP' || from.kind === 'TIMESTAMP_LTZ')) {
    return (value, into) => writeBytes((inner) => {
      const seconds = Math.floor((value as number) / 1e6)
      const nanos = ((value as number) - seconds * 1e6) * 1000
      if (seconds !== 0) {
        inner.byte(8)
        writeVarint(seconds, inner)
      }
      if (nanos !== 0) {
        inner.byte(16)
        writeVarint(nanos, inner)
      }
    }, into)
  }
  if (from.kind === 'ROW') {
    const fields = fieldWritersOf(message, from.fields, column)
    return (value, into) => writeBytes((inner) => {
      for (let i = 0; i < fields.length; i++) fields[i]!((value as readonly Value[])[i] ?? null, inner)
    }, into)
  }
  if (wrappedType(message) === null) return null
  const write = fieldWriterOf({ ...message.fields[0]!, hasPresence: false }, column, from)
  return (value, into) => writeBytes((inner) => write(value, inner), into)
}

function scalarOf(name: ScalarName, column: string, from: DataType): WriteOne | null {
  switch (name) {
    case 'string': case 'bytes': {
      if (from.kind !== 'STRING' && (from.kind !== 'BYTES' || name === 'string')) return null
      return (value, into) => {
        const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value as Uint8Array
        writeVarint(bytes.length, into)
        into.copy(bytes, 0, bytes.length)
      }
    }
    case 'bool': return from.kind === 'BOOLEAN' ? (value, into) => into.byte(value === true ? 1 : 0) : null
    case 'float': case 'double': {
      if (!isInteger(from) && from.kind !== 'FLOAT' && (from.kind !== 'DOUBLE' || name === 'float')) return null
      const size = name === 'float' ? 4 : 8
      return (value, into) => {
        into.reserve(size)
        if (size === 4) into.bytes.writeFloatLE(Number(value), into.length)
        else into.bytes.writeDoubleLE(Number(value), into.length)
        into.length += size
      }
    }
    default: return isInteger(from) ? integerOf(name, column) : null
  }
}

const INT_32 = [-(2n ** 31n), 2n ** 31n - 1n] as const
const INT_64 = [-(2n ** 63n), 2n ** 63n - 1n] as const
const UINT_32 = [0n, 2n ** 32n - 1n] as const
const UINT_64 = [0n, 2n ** 64n - 1n] as const

function integerOf(name: ScalarName, column: string): WriteOne {
  const [least, most] = name.endsWith('int64') || name.endsWith('fixed64') ? (name === 'uint64' || name === 'fixed64' ? UINT_64 : INT_64)
    : name === 'uint32' || name === 'fixed32' ? UINT_32 : INT_32
  return (value, into) => {
    const number = inRange(column, value, least, most)
    switch (name) {
      case 'sint32': case 'sint64': writeVarint(BigInt.asUintN(64, (BigInt(number) << 1n) ^ (BigInt(number) >> 63n)), into); break
      case 'fixed32': case 'sfixed32':
        into.reserve(4)
        into.bytes.writeInt32LE(Number(number) | 0, into.length)
        into.length += 4
        break
      case 'fixed64': case 'sfixed64':
        into.reserve(8)
        into.bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(number)), into.length)
        into.length += 8
        break
      default: writeVarint(number, into)
    }
  }
}

function inRange(column: string, value: Exclude<Value, null>, least: number | bigint, most: number | bigint): number | bigint {
  const number = storedOfValue(value)
  if (number >= least && number <= most) return number
  throw new MillraceError('ROW_UNENCODABLE', `column \`${column}\`: ${number} is out of the range of its field, ${least} to ${most}`)
}

function isInteger({ kind }: DataType): boolean {
  return kind === 'TINYINT' || kind === 'SMALLINT' || kind === 'INT' || kind === 'BIGINT'
}
