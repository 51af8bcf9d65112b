import type { DataType, RowBuffers, Value } from '@millrace/core'
import {
  checkedText, isIntegerTarget, storedDate, storedDecimal, storedDouble, storedInteger, storedTime, storedTimestamp, typeName, undecodable, valueOfStored,
} from '@millrace/core'
import { type AvroField, type AvroRecord, type AvroType, describeType } from '../schema/avro-type.js'
import type { AvroCursor } from './avro-cursor.js'
import { skipValue } from './skip-value.js'

/** Puts the value at the cursor into a column of the row under way. */
export type Put = (cursor: AvroCursor, rows: RowBuffers, column: number) => void

/** Reads the value at the cursor: what stands inside of an ARRAY, a MAP or a ROW. */
type Read = (cursor: AvroCursor) => Value

/** Where a value goes. */
export interface Target {
  /** The name of its column, for messages. */
  readonly column: string
  readonly type: DataType
}

/**
 * What decodes a value that was written as `type` into a column: Avro's promotions (int to long, float and double; long and float to those
 * behind them; string and bytes to each other), and all that SQL takes for granted besides: numbers become narrower where they fit, an enum
 * a STRING, a decimal one of another scale.
 *
 * @returns null where no value of the type can become one of the column's
 */
export function putOf(type: AvroType, target: Target): Put | null {
  if (type.kind === 'null') return (_cursor, rows, column) => rows.putNull(column)
  if (type.kind === 'union') {
    const branches = type.branches.map((branch) => putOf(branch, target))
    if (branches.every((branch, i) => branch === null || type.branches[i]!.kind === 'null') && type.branches.some(({ kind }) => kind !== 'null')) return null
    const puts = branches.map((branch, i) => branch ?? ((): never => {
      throw misfit(type.branches[i]!, target)
    }))
    return (cursor, rows, column) => puts[cursor.index(puts.length)]!(cursor, rows, column)
  }
  const number = numberOf(type, target)
  if (number !== null) return (cursor, rows, column) => rows.putNumber(column, number(cursor))
  if (target.type.kind === 'STRING' && (type.kind === 'string' || type.kind === 'fixed' || (type.kind === 'bytes' && type.decimal === null))) {
    return (cursor, rows, column) => {
      const length = type.kind === 'fixed' ? type.size : cursor.length()
      const start = cursor.skip(length)
      rows.putText(column, start, start + length)
    }
  }
  const read = readOf(type, target)
  return read === null ? null : (cursor, rows, column) => rows.putValue(column, read(cursor))
}

/** As {@link putOf}, for what is no column of its own. */
function readOf(type: AvroType, target: Target): Read | null {
  const to = target.type
  switch (type.kind) {
    case 'null': return () => null
    case 'union': {
      const branches = type.branches.map((branch) => readOf(branch, target))
      if (branches.every((branch, i) => branch === null || type.branches[i]!.kind === 'null') && type.branches.some(({ kind }) => kind !== 'null')) return null
      const reads = branches.map((branch, i) => branch ?? ((): never => {
        throw misfit(type.branches[i]!, target)
      }))
      return (cursor) => reads[cursor.index(reads.length)]!(cursor)
    }
    case 'enum': return to.kind === 'STRING' ? (cursor) => type.symbols[cursor.index(type.symbols.length)]! : null
    case 'string': case 'bytes': case 'fixed': {
      const lengthOf = type.kind === 'fixed' ? () => type.size : (cursor: AvroCursor) => cursor.length()
      if (to.kind === 'BYTES') {
        return (cursor) => {
          const length = lengthOf(cursor)
          const start = cursor.skip(length)
          return cursor.bytes.slice(start, start + length)
        }
      }
      if (to.kind !== 'STRING') break
      return (cursor) => {
        const length = lengthOf(cursor)
        const start = cursor.skip(length)
        return checkedText(target.column, cursor.bytes, start, start + length)
      }
    }
    case 'array': {
      const item = to.kind === 'ARRAY' ? readOf(type.items, { ...target, type: to.element }) : null
      if (item === null) return null
      return (cursor) => {
        const values: Value[] = []
        cursor.blocks(() => void values.push(item(cursor)))
        return values
      }
    }
    case 'map': {
      if (to.kind !== 'MAP' || to.key.kind !== 'STRING') return null
      const value = readOf(type.values, { ...target, type: to.value })
      if (value === null) return null
      return (cursor) => {
        const values = new Map<Value, Value>()
        cursor.blocks(() => {
          const length = cursor.length()
          const start = cursor.skip(length)
          values.set(checkedText(target.column, cursor.bytes, start, start + length), value(cursor))
        })
        return values
      }
    }
    case 'record': return to.kind === 'ROW' ? rowOf(type, target, to) : null
    default:
  }
  const number = numberOf(type, target)
  return number === null ? null : (cursor) => valueOfStored(to, number(cursor))
}

function rowOf(record: AvroRecord, target: Target, to: Extract<DataType, { kind: 'ROW' }>): Read | null {
  const steps = record.fields.map((field): { readonly index: number; readonly read: Read } => {
    const index = to.fields.findIndex((wanted) => isField(field, wanted.name, record))
    if (index === -1) return { index, read: (cursor) => (skipValue(cursor, field.type), null) }
    const wanted = { column: `${target.column}.${field.name}`, type: to.fields[index]!.type }
    return { index, read: readOf(field.type, wanted) ?? ((): never => {
      throw misfit(field.type, wanted)
    }) }
  })
  return (cursor) => {
    const values: Value[] = to.fields.map(() => null)
    cursor.deeper()
    for (const { index, read } of steps) {
      const value = read(cursor)
      if (index !== -1) values[index] = value
    }
    cursor.shallower()
    return values
  }
}

/** Whether a field is the one wanted: of that name, or, where none is, once called so. */
export function isField(field: AvroField, wanted: string, record: AvroRecord): boolean {
  if (field.name === wanted) return true
  return field.aliases.includes(wanted) && !record.fields.some(({ name }) => name === wanted)
}

/** Numbers, booleans, dates and times, in the form in which columns hold them; null for what is none, or does not become one. */
function numberOf(type: AvroType, { column, type: to }: Target): ((cursor: AvroCursor) => number | bigint) | null {
  switch (type.kind) {
    case 'boolean': return to.kind === 'BOOLEAN' ? (cursor) => cursor.boolean() : null
    case 'float': case 'double': {
      if (to.kind !== 'FLOAT' && to.kind !== 'DOUBLE') return null
      return type.kind === 'float' ? (cursor) => cursor.float() : (cursor) => storedDouble(column, to, cursor.double())
    }
    case 'int': case 'long': {
      const { logical } = type
      if (isIntegerTarget(to)) return (cursor) => storedInteger(column, to, cursor.long())
      if (to.kind === 'DATE') return logical === null || logical.kind === 'date' ? (cursor) => storedDate(column, to, cursor.long()) : null
      if (to.kind === 'TIME') {
        const scale = logical?.kind === 'time' ? logical.scale : 3
        return logical === null || logical.kind === 'time' ? (cursor) => storedTime(column, to, cursor.long(), scale) : null
      }
      if (to.kind !== 'TIMESTAMP' && to.kind !== 'TIMESTAMP_LTZ') return null
      if (logical !== null && logical.kind !== 'timestamp') return null
      const scale = logical === null ? 3 : logical.scale
      return (cursor) => storedTimestamp(column, to, cursor.long(), scale)
    }
    case 'bytes': case 'fixed': {
      const { decimal } = type
      if (to.kind !== 'DECIMAL' || decimal === null) return null
      return (cursor) => {
        const length = type.kind === 'fixed' ? type.size : cursor.length()
        const start = cursor.skip(length)
        return storedDecimal(column, to, integerAt(cursor.bytes, start, start + length), decimal.scale)
      }
    }
    default: return null
  }
}

/** Two's complement, most significant byte first. */
function integerAt(bytes: Uint8Array, start: number, end: number): number | bigint {
  if (end - start <= 6) {
    let value = end === start ? 0 : bytes[start]! << 24 >> 24
    for (let p = start + 1; p < end; p++) value = value * 256 + bytes[p]!
    return value
  }
  if (end - start > DECIMAL_BYTES_MAX) throw undecodable(`a decimal of ${end - start} bytes is more than 38 digits`)
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('hex')
  return BigInt.asIntN((end - start) * 8, BigInt(`0x${hex}`))
}

/** Far more than 38 digits need: writers may fill up with zeros. */
const DECIMAL_BYTES_MAX = 64

export function misfit(type: AvroType, target: Target): unknown {
  return undecodable(`column \`${target.column}\`: ${describeType(type)} does not become ${typeName(target.type)}; declare the column otherwise`)
}
