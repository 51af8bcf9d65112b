import { NARROW_MAX } from '../limits.js'
import { isExact } from '../types/data-type.js'
import type { DataType } from '../types/data-type.js'
import { POWERS_OF_TEN, doubleOf, scanNumber } from './number-text.js'
import { TEXT, TOKEN } from './piece-kind.js'
import type { RowAssembler } from './row-assembler.js'
import type { FieldFilter, Test } from './row-filter.js'
import { holdsForText } from './row-filter.js'
import type { ScanField } from './scan-field.js'
import { TimestampScanner, dateAt, unitOfPrecision } from './time-text.js'
import { isUtf8 } from './utf8-text.js'

/**
 * Pieces of generated decoders: reading the value of field i at `p`, testing it, storing it. They share these names:
 *
 * - `bytes`, `view` (of the same bytes), `p`, `limit` (no record goes past it), `row`; `break record` leaves the record to the general path;
 * - `x<i>` the value, `s<i>` and `e<i>` where a text begins and ends, `z<i>` true for NULL, `l<i>` ≥ 0 where a number
 *   begins that is too long for a double;
 * - `env.…` what is looked up once: functions, tables, the arrays of the column buffers.
 *
 * For a DOUBLE the text is
 *
 * ```js
 * {
 *   const from = p
 *   let m = 0, d = 0, minus = false
 *   if (bytes[p] === 45) { minus = true; p++ }
 *   const whole = p
 *   while ((d = bytes[p] ^ 48) < 10) { m = m * 10 + d; p++ }
 *   let n = p - whole, k = 0
 *   if (n === 0 || (n > 1 && bytes[whole] === 48)) break record
 *   if (bytes[p] === 46) {
 *     const fraction = ++p
 *     while ((d = bytes[p] ^ 48) < 10) { m = m * 10 + d; p++ }
 *     k = p - fraction
 *     if (k === 0) break record
 *     n += k
 *   }
 *   if (n > 15 || (bytes[p] | 32) === 101) {
 *     while (tokens[bytes[p]] === 1) p++
 *     x1 = longDouble(bytes, from, p)
 *     if (x1 !== x1) break record
 *   } else { x1 = m / powers[k]; if (minus) x1 = -x1 }
 * }
 * ```
 */

/** How the value of a field is read: by code of its own, or (`rare`) by the assembler once the row has passed. */
export type ValueSource = 'number' | 'boolean' | 'string' | 'known string' | 'timestamp' | 'date' | 'rare'

/** How a value of the type is read where it stands in that form. */
export function valueSourceOf(type: DataType, form: 'json string' | 'json token' | 'csv'): ValueSource {
  const text = form !== 'json token'
  switch (type.kind) {
    case 'STRING': return text ? 'string' : 'rare'
    case 'TINYINT': case 'SMALLINT': case 'INT': case 'BIGINT': case 'FLOAT': case 'DOUBLE': case 'DECIMAL':
      return form === 'json string' ? 'rare' : 'number'
    case 'BOOLEAN': return form === 'json string' ? 'rare' : 'boolean'
    case 'TIMESTAMP': case 'TIMESTAMP_LTZ': return text ? 'timestamp' : 'number'
    case 'DATE': return text ? 'date' : 'rare'
    default: return 'rare'
  }
}

/** Everything that generated code looks up, by name. */
export function environmentOf(rows: RowAssembler, more: Record<string, unknown>): Record<string, unknown> {
  const env: Record<string, unknown> = { rows, powers: POWERS_OF_TEN, dateAt, isUtf8, longDouble, holdsForText, ...more }
  rows.fields.forEach(({ buffer }, i) => {
    env[`b${i}`] = buffer
    env[`n${i}`] = buffer.nulls
    if (buffer.kind === 'string') {
      env[`coder${i}`] = buffer.coder
      env[`codes${i}`] = buffer.codes
      env[`starts${i}`] = buffer.starts
      env[`ends${i}`] = buffer.ends
    } else if (buffer.kind !== 'any') {
      env[`v${i}`] = buffer.values
    }
    env[`ts${i}`] = new TimestampScanner()
  })
  rows.filters.forEach(({ index, tests }) => tests.forEach((test, t) => { env[`test${index}_${t}`] = test }))
  return env
}

function longDouble(bytes: Uint8Array, start: number, end: number): number {
  const number = scanNumber(bytes, start, end, true)
  const value = number === null ? NaN : doubleOf(number, bytes)
  return Number.isFinite(value) ? value : NaN
}

/** Declarations of the locals of field i. */
export function declare(i: number): string {
  return `let x${i} = 0, s${i} = 0, e${i} = 0, z${i} = false, l${i} = -1, k${i} = 0`
}

/** True at run time if the bytes at `at` differ from `expected`: words of four, the last overlapping the one before. */
export function differs(expected: Uint8Array, at: string): string {
  const view = new DataView(expected.buffer, expected.byteOffset, expected.byteLength)
  const tests: string[] = []
  const length = expected.length
  let i = 0
  for (; i + 4 <= length; i += 4) tests.push(`view.getInt32(${at} + ${i}, true) !== ${view.getInt32(i, true)}`)
  if (i < length && length > 4) tests.push(`view.getInt32(${at} + ${length - 4}, true) !== ${view.getInt32(length - 4, true)}`)
  else for (; i < length; i++) tests.push(`bytes[${at} + ${i}] !== ${expected[i]}`)
  return tests.length === 0 ? 'false' : tests.join(' || ')
}

const DIGITS = 'while ((d = bytes[p] ^ 48) < 10) { m = m * 10 + d; p++ }'

/**
 * Reads the value of field i at `p` and moves `p` behind it.
 *
 * @param filtered tests of the field follow, so nothing may be put off
 * @param open nothing stops a string that is the last of its record but `limit`
 */
export function readValue(i: number, field: ScanField, source: ValueSource, strict: boolean, filtered: boolean, open = false): string {
  switch (source) {
    case 'known string':
      return `if (coded${i} && (x${i} = coder${i}.scan(view, p, limit)) !== -1) { s${i} = p; p = e${i} = coder${i}.end }
      else { ${readValue(i, field, 'string', strict, filtered, open)}; x${i} = -1 }`
    case 'number': return readNumber(i, field, strict, filtered)
    case 'boolean':
      return `if (view.getInt32(p, true) === 0x65757274) { x${i} = 1; p += 4 }
      else if (bytes[p] === 102 && view.getInt32(p + 1, true) === 0x65736c61) { x${i} = 0; p += 5 }
      else break record`
    case 'timestamp':
      return `x${i} = env.ts${i}.scan(bytes, view, p, limit)
      if (x${i} !== x${i}) break record
      ${cutPrecision(i, field.type)}
      p = env.ts${i}.end`
    case 'date':
      return `x${i} = env.dateAt(bytes, p, limit)
      if (x${i} !== x${i}) break record
      p += 10`
    case 'string': case 'rare':
      return `s${i} = p
      while (${open ? 'p < limit && ' : ''}stops[bytes[p]] === 0) p++
      e${i} = p; k${i} = ${TEXT}`
  }
}

function cutPrecision(i: number, type: DataType): string {
  const unit = type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ' ? unitOfPrecision(type.precision) : 1
  // Far from 1970 the general path knows what to do with times that are no whole microseconds any more.
  return unit === 1 ? '' : `if (!(x${i} <= ${NARROW_MAX} && x${i} >= ${-NARROW_MAX})) break record
      x${i} = Math.floor(x${i} / ${unit}) * ${unit}`
}

function readNumber(i: number, field: ScanField, strict: boolean, filtered: boolean): string {
  const { type } = field
  const start = `const from = p
      let m = 0, d = 0, minus = false
      if (bytes[p] === 45) { minus = true; p++ }
      const whole = p
      ${DIGITS}`
  const noLeadingZero = strict ? ' || (n > 1 && bytes[whole] === 48)' : ''
  const fraction = `if (bytes[p] === 46) {
        const fraction = ++p
        ${DIGITS}
        k = p - fraction
        if (k === 0) break record
        n += k
      }`
  const tooLong = filtered ? 'break record' : `while (tokens[bytes[p]] === 1) p++
        l${i} = from; e${i} = p; k${i} = ${strict ? TOKEN : TEXT}`
  switch (type.kind) {
    case 'FLOAT': case 'DOUBLE':
      return `{
      ${start}
      let n = p - whole, k = 0
      if (n === 0${noLeadingZero}) break record
      ${fraction}
      if (n > 15 || (bytes[p] | 32) === 101) {
        while (tokens[bytes[p]] === 1) p++
        x${i} = env.longDouble(bytes, from, p)
        if (x${i} !== x${i}) break record
      } else { x${i} = m / powers[k]; if (minus) x${i} = -x${i} }
      ${type.kind === 'FLOAT' ? `x${i} = Math.fround(x${i}); if (x${i} === Infinity || x${i} === -Infinity) break record` : ''}
    }`
    case 'DECIMAL':
      return `{
      ${start}
      let n = p - whole, k = 0
      if (n === 0${noLeadingZero}) break record
      ${fraction}
      if (n > 15 || k > ${type.scale} || (bytes[p] | 32) === 101) { ${tooLong} }
      else {
        x${i} = m * powers[${type.scale} - k]
        if (!(x${i} < ${Math.min(10 ** type.precision, 2 ** 53)})) { ${tooLong} }
        else if (minus) x${i} = 0 - x${i}
      }
    }`
    case 'TIMESTAMP': case 'TIMESTAMP_LTZ':
      // Numbers before 1970 and nanoseconds are left to the general path.
      return `{
      ${start}
      const n = p - whole
      if (n === 0 || n > 15${noLeadingZero} || minus || ${field.unitScale < 0}) break record
      x${i} = m * ${10 ** Math.max(0, field.unitScale)}
      if (x${i} >= 9e15) break record
      ${cutPrecision(i, type)}
    }`
    default: {
      const range = type.kind === 'TINYINT' ? 127 : type.kind === 'SMALLINT' ? 32_767 : 2_147_483_647
      return `{
      ${start}
      const n = p - whole
      if (n === 0${noLeadingZero}) break record
      if (n > 15) { ${isExact(type) ? tooLong : 'break record'} }
      ${isExact(type) ? '' : `if (m > ${range}) break record`}
      x${i} = minus ? 0 - m : m
    }`
    }
  }
}

/** Bytes of the longest text that a row is compared with: so far may generated code look ahead. */
export function longestText(filters: readonly FieldFilter[]): number {
  return Math.max(0, ...filters.flatMap(({ tests }) => tests.flatMap(({ texts }) => texts.map((text) => text.length))))
}

/** An expression that is true if the tests of field i hold. */
export function testsHold(i: number, field: ScanField, tests: readonly Test[], maybeNull: boolean): string {
  const held = tests.map((test, t) => testHolds(i, field, test, t)).join(' && ')
  if (!maybeNull) return held
  return `(z${i} ? ${tests.every((test) => test.op === 'is null')} : ${held})`
}

const OPERATORS = { '=': '===', '<>': '!==', '<': '<', '<=': '<=', '>': '>', '>=': '>=' } as const

/** Strings compared with more values than this are compared by a function. */
const INLINE_TEXTS_MAX = 8

function testHolds(i: number, field: ScanField, test: Test, t: number): string {
  const { op } = test
  if (op === 'is null') return 'false'
  if (op === 'is not null') return 'true'
  if (field.type.kind !== 'STRING') {
    // A value that is read here is narrow: comparing it with the nearest double of a wide one gives the right answer.
    const numbers = test.numbers.map((number) => literal(Number(number)))
    if (op === 'in') return `(${numbers.map((number) => `x${i} === ${number}`).join(' || ') || 'false'})`
    return `x${i} ${OPERATORS[op]} ${numbers[0]}`
  }
  if ((op === '=' || op === '<>' || op === 'in') && test.texts.length <= INLINE_TEXTS_MAX) {
    const equal = test.texts.map((text) => `(e${i} - s${i} === ${text.length} && !(${differs(text, `s${i}`)}))`)
    const any = `(${equal.join(' || ') || 'false'})`
    return op === '<>' ? `!${any}` : any
  }
  return `env.holdsForText(env.test${i}_${t}, bytes, s${i}, e${i})`
}

function literal(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

/** Stores field i of a row that has passed. */
export function storeValue(i: number, field: ScanField, source: ValueSource, maybeNull: boolean): string {
  const put = `if (!rows.putOne(${i}, k${i}, s${i}, e${i}, row, bytes, view)) break record`
  let store: string
  if (source === 'rare') {
    store = put
  } else if (source === 'string' || source === 'known string') {
    const known = source === 'known string' ? `if (x${i} !== -1) codes${i}[row] = x${i}; else ` : ''
    store = `${known}if (coded${i}) {
        const code = coder${i}.codeOf(bytes, view, s${i}, e${i})
        if (code === -1) break record
        codes${i}[row] = code
      } else {
        if (!env.isUtf8(bytes, s${i}, e${i})) break record
        starts${i}[row] = s${i}; ends${i}[row] = e${i}
      }`
  } else if (isExact(field.type)) {
    store = `if (l${i} >= 0) { s${i} = l${i}; ${put} } else v${i}[row] = x${i}`
  } else {
    store = `v${i}[row] = x${i}`
  }
  return maybeNull ? `if (z${i}) n${i}.put(row); else { ${store} }` : store
}

/** Declarations at the head of the generated function, for the fields that code of their own reads. */
export function hoist(fields: readonly ScanField[]): string {
  return fields.map(({ buffer }, i) => {
    if (buffer.kind === 'string') {
      const names = ['n', 'coder', 'codes', 'starts', 'ends'].map((name) => `${name}${i} = env.${name}${i}`)
      return `const ${names.join(', ')}, coded${i} = env.b${i}.coded`
    }
    return `const n${i} = env.n${i}${buffer.kind === 'any' ? '' : `, v${i} = env.v${i}`}`
  }).join('\n  ')
}
