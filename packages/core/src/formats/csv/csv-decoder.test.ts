import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ScanCondition } from '../../connector.js'
import { BIGINT, BOOLEAN, DATE, DOUBLE, INT, STRING, array, decimal, timestamp } from '../../types/data-type.js'
import type { DecodeOptions, Decoded } from '../decode.test.kit.js'
import { betweenMessages, column, decodeMessages, decodeText, fuzzRuns } from '../decode.test.kit.js'
import { QuotedFraming } from '../record-framing.js'

/** Decodes in both ways, which must agree in everything. */
function decode(text: string, options: DecodeOptions): Decoded {
  const general = decodeText('csv', text, { ...options, compile: false })
  for (const slack of [0, 64]) {
    const generated = decodeText('csv', text, { ...options, slack })
    expect(generated.rows).toEqual(general.rows)
    expect(generated.failures).toEqual(general.failures)
    expect(generated.filtered).toBe(general.filtered)
    expect(generated.records).toEqual(general.records)
  }
  return general
}

const stations = [column('station', STRING), column('celsius', DOUBLE)]

describe('a CSV decoder', () => {
  it('decodes plain rows in generated code', () => {
    const text = Array.from({ length: 500 }, (_, i) => `Station ${i % 40};${(i - 250) / 10}\n`).join('')
    const { rows } = decode(text, { columns: stations, options: { 'csv.delimiter': ';' } })
    expect(rows).toHaveLength(500)
    expect(rows[3]).toEqual(['Station 3', -24.7])
    expect(decodeText('csv', text, { columns: stations, options: { 'csv.delimiter': ';' } }).decoder.program).not.toBeNull()
  })

  it('follows RFC 4180: delimiters, newlines and doubled quotes in quotes', () => {
    const columns = [column('a', STRING), column('b', STRING), column('c', INT)]
    const { rows, failures, records } = decode('"x,y","line\r\nline",1\r\n"say ""hi""",it"s,2\n"",,3\n', { columns })
    expect(rows).toEqual([['x,y', 'line\r\nline', 1], ['say "hi"', 'it"s', 2], ['', null, 3]])
    expect(failures).toEqual([])
    expect(records[0]!.text).toBe('"x,y","line\r\nline",1')
  })

  it('reads each type', () => {
    const columns = [column('i', INT), column('b', BIGINT), column('d', DOUBLE), column('m', decimal(5, 1)), column('t', timestamp(3)), column('y', DATE), column('f', BOOLEAN), column('l', array(INT))]
    const { rows } = decode('-7,9007199254740993,+1.5e3,12.35,2026-01-01 00:00:01.5,1970-01-02,t,"[1,2]"\n 007 ,,NaN,-0.04,,,false,\n', { columns })
    expect(rows[0]).toEqual([-7, 9007199254740993n, 1500, 124n, Date.UTC(2026, 0, 1, 0, 0, 1, 500) * 1000, 1, true, [1, 2]])
    expect(rows[1]).toEqual([7, null, NaN, 0n, null, null, false, null])
  })

  it('knows the text for NULL', () => {
    const columns = [column('a', STRING), column('b', INT)]
    expect(decode('NULL,NULL\n,\n"NULL",1\nNULLS,2\n', { columns, options: { 'csv.null': 'NULL' } }).rows).toEqual([[null, null], ['', null], ['NULL', 1], ['NULLS', 2]])
    const { rows, failures } = decode(',\nx,1\n', { columns: [column('a', STRING, false), column('b', INT)] })
    expect(rows).toEqual([['x', 1]])
    expect(failures[0]!.code).toBe('NULL_NOT_ALLOWED')
  })

  it('skips empty lines, but takes them as a field where there is one column', () => {
    expect(decode('a,1\n\n\r\nb,2', { columns: [column('a', STRING), column('b', INT)] }).rows).toEqual([['a', 1], ['b', 2]])
    expect(decode('a\n\nb', { columns: [column('a', STRING)] }).rows).toEqual([['a'], [null], ['b']])
  })

  it('reports records that do not fit', () => {
    const columns = [column('a', STRING), column('b', INT)]
    const { rows, failures } = decode('a,1\nb\nc,3,4\n"d"x,5\ne,five\nf,99999999999\ng,7\n', { columns })
    expect(rows).toEqual([['a', 1], ['g', 7]])
    expect(failures.map(({ message }) => message)).toEqual([
      '1 fields instead of 2', '3 fields instead of 2', 'field 1 goes on after its closing quote', 'column `b`: \'five\' is no INT',
      'column `b`: \'99999999999\' is out of the range of INT',
    ])
    expect(decode('a,1\n"open,2\nb,3\n', { columns }).failures[0]!.message).toBe('field 1 has no closing quote')
  })

  it('takes quotes as characters with \'csv.quote\' = \'none\'', () => {
    expect(decode('"a,1\n"b",2\n', { columns: [column('a', STRING), column('b', INT)], options: { 'csv.quote': 'none' } }).rows).toEqual([['"a', 1], ['"b"', 2]])
  })

  it('takes any reasonable delimiter, also one that stands in dates', () => {
    for (const delimiter of [' ', ':', '\t', '|', '/']) {
      const quoted = '"2026-01-01 00:00:01"'
      const text = `x${delimiter}${quoted}${delimiter}1\n`.repeat(30) + `x${delimiter}2026-01-01${delimiter}1\n`.repeat(3)
      const { rows, failures } = decode(text, { columns: [column('a', STRING), column('t', timestamp(0)), column('b', INT)], options: { 'csv.delimiter': delimiter } })
      expect(failures).toEqual([])
      expect(rows).toHaveLength(33)
    }
    expect(() => decode('', { columns: stations, options: { 'csv.delimiter': 'ab' } })).toThrow(/one ASCII character/)
  })
})

const fields = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'station', 'x y', '12', '-3.5', '0', '2026-01-01 12:00:00', 'true', '1e5', '123456789012345678', '007', 'ü') },
  { weight: 2, arbitrary: fc.constantFrom('', 'NULL', '"quoted"', '"a,b"', '"two\nlines"', '"say ""x"""', '""') },
  { weight: 1, arbitrary: fc.constantFrom('"open', 'mid"dle', '"x"y', '\r', '\0', ' ', '"a\r\n') },
)

const columns = [column('s', STRING), column('d', DOUBLE), column('i', INT, false), column('m', decimal(10, 2)), column('t', timestamp(3)), column('u', STRING)]

const files = fc.array(fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constantFrom('AAPL', 'x', 'Zürich'), fc.double({ noNaN: true }).map(String), fc.integer().map(String), fc.integer({ min: -99999, max: 99999 }).map((n) => String(n / 1000)), fc.constant('2026-01-01 00:00:00.5'), fields).map((row) => row.join(',')) },
  { weight: 3, arbitrary: fc.array(fields, { minLength: 6, maxLength: 6 }).map((row) => row.join(',')) },
  { weight: 1, arbitrary: fc.array(fields, { maxLength: 8 }).map((row) => row.join(',')) },
), { minLength: 1, maxLength: 30 }).chain((lines) => fc.constantFrom('\n', '\r\n').map((newline) => lines.join(newline)))

const filters = fc.array(fc.constantFrom<ScanCondition>(
  { column: 0, op: '=', values: ['AAPL'] }, { column: 1, op: '>', values: [0] }, { column: 2, op: '<=', values: [1000] }, { column: 3, op: '<>', values: [100n] },
  { column: 4, op: 'is not null', values: [] }, { column: 5, op: 'is null', values: [] }, { column: 5, op: '>=', values: ['n'] },
), { maxLength: 2 })

describe('the two CSV decoders', () => {
  it('give the same for messages as for lines, whatever stands between them', () => {
    fc.assert(fc.property(files, filters, fc.constantFrom('', 'NULL'), fc.constantFrom(1, 2, 1000), fc.constantFrom(0, 200), betweenMessages, fc.constantFrom('', '\n', '\r\n'), fc.boolean(),
      (text, filter, nullText, batchRows, slack, between, after, compile) => {
        const bytes = new Uint8Array(Buffer.from(text))
        const framing = new QuotedFraming(0, 34, 44)
        const lines: string[] = []
        for (let start = 0; start < bytes.length;) {
          const next = framing.next(bytes, start, bytes.length)
          const end = next === -1 ? bytes.length : next
          const line = Buffer.from(bytes.subarray(start, end)).toString().replace(/[\r\n]+$/, '')
          if (line !== '') lines.push(line)
          start = end
        }
        const options: DecodeOptions = { columns, filter, batchRows, options: { 'csv.null': nullText } }
        const general = lines.map((line) => decodeText('csv', `${line}\n`, { ...options, compile: false }))
        const byBounds = decodeMessages('csv', lines.map((line) => new Uint8Array(Buffer.from(line + after))), { ...options, slack, between, compile })
        expect(byBounds.rows).toEqual(general.flatMap(({ rows }) => rows))
        expect(byBounds.failures.map(({ message }) => message)).toEqual(general.flatMap(({ failures }) => failures.map(({ message }) => message)))
        expect(byBounds.filtered).toBe(general.reduce((sum, { filtered }) => sum + filtered, 0))
        byBounds.records.forEach((record) => expect(record.text).toBe(Buffer.from(lines[record.position as number]! + after).toString('latin1')))
      }), { numRuns: fuzzRuns(500) })
  })

  it('give the same rows, failures, counts and origins', () => {
    fc.assert(fc.property(files, filters, fc.constantFrom('', 'NULL'), fc.constantFrom(1, 2, 1000), fc.constantFrom(0, 200), fc.constantFrom(40, 1e9),
      (text, filter, nullText, batchRows, slack, blockBytes) => {
        const options: DecodeOptions = { columns, filter, batchRows, slack, blockBytes, options: { 'csv.null': nullText } }
        const general = decodeText('csv', text, { ...options, compile: false })
        const generated = decodeText('csv', text, options)
        expect(generated.rows).toEqual(general.rows)
        expect(generated.failures).toEqual(general.failures)
        expect(generated.filtered).toBe(general.filtered)
        expect(generated.records).toEqual(general.records)
      }), { numRuns: fuzzRuns(1000) })
  })
})

describe('borders of quoted records', () => {
  it('are found the same from piece to piece and from record to record', () => {
    const framing = new QuotedFraming(0, 34, 44)
    fc.assert(fc.property(files, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 30 }), (text, pieceBytes, step) => {
      const bytes = new Uint8Array(Buffer.from(text))
      const borders = [0]
      for (let p = 0; p !== -1;) {
        p = framing.next(bytes, p, bytes.length)
        if (p !== -1) borders.push(p)
      }
      expect(framing.last(bytes, 0, bytes.length)).toBe(borders.at(-1))
      const scanner = framing.scanner()
      let target = step
      for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
        const piece = bytes.subarray(offset, offset + pieceBytes)
        for (;;) {
          const border = scanner.find(piece, offset, target)
          if (border === -1) break
          expect(border).toBe(borders.find((candidate) => candidate >= target))
          target = border + step
        }
      }
    }), { numRuns: fuzzRuns(1000) })
  })
})
