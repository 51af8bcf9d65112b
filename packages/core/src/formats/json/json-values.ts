import type { DataType, Value } from '../../types/data-type.js'
import { notOfType, undecodable } from '../record-fault.js'
import { BAD_TEXT, ESCAPED, NOTHING, TEXT, TOKEN } from '../piece-kind.js'
import { asciiOf, isUtf8, textOf } from '../utf8-text.js'
import type { ScalarType } from '../value-text.js'
import { bytesOfText, literalAt, scalarOfText, timestampOfNumber, valueOfStored } from '../value-text.js'
import { lastKind, skipSpace, unescapeJson, valueEnd } from './json-walk.js'

/**
 * The value of a type that `bytes[start … end)` is as JSON: what a column of type ARRAY, MAP or ROW holds. The text is
 * checked as far as the type reaches; ROW takes its fields by name, unknown ones are ignored, missing ones are NULL.
 *
 * @param column for messages
 * @throws RecordFault
 */
export function jsonValueOf(column: string, type: DataType, bytes: Uint8Array, start: number, end: number, unitScale: number): Value {
  const from = skipSpace(bytes, start, end)
  const to = valueEnd(bytes, from, end)
  if (to === -1 || skipSpace(bytes, to, end) !== end) throw notOfType(column, bytes, start, end, type)
  return valueAt({ column, bytes, unitScale }, type, from, to, lastKind())
}

interface Text {
  readonly column: string
  readonly bytes: Uint8Array
  readonly unitScale: number
}

function valueAt(text: Text, type: DataType, start: number, end: number, kind: number): Value {
  const { column, bytes } = text
  if (kind === NOTHING) return null
  const opening = bytes[start]
  switch (type.kind) {
    case 'ARRAY': {
      if (opening !== 91) throw notOfType(column, bytes, start, end, type)
      const values: Value[] = []
      eachPart(text, start, end, (from, to, partKind) => void values.push(valueAt(text, type.element, from, to, partKind)))
      return values
    }
    case 'MAP': {
      if (opening !== 123) throw notOfType(column, bytes, start, end, type)
      const values = new Map<Value, Value>()
      eachMember(text, start, end, (keyStart, keyEnd, keyKind, from, to, partKind) => {
        const key = valueAt(text, type.key, keyStart - 1, keyEnd + 1, keyKind)
        values.set(key, valueAt(text, type.value, from, to, partKind))
      })
      return values
    }
    case 'ROW': {
      if (opening !== 123) throw notOfType(column, bytes, start, end, type)
      const values: Value[] = type.fields.map(() => null)
      eachMember(text, start, end, (keyStart, keyEnd, keyKind, from, to, partKind) => {
        const key = stringOf(text, keyStart, keyEnd, keyKind)
        const index = type.fields.findIndex((field) => field.name === key)
        if (index !== -1) values[index] = valueAt(text, type.fields[index]!.type, from, to, partKind)
      })
      return values
    }
    case 'STRING': {
      if (kind === TEXT || kind === ESCAPED || kind === BAD_TEXT) return stringOf(text, start + 1, end - 1, kind)
      return stringOf(text, start, end, TEXT)
    }
    default: return scalarAt(text, type, start, end, kind)
  }
}

function scalarAt(text: Text, type: DataType, start: number, end: number, kind: number): Value {
  const { column, bytes } = text
  if (kind === TEXT || kind === ESCAPED || kind === BAD_TEXT) {
    const plain = kind === TEXT ? bytes.subarray(start + 1, end - 1) : Buffer.from(stringOf(text, start + 1, end - 1, kind))
    if (type.kind === 'BYTES') return bytesOfText(column, plain, 0, plain.length)
    return valueOfStored(type, scalarOfText(column, type as ScalarType, plain, 0, plain.length, false))
  }
  if (kind !== TOKEN || type.kind === 'BYTES') throw notOfType(column, bytes, start, end, type)
  if (type.kind === 'BOOLEAN') {
    const value = literalAt(bytes, start, end)
    if (value === -1) throw notOfType(column, bytes, start, end, type)
    return value === 1
  }
  if (type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ') {
    return timestampOfNumber(column, type, bytes, start, end, true, text.unitScale)
  }
  return valueOfStored(type, scalarOfText(column, type as ScalarType, bytes, start, end, true))
}

function stringOf(text: Text, start: number, end: number, kind: number): string {
  if (kind === BAD_TEXT) throw undecodable(`column \`${text.column}\`: control characters in a string must be escaped`)
  const plain = kind === ESCAPED ? unescapeJson(text.bytes, start, end) : text.bytes.subarray(start, end)
  if (!isUtf8(plain, 0, plain.length)) throw undecodable(`column \`${text.column}\`: the text is no UTF-8`)
  return textOf(plain, 0, plain.length)
}

function eachPart(text: Text, start: number, end: number, take: (from: number, to: number, kind: number) => void): void {
  const { bytes } = text
  let p = skipSpace(bytes, start + 1, end)
  if (bytes[p] === 93) return
  for (;;) {
    const to = valueEnd(bytes, p, end)
    if (to === -1) throw malformed(text, start, end)
    take(p, to, lastKind())
    p = skipSpace(bytes, to, end)
    if (bytes[p] === 93) return
    if (bytes[p] !== 44) throw malformed(text, start, end)
    p = skipSpace(bytes, p + 1, end)
  }
}

function eachMember(
  text: Text, start: number, end: number,
  take: (keyStart: number, keyEnd: number, keyKind: number, from: number, to: number, kind: number) => void,
): void {
  const { bytes } = text
  let p = skipSpace(bytes, start + 1, end)
  if (bytes[p] === 125) return
  for (;;) {
    const keyEnd = bytes[p] === 34 ? valueEnd(bytes, p, end) : -1
    if (keyEnd === -1) throw malformed(text, start, end)
    const keyKind = lastKind()
    const keyStart = p + 1
    p = skipSpace(bytes, keyEnd, end)
    if (bytes[p] !== 58) throw malformed(text, start, end)
    p = skipSpace(bytes, p + 1, end)
    const to = valueEnd(bytes, p, end)
    if (to === -1) throw malformed(text, start, end)
    take(keyStart, keyEnd - 1, keyKind, p, to, lastKind())
    p = skipSpace(bytes, to, end)
    if (bytes[p] === 125) return
    if (bytes[p] !== 44) throw malformed(text, start, end)
    p = skipSpace(bytes, p + 1, end)
  }
}

function malformed(text: Text, start: number, end: number): unknown {
  return undecodable(`column \`${text.column}\`: ${asciiOf(text.bytes, start, Math.min(end, start + 60))} is malformed JSON`)
}
