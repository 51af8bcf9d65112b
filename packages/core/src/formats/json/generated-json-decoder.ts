import { generatedFunction } from '../../generated-function.js'
import type { FastDecode, FastProgram, RecordBorders } from '../generated-loop.js'
import { decodeLoop, expectEnd, holdBounds } from '../generated-loop.js'
import type { ValueSource } from '../generated-values.js'
import { differs, environmentOf, longestText, readValue, storeValue, testsHold, valueSourceOf } from '../generated-values.js'
import { TOKEN } from '../piece-kind.js'
import type { RowAssembler } from '../row-assembler.js'
import type { Test } from '../row-filter.js'
import type { ScanField } from '../scan-field.js'
import { asciiOf } from '../utf8-text.js'
import { FarString } from './far-string.js'
import type { JsonLayout, LayoutField } from './json-layout.js'
import { KIND_NESTED, KIND_NULL, KIND_TEXT, KIND_TEXTS } from './json-layout.js'
import { STRING_STOPS, TOKEN_BYTES, lastKind, stringEnd, stringEndInLine, valueEnd, valueEndInLine } from './json-walk.js'

/** Bytes of a string that are looked at one by one before a search for its end is worth the call. */
const NEAR_BYTES = 32

/** Filters times fields up to which the skipping of the rest of a filtered record is written out for each filter. */
const SKIPS_MAX = 160

/**
 * Generated code for JSON records of one layout. For the records `{"symbol":"AAPL","price":187.44,"quantity":120}` and
 * `SELECT symbol … WHERE price > 110` it reads (the value readers shortened, see `generated-values.ts`)
 *
 * ```js
 * const { stops, tokens, powers, rows } = env
 * return function decode(state, bytes, view, from, to, row, rowsMax) {
 *   const n0 = env.n0, coder0 = env.coder0, codes0 = env.codes0, …, coded0 = env.b0.coded
 *   const n1 = env.n1, v1 = env.v1
 *   const records = state.records
 *   let filtered = 0, p = from, at = from
 *   const limit = to
 *   rows: while (p < limit && row < rowsMax) {
 *     at = p
 *     let s0 = 0, e0 = 0, x1 = 0, …
 *     record: {
 *       if (view.getInt32(p + 0, true) !== 2037588603 || …) break record        // {"symbol":"
 *       p += 11
 *       s0 = p; while (stops[bytes[p]] === 0) p++; e0 = p
 *       if (view.getInt32(p + 0, true) !== …) break record                     // ","price":
 *       p += 10
 *       { … x1 … }
 *       if (!(x1 > 110)) {
 *         if (view.getInt32(p + 0, true) !== …) break record                   // ,"quantity":
 *         p += 12
 *         { const from = p; while (tokens[bytes[p]] === 1) p++; if (p === from) break record }
 *         if (bytes[p + 0] !== 125 || bytes[p + 1] !== 10) break record         // } and the newline
 *         p += 2
 *         filtered++
 *         continue rows
 *       }
 *       … the same skip of quantity …
 *       if (coded0) { const code = coder0.codeOf(bytes, view, s0, e0); if (code === -1) break record; codes0[row] = code } else …
 *       v1[row] = x1
 *       records[row++] = at
 *       continue rows
 *     }
 *     p = at
 *     break rows
 *   }
 *   state.row = row
 *   state.filtered += filtered
 *   return p
 * }
 * ```
 *
 * Every byte of the layout is compared, of filtered records too: another key, order or duplicate is noticed. Whatever is
 * not as expected leaves the whole record to the general path, which therefore alone decides what is wrong with it. For messages
 * the loop goes over their bounds, and each must end where it is said to (`generated-loop.ts`).
 */
export function jsonProgramOf(rows: RowAssembler, layout: JsonLayout, borders: RecordBorders): FastProgram | null {
  const places = placesOf(rows, layout)
  if (places === null) return null
  const filterCount = rows.filters.length
  const skips = filterCount * places.length <= SKIPS_MAX
  const body: string[] = []
  places.forEach((place, at) => {
    body.push(expect(place.lead), readPlace(place, borders), holdBounds(borders))
    if (place.tests === null) return
    const held = testsHold(place.column, place.field!, place.tests, place.maybeNull)
    if (skips) body.push(`if (!(${held})) {\n${skipRest(places, at + 1, layout, borders)}\nfiltered++\ncontinue rows\n}`)
    else body.push(`if (!(${held})) passes = false`)
  })
  body.push(expect(tailOf(places, layout)), expectEnd(borders))
  if (!skips) body.push('if (!passes) { filtered++; continue rows }')
  rows.fields.forEach((field, i) => {
    const place = places.find((candidate) => candidate.column === i)
    // A column that the layout does not have is NULL in every record.
    body.push(place === undefined ? `n${i}.put(row)` : storeValue(i, field, place.source, place.maybeNull))
  })
  const source = decodeLoop(rows.fields, body, borders)
  for (const { field, source } of places) {
    if (source === 'known string' && field?.buffer.kind === 'string') field.buffer.coder.prepareScan(QUOTE, STRING_STOPS)
  }
  const walk = borders === 'bounds' ? { stringEnd, valueEnd, farEnd: new FarString().end } : { stringEnd: stringEndInLine, valueEnd: valueEndInLine }
  const env = environmentOf(rows, { stops: STRING_STOPS, tokens: TOKEN_BYTES, ...walk, lastKind })
  const lead = Math.max(...places.map((place) => place.lead.length), layout.tail.length + 1)
  const longest = Math.max(lead, longestText(rows.filters))
  return {
    signature: layout.signature,
    // By bounds the bytes before a value may lie past the end already, and the value is read behind them.
    lookAhead: (borders === 'bounds' ? lead : 0) + longest + 64,
    decode: generatedFunction(['env'], source)(env) as FastDecode,
    source,
  }
}

/** A field of the layout, and what becomes of it. */
interface Place {
  /** Bytes to compare before the value: the layout's lead with the quotes around it. */
  readonly lead: Uint8Array
  readonly layout: LayoutField
  /** True: the quotes of the string are part of the leads. */
  readonly bare: boolean
  /** Index of the column that takes it, or −1. */
  readonly column: number
  readonly field: ScanField | null
  readonly source: ValueSource
  readonly maybeNull: boolean
  readonly tests: readonly Test[] | null
}

const QUOTE = 34

function placesOf(rows: RowAssembler, layout: JsonLayout): Place[] | null {
  const names = rows.fields.map((field) => Buffer.from(field.name).toString('latin1'))
  const found = new Set<number>()
  const places: Place[] = []
  let bareBefore = false
  for (const layoutField of layout.fields) {
    const { kinds } = layoutField
    const bare = (kinds & ~KIND_TEXTS) === 0
    const lead = Uint8Array.from([...(bareBefore ? [QUOTE] : []), ...layoutField.lead, ...(bare ? [QUOTE] : [])])
    bareBefore = bare
    const column = names.indexOf(asciiOf(layoutField.key, 0, layoutField.key.length))
    const field = column === -1 ? null : rows.fields[column]!
    if (column !== -1) found.add(column)
    const present = kinds & ~KIND_NULL
    const form = present === 0 || (present & ~KIND_TEXTS) === 0 ? 'json string' : present === 1 << TOKEN ? 'json token' : null
    const plain = field === null || form === null ? 'rare' : valueSourceOf(field.type, form)
    const source = plain === 'string' ? 'known string' : plain
    const tests = rows.filters.find((filter) => filter.index === column && column !== -1)?.tests ?? null
    if (tests !== null && source === 'rare') return null
    if (field !== null && !field.nullable && present === 0) return null
    const maybeNull = field !== null && field.nullable && (kinds & KIND_NULL) !== 0
    places.push({ lead, layout: layoutField, bare, column, field, source, maybeNull, tests })
  }
  // A missing column is NULL: what the filter and NOT NULL make of that is left to the general path.
  for (let i = 0; i < rows.fields.length; i++) {
    if (!found.has(i) && (!rows.fields[i]!.nullable || rows.filters.some((filter) => filter.index === i))) return null
  }
  return places
}

function tailOf(places: readonly Place[], layout: JsonLayout): Uint8Array {
  return places.at(-1)?.bare === true ? Uint8Array.from([QUOTE, ...layout.tail]) : layout.tail
}

function expect(expected: Uint8Array): string {
  return `if (${differs(expected, 'p')}) break record
      p += ${expected.length}`
}

function readPlace(place: Place, borders: RecordBorders): string {
  const { column: i, field, source, layout, bare, maybeNull } = place
  if (field === null) return skipPlace(place, borders)
  const texts = (layout.kinds & ~KIND_NULL & ~KIND_TEXTS) === 0
  if (source === 'rare' && !bare) {
    // Anything may stand here: its end is found, and the assembler takes it from there.
    return `s${i} = p
      p = env.valueEnd(bytes, p, limit)
      if (p === -1) break record
      e${i} = p; k${i} = env.lastKind()
      if (k${i} === 0) ${field.nullable ? (maybeNull ? `z${i} = true` : 'break record') : 'break record'}
      else if (k${i} < ${TOKEN}) { s${i}++; e${i}-- }`
  }
  const read = readValue(i, field, source, true, place.tests !== null)
  if (bare) return read
  const quote = `if (bytes[p] !== ${QUOTE}) break record\n p++`
  const value = texts ? `{\n ${quote}\n ${read}\n ${quote}\n}` : `{\n${read}\n}`
  if (!maybeNull) return value
  // 0x6c6c756e is `null`.
  return `if (view.getInt32(p, true) === 0x6c6c756e) { z${i} = true; p += 4 } else ${value}`
}

/** Moves `p` behind a value that nobody wants. */
function skipPlace({ layout, bare }: Place, borders: RecordBorders): string {
  const { kinds, shape } = layout
  if (bare) {
    // A newline in a line must be found, so only messages are gone over by larger steps.
    const toStop = borders === 'newlines' ? 'while (stops[bytes[p]] === 0) p++' : `{
        const stop = p + ${NEAR_BYTES}
        while (p < stop && stops[bytes[p]] === 0) p++
        if (p === stop) { p = env.farEnd(bytes, p, limit); if (p === -1) break record }
      }`
    const loop = `${toStop}
      if (bytes[p] === 92) { p = env.stringEnd(bytes, p, limit); if (p === -1) break record }`
    if (shape === null || kinds !== KIND_TEXT) return loop
    // Strings like dates: the places of digits and the characters between are compared four at a time.
    return `if (bytes[p + ${shape.length}] === ${QUOTE} && ${hasShape(shape)}) p += ${shape.length}
      else { ${loop} }`
  }
  if ((kinds & (KIND_TEXTS | KIND_NESTED | (1 << 3))) === 0) {
    return `{ const from = p; while (tokens[bytes[p]] === 1) p++; if (p === from) break record }`
  }
  return `p = env.valueEnd(bytes, p, limit)
      if (p === -1) break record`
}

/** Digits may be any byte of 0x30 … 0x3f, none of which ends or escapes anything. */
function hasShape(shape: Uint8Array): string {
  const masks = shape.map((byte) => ((byte ^ 48) < 10 ? 0xf0 : 0xff))
  const wanted = shape.map((byte, i) => byte & masks[i]!)
  const maskView = new DataView(masks.buffer)
  const wantedView = new DataView(wanted.buffer)
  const tests: string[] = []
  const add = (i: number): void => {
    tests.push(`(view.getInt32(p + ${i}, true) & ${maskView.getInt32(i, true)}) === ${wantedView.getInt32(i, true)}`)
  }
  let i = 0
  for (; i + 4 <= shape.length; i += 4) add(i)
  if (i < shape.length) add(shape.length - 4)
  return tests.join(' && ')
}

function skipRest(places: readonly Place[], from: number, layout: JsonLayout, borders: RecordBorders): string {
  const text = places.slice(from).map((place) => `${expect(place.lead)}\n${skipPlace(place, borders)}\n${holdBounds(borders)}`)
  return [...text, expect(tailOf(places, layout)), expectEnd(borders)].join('\n')
}
