import { generatedFunction } from '../../generated-function.js'
import type { FastDecode, FastProgram, RecordBorders } from '../generated-loop.js'
import { decodeLoop, expectEnd, holdBounds } from '../generated-loop.js'
import type { ValueSource } from '../generated-values.js'
import { differs, environmentOf, longestText, readValue, storeValue, testsHold, valueSourceOf } from '../generated-values.js'
import { TOKEN_BYTES } from '../json/json-walk.js'
import type { RowAssembler } from '../row-assembler.js'
import type { ScanField } from '../scan-field.js'
import { utf8Of } from '../utf8-text.js'
import type { CsvOptions } from './csv-options.js'

/**
 * Generated code for CSV records without quotes. For `Hamburg;12.0`, two columns `station STRING, celsius DOUBLE` with
 * the delimiter `;`, it reads (the value readers shortened, see `generated-values.ts`)
 *
 * ```js
 * record: {
 *   if (stops[bytes[p]] !== 0) z0 = true else { s0 = p; while (stops[bytes[p]] === 0) p++; e0 = p }
 *   if (bytes[p] !== 59) break record
 *   p++
 *   if (stops[bytes[p]] !== 0) z1 = true else { … x1 … }
 *   if (bytes[p] === 13) p++
 *   if (bytes[p] !== 10) break record
 *   p++
 *   if (z0) n0.put(row); else { if (coded0) { const code = coder0.codeOf(bytes, view, s0, e0); … } … }
 *   if (z1) n1.put(row); else { v1[row] = x1 }
 *   records[row++] = at
 *   continue rows
 * }
 * ```
 *
 * in the same loop as the JSON decoder. `stops` are the delimiter, the quote and the bytes of line ends: a quote, like
 * everything else that is not expected, leaves the record to the general path.
 *
 * @param columns of each field of a record the column that takes it, or −1
 */
export function generateCsvDecoder(
  rows: RowAssembler, columns: readonly number[], options: CsvOptions, borders: RecordBorders,
): FastProgram | null {
  if (columns.length > FIELDS_MAX) return null
  const sources = rows.fields.map((field) => sourceOf(field, options))
  if (rows.filters.some(({ index }) => sources[index] === 'rare')) return null
  const nullText = utf8Of(options.nullText)
  const skip = skipOf(borders)
  const body: string[] = columns.length > 1 ? [`if (${isAtEnd('p', borders, 'bytes[p] === 10 || bytes[p] === 13')}) break record`] : []
  columns.forEach((column, at) => {
    body.push(column === -1 ? skip : readField(column, rows.fields[column]!, sources[column]!, nullText, isFiltered(rows, column), borders))
    body.push(expectCloser(at === columns.length - 1, options.delimiter, borders))
    const tests = rows.filters.find(({ index }) => index === column && column !== -1)?.tests
    if (tests === undefined) return
    const rest = columns.slice(at + 1).map((_, i) => `${skip}\n${expectCloser(at + 1 + i === columns.length - 1, options.delimiter, borders)}`)
    const held = testsHold(column, rows.fields[column]!, tests, rows.fields[column]!.nullable)
    body.push(`if (!(${held})) {\n${rest.join('\n')}\nfiltered++\ncontinue rows\n}`)
  })
  rows.fields.forEach((field, i) => body.push(storeValue(i, field, sources[i]!, field.nullable)))
  const source = decodeLoop(rows.fields, body, borders)
  const stops = new Uint8Array(256)
  for (const byte of [options.delimiter, 10, 13, ...(options.quote === -1 ? [] : [options.quote])]) stops[byte] = 1
  rows.fields.forEach(({ buffer }, i) => {
    const closer = columns.indexOf(i) === columns.length - 1 ? 10 : options.delimiter
    if (sources[i] === 'known string' && buffer.kind === 'string') buffer.coder.prepareScan(closer, stops)
  })
  const env = environmentOf(rows, { stops, tokens: TOKEN_BYTES })
  const longest = Math.max(nullText.length, longestText(rows.filters))
  return {
    signature: 'csv',
    lookAhead: longest + 64,
    decode: generatedFunction(['env'], source)(env) as FastDecode,
    source,
  }
}

const FIELDS_MAX = 128

function skipOf(borders: RecordBorders): string {
  return borders === 'bounds' ? 'while (p < limit && stops[bytes[p]] === 0) p++' : 'while (stops[bytes[p]] === 0) p++'
}

/** Whether the field or the record ends at `at`: what `test` says of the byte there, or because there is none any more. */
function isAtEnd(at: string, borders: RecordBorders, test: string): string {
  return borders === 'bounds' ? `${at} >= limit || ${test}` : test
}

function isFiltered(rows: RowAssembler, column: number): boolean {
  return rows.filters.some(({ index }) => index === column)
}

function sourceOf(field: ScanField, options: CsvOptions): ValueSource {
  const source = valueSourceOf(field.type, 'csv')
  // Readers of dates do not look for delimiters; one that can stand in a date must be found first.
  if (source === 'string' && field.buffer.kind === 'string') return 'known string'
  const inDates = options.delimiter === 32 || options.delimiter === 58
  return inDates && (source === 'timestamp' || source === 'date') ? 'rare' : source
}

function readField(
  i: number, field: ScanField, source: ValueSource, nullText: Uint8Array, filtered: boolean, borders: RecordBorders,
): string {
  const read = `{ ${readValue(i, field, source, false, filtered, borders === 'bounds')} }`
  const whenNull = field.nullable ? `z${i} = true` : 'break record'
  const endsAt = (at: string): string => isAtEnd(at, borders, `stops[bytes[${at}]] !== 0`)
  const tests: string[] = []
  if (nullText.length === 0 || field.type.kind !== 'STRING') tests.push(`if (${endsAt('p')}) { ${whenNull} }`)
  if (nullText.length > 0) {
    const { length } = nullText
    tests.push(`if (!(${differs(nullText, 'p')}) && (${endsAt(`p + ${length}`)})) { ${whenNull}; p += ${length} }`)
  }
  return `${tests.join('\nelse ')}\nelse ${read}`
}

function expectCloser(last: boolean, delimiter: number, borders: RecordBorders): string {
  if (!last) {
    return `if (bytes[p] !== ${delimiter}) break record
      p++
      ${holdBounds(borders)}`
  }
  if (borders === 'bounds') {
    return `if (p + 1 < limit && bytes[p] === 13) p++
      if (p < limit && bytes[p] === 10) p++
      ${expectEnd(borders)}`
  }
  return `if (bytes[p] === 13) p++
      if (bytes[p] !== 10) break record
      p++`
}
