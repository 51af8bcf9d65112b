import type { ByteBuffer, DataType, Utf8Piece, Value, Vector } from '@millrace/core'
import { MillraceError, rescale, storedAt, storedOfValue, typeName, utf8At } from '@millrace/core'
import { type AvroDecimal, type AvroRecord, type AvroType, describeType } from '../schema/avro-type.js'
import { writeLong } from './varint.js'

/** Appends the value of a row. */
export type WriteCell = (vector: Vector, row: number, into: ByteBuffer) => void
/** Appends a value that is not NULL. */
type WriteValue = (value: Exclude<Value, null>, into: ByteBuffer) => void
type WriteNumber = (stored: number | bigint, into: ByteBuffer) => void

/** What encodes the cells of a column as a type of the schema. @throws MillraceError SQL_UNSUPPORTED where they cannot be */
export function cellWriterOf(type: AvroType, column: string, from: DataType): WriteCell {
  const { write: whenNull, branch, branchIndex } = choose(type, column, from)
  const write = notNullCell(branch, column, from)
  if (branchIndex === null) {
    return (vector, row, into) => {
      if (vector.nulls !== null && vector.nulls[row] === 1) throw nullRefused(column)
      write(vector, row, into)
    }
  }
  return (vector, row, into) => {
    if (vector.nulls !== null && vector.nulls[row] === 1) {
      whenNull(into)
      return
    }
    writeLong(branchIndex, into)
    write(vector, row, into)
  }
}

function notNullCell(type: AvroType, column: string, from: DataType): WriteCell {
  const number = numberWriterOf(type, column, from)
  if (number !== null) return (vector, row, into) => number(storedAt(vector, row), into)
  if (from.kind === 'STRING' && (type.kind === 'string' || (type.kind === 'bytes' && type.decimal === null))) {
    const piece: Utf8Piece = { bytes: new Uint8Array(0), start: 0, end: 0 }
    return (vector, row, into) => {
      utf8At(vector, row, piece)
      writeLong(piece.end - piece.start, into)
      into.copy(piece.bytes, piece.start, piece.end)
    }
  }
  const value = valueWriterOf(type, column, from)
  if (from.kind !== 'STRING') return (vector, row, into) => value((vector as { readonly values: readonly Value[] }).values[row]!, into)
  const piece: Utf8Piece = { bytes: new Uint8Array(0), start: 0, end: 0 }
  return (vector, row, into) => {
    utf8At(vector, row, piece)
    value(Buffer.from(piece.bytes.buffer, piece.bytes.byteOffset + piece.start, piece.end - piece.start).toString('utf8'), into)
  }
}

interface Choice {
  /** How NULL is written. */
  readonly write: (into: ByteBuffer) => void
  /** Of a union the branch for values. */
  readonly branch: AvroType
  readonly branchIndex: number | null
}

function choose(type: AvroType, column: string, from: DataType): Choice {
  const refuse = (): never => {
    throw nullRefused(column)
  }
  if (type.kind !== 'union') return { write: refuse, branch: type, branchIndex: null }
  const nullIndex = type.branches.findIndex(({ kind }) => kind === 'null')
  const branchIndex = type.branches.findIndex((branch) => branch.kind !== 'null' && takes(branch, column, from))
  if (branchIndex === -1) throw unfit(type, column, from)
  return { branchIndex, branch: type.branches[branchIndex]!, write: nullIndex === -1 ? refuse : (into) => writeLong(nullIndex, into) }
}

function takes(type: AvroType, column: string, from: DataType): boolean {
  try {
    if (numberWriterOf(type, column, from) === null) valueWriterOf(type, column, from)
    return true
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'SQL_UNSUPPORTED') return false
    throw error
  }
}

function itemWriterOf(type: AvroType, column: string, from: DataType): (value: Value, into: ByteBuffer) => void {
  const { write: whenNull, branch, branchIndex } = choose(type, column, from)
  const number = numberWriterOf(branch, column, from)
  const write: WriteValue = number === null ? valueWriterOf(branch, column, from) : (value, into) => number(storedOfValue(value), into)
  return (value, into) => {
    if (value === null) {
      whenNull(into)
      return
    }
    if (branchIndex !== null) writeLong(branchIndex, into)
    write(value, into)
  }
}

function valueWriterOf(type: AvroType, column: string, from: DataType): WriteValue {
  switch (type.kind) {
    case 'string': case 'bytes': {
      if (from.kind !== 'STRING' && from.kind !== 'BYTES') break
      if (type.kind === 'bytes' && type.decimal !== null) break
      if (type.kind === 'string' && from.kind === 'BYTES') break
      return (value, into) => {
        const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value as Uint8Array
        writeLong(bytes.length, into)
        into.copy(bytes, 0, bytes.length)
      }
    }
    case 'fixed': {
      if (from.kind !== 'BYTES' && from.kind !== 'STRING') break
      return (value, into) => {
        const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value as Uint8Array
        if (bytes.length !== type.size) {
          throw new MillraceError('ROW_UNENCODABLE', `column \`${column}\`: ${bytes.length} bytes are not the ${type.size} of its fixed type`)
        }
        into.copy(bytes, 0, bytes.length)
      }
    }
    case 'enum': {
      if (from.kind !== 'STRING') break
      const indexes = new Map(type.symbols.map((symbol, i) => [symbol, i]))
      return (value, into) => {
        const index = indexes.get(value as string)
        if (index === undefined) {
          throw new MillraceError('ROW_UNENCODABLE', `column \`${column}\`: '${String(value)}' is none of the enum's ${type.symbols.join(', ')}`)
        }
        writeLong(index, into)
      }
    }
    case 'array': {
      if (from.kind !== 'ARRAY') break
      const item = itemWriterOf(type.items, column, from.element)
      return (value, into) => {
        const values = value as readonly Value[]
        if (values.length > 0) writeLong(values.length, into)
        for (const element of values) item(element, into)
        writeLong(0, into)
      }
    }
    case 'map': {
      if (from.kind !== 'MAP' || from.key.kind !== 'STRING') break
      const member = itemWriterOf(type.values, column, from.value)
      return (value, into) => {
        const values = value as ReadonlyMap<Value, Value>
        if (values.size > 0) writeLong(values.size, into)
        for (const [key, element] of values) {
          if (key === null) throw new MillraceError('ROW_UNENCODABLE', `column \`${column}\`: a MAP with a NULL key has no form in Avro`)
          const name = Buffer.from(key as string, 'utf8')
          writeLong(name.length, into)
          into.copy(name, 0, name.length)
          member(element, into)
        }
        writeLong(0, into)
      }
    }
    case 'record': {
      if (from.kind !== 'ROW') break
      const fields = fieldWritersOf(type, column, from.fields, (field, at) => itemWriterOf(field, `${column}.${from.fields[at]!.name}`, from.fields[at]!.type))
      return (value, into) => {
        const values = value as readonly Value[]
        for (const { at, write, fallback } of fields) {
          if (at === -1) into.copy(fallback, 0, fallback.length)
          else write!(values[at] ?? null, into)
        }
      }
    }
    default:
  }
  throw unfit(type, column, from)
}

/** How a field of a record is written: from the column at `at`, or by its default. */
export interface FieldWriter<Write> {
  readonly at: number
  readonly write: Write | null
  readonly fallback: Uint8Array
}

const NOTHING = new Uint8Array(0)

/** @throws MillraceError SQL_UNSUPPORTED where a field has neither a column nor a default, or a column no field */
export function fieldWritersOf<Write>(
  record: AvroRecord, owner: string | null, columns: readonly { readonly name: string }[], writerOf: (type: AvroType, at: number) => Write,
): FieldWriter<Write>[] {
  const inside = owner === null ? '' : `column \`${owner}\`: `
  const lost = columns.find(({ name }) => !record.fields.some((field) => field.name === name))
  if (lost !== undefined) {
    throw new MillraceError('SQL_UNSUPPORTED', `${inside}the schema has no field \`${lost.name}\`; it has ${record.fields.map(({ name }) => name).join(', ')}`)
  }
  return record.fields.map(({ name, type, fallback }) => {
    const at = columns.findIndex((column) => column.name === name)
    if (at === -1 && fallback === null) {
      throw new MillraceError('SQL_UNSUPPORTED', `${inside}the schema has a field \`${name}\` without a default, and nothing to fill it with: add a column`)
    }
    return { at, write: at === -1 ? null : writerOf(type, at), fallback: fallback ?? NOTHING }
  })
}

function numberWriterOf(type: AvroType, column: string, from: DataType): WriteNumber | null {
  switch (type.kind) {
    case 'boolean': return from.kind === 'BOOLEAN' ? (stored, into) => into.byte(Number(stored)) : null
    case 'float': case 'double': {
      if (!isNumber(from) || from.kind === 'DECIMAL' || (type.kind === 'float' && from.kind === 'DOUBLE')) return null
      return type.kind === 'float' ? writeFloat : writeDouble
    }
    case 'int': case 'long': return integerWriterOf(type, column, from)
    case 'bytes': case 'fixed': {
      const { decimal } = type
      if (decimal === null || (from.kind !== 'DECIMAL' && !isWhole(from))) return null
      const scale = from.kind === 'DECIMAL' ? from.scale : 0
      const size = type.kind === 'fixed' ? type.size : null
      return (stored, into) => writeDecimal(column, stored, scale, decimal, size, into)
    }
    default: return null
  }
}

function integerWriterOf(type: Extract<AvroType, { kind: 'int' | 'long' }>, column: string, from: DataType): WriteNumber | null {
  const { logical } = type
  const isInt = type.kind === 'int'
  switch (from.kind) {
    case 'TINYINT': case 'SMALLINT': case 'INT': return logical === null ? writeLong : null
    case 'BIGINT': {
      if (logical !== null) return null
      return isInt ? (stored, into) => writeLong(inInt(column, stored), into) : writeLong
    }
    case 'DATE': return logical === null || logical.kind === 'date' ? writeLong : null
    case 'TIME': {
      if (logical !== null && logical.kind !== 'time') return null
      return scaled(logical?.scale ?? 3)
    }
    case 'TIMESTAMP': case 'TIMESTAMP_LTZ': {
      if (isInt || (logical !== null && logical.kind !== 'timestamp')) return null
      return scaled(logical === null ? 3 : logical.scale)
    }
    default: return null
  }
}

/** From microseconds to units of 10^scale of them. */
function scaled(scale: number): WriteNumber {
  if (scale < 0) return (stored, into) => writeLong(BigInt(stored) * 10n ** BigInt(-scale), into)
  const unit = 10 ** scale
  return (stored, into) => writeLong(Math.floor(Number(stored) / unit), into)
}

function inInt(column: string, value: number | bigint): number {
  if (value >= -0x80000000 && value <= 0x7fffffff) return Number(value)
  throw new MillraceError('ROW_UNENCODABLE', `column \`${column}\`: ${value} is out of the range of an int; let the schema have a long`)
}

function writeFloat(stored: number | bigint, into: ByteBuffer): void {
  into.reserve(4)
  into.bytes.writeFloatLE(Number(stored), into.length)
  into.length += 4
}

function writeDouble(stored: number | bigint, into: ByteBuffer): void {
  into.reserve(8)
  into.bytes.writeDoubleLE(Number(stored), into.length)
  into.length += 8
}

/** Two's complement, most significant byte first, in as few bytes as there can be. */
function writeDecimal(
  column: string, stored: number | bigint, scale: number, decimal: AvroDecimal, size: number | null, into: ByteBuffer,
): void {
  const unscaled = rescale(BigInt(stored), scale, decimal.scale)
  if (unscaled >= 10n ** BigInt(decimal.precision) || -unscaled >= 10n ** BigInt(decimal.precision)) {
    throw new MillraceError('ROW_UNENCODABLE', `column \`${column}\`: ${stored} has more than the ${decimal.precision} digits of its decimal`)
  }
  let length = 1
  while (BigInt.asIntN(length * 8, unscaled) !== unscaled) length++
  const bytes = size ?? length
  if (bytes < length) throw new MillraceError('ROW_UNENCODABLE', `column \`${column}\`: the decimal ${stored} does not fit in ${bytes} bytes`)
  if (size === null) writeLong(bytes, into)
  const hex = BigInt.asUintN(bytes * 8, unscaled).toString(16).padStart(bytes * 2, '0')
  into.copy(Buffer.from(hex, 'hex'), 0, bytes)
}

function isWhole({ kind }: DataType): boolean {
  return kind === 'TINYINT' || kind === 'SMALLINT' || kind === 'INT' || kind === 'BIGINT'
}

function isNumber(type: DataType): boolean {
  return isWhole(type) || type.kind === 'FLOAT' || type.kind === 'DOUBLE' || type.kind === 'DECIMAL'
}

function nullRefused(column: string): MillraceError {
  return new MillraceError('ROW_UNENCODABLE', `column \`${column}\` is NULL, and the schema does not allow it: make the field a union with null`)
}

function unfit(type: AvroType, column: string, from: DataType): MillraceError {
  return new MillraceError('SQL_UNSUPPORTED', `column \`${column}\`: ${typeName(from)} cannot be written as ${describeType(type)}; cast it, or change the schema`)
}
