import { assert } from '../../errors.js'
import { hexToBytes } from '../../types/bytes.js'
import {
  array, BIGINT, BOOLEAN, BYTES, DATE, decimal, DOUBLE, FLOAT, INT, INTERVAL_MONTH, INTERVAL_SECOND, map, NULL, row, SMALLINT, STRING, time,
  timestamp, timestampLtz, TINYINT,
} from '../../types/data-type.js'
import type { DataType, Value } from '../../types/data-type.js'
import { castValue } from '../cast.js'
import { commonType } from '../coercion.js'

/**
 * One line of the tables of examples, which the reference page prints and the tests check:
 *
 *     substring('héllo', 2, 3) → éll
 *     +(INT '2147483647', 1) → error NUMERIC_OVERFLOW
 *
 * Operators stand before their arguments like any function. Literals are those of SQL; `1` is an INT, `1.5` a DECIMAL, `1e0`
 * a DOUBLE, and `TYPE 'text'` a value of any type. Behind the arrow stands the result as text, in quotes where blanks matter.
 */
export interface Example {
  /** The line. */
  readonly text: string
  readonly name: string
  readonly args: readonly TypedValue[]
  /** `null`: the call fails with `error`. */
  readonly result: string | null
  readonly error: string | null
}

export interface TypedValue {
  readonly type: DataType
  readonly value: Value
}

/** Reads a table: empty lines and lines that begin with `--` are left out. */
export function parseExamples(table: string): readonly Example[] {
  return table.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('--')).map(parseExample)
}

function parseExample(text: string): Example {
  const open = text.indexOf('(')
  const arrow = text.lastIndexOf(' → ')
  assert(open > 0 && arrow > open, `an example has the form f(…) → result: ${text}`)
  const call = text.slice(0, arrow).trimEnd()
  const args = new LiteralReader(call.slice(open + 1, -1)).all()
  const result = text.slice(arrow + 3).trim()
  if (result.startsWith('error ')) return { text, name: call.slice(0, open), args, result: null, error: result.slice(6) }
  const unquoted = /^'.*'$/s.test(result) ? result.slice(1, -1).replaceAll("''", "'") : result
  return { text, name: call.slice(0, open), args, result: unquoted, error: null }
}

const TOKEN = /\s*(?:([A-Za-z_]+(?:\(\s*\d+(?:\s*,\s*\d+)?\s*\))?)|('(?:[^']|'')*')|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(\S))/y

const TYPES: Readonly<Record<string, (a: number, b: number) => DataType>> = {
  BOOLEAN: () => BOOLEAN, TINYINT: () => TINYINT, SMALLINT: () => SMALLINT, INT: () => INT, BIGINT: () => BIGINT, FLOAT: () => FLOAT,
  DOUBLE: () => DOUBLE,
  STRING: () => STRING, DECIMAL: decimal, DATE: () => DATE, TIME: (p = 0) => time(p), TIMESTAMP: (p = 6) => timestamp(p),
  TIMESTAMP_LTZ: (p = 6) => timestampLtz(p),
}

class LiteralReader {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
    TOKEN.lastIndex = 0
  }

  all(): TypedValue[] {
    return this.#text.trim() === '' ? [] : this.#list(this.#text.length)
  }

  /** Literals up to the end or a closing bracket, which is taken. */
  #list(end: number): TypedValue[] {
    const values: TypedValue[] = []
    for (;;) {
      const token = this.#token()
      if (token === ']' || token === ')') return values
      values.push(this.#literal(token))
      if (TOKEN.lastIndex >= end) return values
      const next = this.#token()
      if (next === ']' || next === ')') return values
      assert(next === ',', `a comma before ${next} in ${this.#text}`)
    }
  }

  #token(): string {
    const match = TOKEN.exec(this.#text)
    assert(match !== null, `a literal in ${this.#text}`)
    return match[0].trim()
  }

  #literal(token: string): TypedValue {
    if (token.startsWith("'")) return { type: STRING, value: unquote(token) }
    if (/^-?\d+$/.test(token)) return integer(token)
    if (/^-?\d+\.\d+$/.test(token)) return decimalLiteral(token)
    if (/^-?\d/.test(token)) return { type: DOUBLE, value: Number(token) }
    switch (token) {
      case 'NULL': return { type: NULL, value: null }
      case 'TRUE': case 'FALSE': return { type: BOOLEAN, value: token === 'TRUE' }
      case 'X': return { type: BYTES, value: hexToBytes(unquote(this.#token())) }
      case 'ARRAY': case 'MAP': case 'ROW': this.#token(); return collection(token, this.#list(Infinity))
      case 'INTERVAL': return this.#interval()
    }
    const [, name = '', a, b] = /^(\w+)(?:\(\s*(\d+)(?:\s*,\s*(\d+))?\s*\))?$/.exec(token) ?? []
    const type = TYPES[name]?.(a === undefined ? undefined! : Number(a), Number(b))
    assert(type !== undefined, `a type named ${token}`)
    const value = this.#token()
    return { type, value: value === 'NULL' ? null : castValue(unquote(value), STRING, type, 'UTC') }
  }

  #interval(): TypedValue {
    const text = unquote(this.#token())
    const unit = this.#token()
    this.#token()
    this.#token()
    const type = unit === 'DAY' ? INTERVAL_SECOND : INTERVAL_MONTH
    return { type, value: castValue(text, STRING, type, 'UTC') }
  }
}

function unquote(token: string): string {
  return token.slice(1, -1).replaceAll("''", "'")
}

function integer(token: string): TypedValue {
  const value = BigInt(token)
  return value === BigInt.asIntN(32, value) ? { type: INT, value: Number(value) } : { type: BIGINT, value }
}

function decimalLiteral(token: string): TypedValue {
  const digits = token.replace('-', '')
  const scale = digits.length - digits.indexOf('.') - 1
  return { type: decimal(digits.replace(/^0+(?=\d)|\./g, '').length, scale), value: BigInt(token.replace('.', '')) }
}

function collection(kind: 'ARRAY' | 'MAP' | 'ROW', parts: readonly TypedValue[]): TypedValue {
  if (kind === 'ROW') {
    return { type: row(parts.map((part, i) => ({ name: `f${i}`, type: part.type }))), value: parts.map((part) => part.value) }
  }
  if (kind === 'ARRAY') {
    const element = commonType(parts.map((part) => part.type))!
    return { type: array(element), value: parts.map((part) => castValue(part.value, part.type, element, 'UTC')) }
  }
  const keys = parts.filter((_, i) => i % 2 === 0)
  const values = parts.filter((_, i) => i % 2 === 1)
  const type = map(commonType(keys.map((part) => part.type))!, commonType(values.map((part) => part.type))!)
  return { type, value: new Map(keys.map((key, i) => [key.value, values[i]!.value])) }
}
