import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ScanCondition } from '../../connector.js'
import { BIGINT, BOOLEAN, DATE, DOUBLE, INT, STRING, decimal, timestamp } from '../../types/data-type.js'
import type { DecodeOptions } from '../decode.test.kit.js'
import { betweenMessages, column, decodeMessages, decodeText, fuzzRuns } from '../decode.test.kit.js'

/**
 * Generated code against the general path over records that are alike, almost alike, mutated and broken; and both
 * against JSON.parse where that can judge. MILLRACE_FUZZ_RUNS sets the number of inputs (each of a few dozen records).
 */

const columns = [
  column('s', STRING), column('d', DOUBLE), column('i', INT), column('b', BIGINT), column('m', decimal(12, 3)),
  column('t', timestamp(3)), column('y', DATE), column('f', BOOLEAN, false),
]

const texts = fc.oneof(fc.constantFrom('AAPL', 'x', '', 'a"b', 'ü', '😀', 'back\\slash', 'a long text of more than four words'), fc.string())
const numbers = fc.oneof(
  fc.integer({ min: -1000, max: 1000 }).map(String), fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }).map(String),
  fc.tuple(fc.integer({ min: 0, max: 999_999 }), fc.integer({ min: 0, max: 99_999 })).map(([a, b]) => `${a}.${b}`),
  fc.constantFrom('0', '-0', '1e3', '1E-2', '0.5', '2147483647', '-2147483649', '9007199254740993', '0.12345678901234567', '-1.0005'),
)
const times = fc.oneof(
  fc.date({ min: new Date('1969-12-30'), max: new Date('2030-01-01'), noInvalidDate: true }).map((date) => date.toISOString().replace('T', ' ').replace('Z', '')),
  fc.constantFrom('2026-01-01 00:00:00', '2026-01-01T00:00:00Z', '2026-01-01', '2026-02-30 00:00:00', '2026-01-01 00:00:00.1234567', '2026-01-01 00:00:60'),
)
const quoted = (value: fc.Arbitrary<string>): fc.Arbitrary<string> => value.map((text) => JSON.stringify(text))
const escaped = fc.constantFrom('"\\u0041"', '"\\ud83d\\ude00"', '"\\ud83d"', '"\\n"', '"\\x"', '"\t"', '"\0"')
const nested = fc.constantFrom('[1,2]', '{"a":[{}]}', '[]', '{"s":"]"}', '[}')
const literals = fc.constantFrom('null', 'true', 'false', 'nul', 'nothing')
const anything = fc.oneof(quoted(texts), numbers, quoted(times), escaped, nested, literals)

const usual: Readonly<Record<string, fc.Arbitrary<string>>> = {
  s: quoted(texts), d: numbers, i: fc.integer({ min: -5000, max: 5000 }).map(String), b: numbers, m: numbers, t: quoted(times),
  y: quoted(times.map((text) => text.slice(0, 10))), f: fc.constantFrom('true', 'false'), u: quoted(times), v: numbers, w: anything,
}

/** Fields of a record: mostly what belongs there, now and then anything. */
const valueOf = (key: string): fc.Arbitrary<string> => fc.oneof({ weight: 12, arbitrary: usual[key] ?? anything }, { weight: 1, arbitrary: anything }, { weight: 1, arbitrary: fc.constant('null') })

const layouts = fc.record({
  keys: fc.shuffledSubarray(['s', 'd', 'i', 'b', 'm', 't', 'y', 'f', 'u', 'v', 'w'], { minLength: 4 }),
  comma: fc.constantFrom(',', ', '), colon: fc.constantFrom(':', ': ', ' :'), newline: fc.constantFrom('\n', '\r\n'),
})

const files = layouts.chain(({ keys, comma, colon, newline }) => {
  const record = fc.tuple(...keys.map(valueOf)).map((values) => `{${keys.map((key, i) => `"${key}"${colon}${values[i]}`).join(comma)}}`)
  const mutated = fc.tuple(record, fc.nat(), fc.constantFrom('', '"', '\\', '}', '{', ',', ':', ' ', '\0', '1', '\u00ff', ',"s":"twice"'), fc.nat(3))
    .map(([text, at, insert, cut]) => text.slice(0, at % (text.length + 1)) + insert + text.slice((at % (text.length + 1)) + cut))
  const other = fc.tuple(fc.shuffledSubarray(keys), fc.tuple(...keys.map(valueOf)))
    .map(([order, values]) => `{${order.map((key) => `"${key}":${values[keys.indexOf(key)]}`).join(',')}}`)
  const line = fc.oneof({ weight: 10, arbitrary: record }, { weight: 2, arbitrary: mutated }, { weight: 1, arbitrary: other }, { weight: 1, arbitrary: fc.constant('') })
  return fc.tuple(fc.array(line, { minLength: 1, maxLength: 40 }), fc.boolean()).map(([lines, ended]) => lines.join(newline) + (ended ? newline : ''))
})

const ops = fc.constantFrom<ScanCondition['op']>('=', '<>', '<', '<=', '>', '>=', 'in', 'is null', 'is not null')
const condition = fc.tuple(fc.nat(columns.length - 1), ops, texts, fc.integer({ min: -100, max: 100 })).map(([index, op, text, number]): ScanCondition => {
  const kind = columns[index]!.type.kind
  const value = kind === 'STRING' ? text : kind === 'BIGINT' || kind === 'DECIMAL' ? BigInt(number) : kind === 'BOOLEAN' ? number > 0 : number
  return { column: index, op, values: op.startsWith('is') ? [] : op === 'in' ? [value, value] : [value] }
})

describe('the two JSON decoders', () => {
  it('give the same rows, failures, counts and origins', () => {
    fc.assert(fc.property(files, fc.array(condition, { maxLength: 2 }), fc.constantFrom(1, 3, 1000), fc.constantFrom(0, 40, 500), fc.constantFrom(50, 1e9),
      (text, filter, batchRows, slack, blockBytes) => {
        const options: DecodeOptions = { columns, filter, batchRows, slack, blockBytes }
        const general = decodeText('json', text, { ...options, compile: false })
        const generated = decodeText('json', text, options)
        expect(generated.rows).toEqual(general.rows)
        expect(generated.failures).toEqual(general.failures)
        expect(generated.filtered).toBe(general.filtered)
        expect(generated.records).toEqual(general.records)
      }), { numRuns: fuzzRuns(1000) })
  })

  it('give the same for messages as for lines, whatever stands between them', () => {
    fc.assert(fc.property(files, fc.array(condition, { maxLength: 2 }), fc.constantFrom(1, 3, 1000), fc.constantFrom(0, 40, 500), betweenMessages, fc.constantFrom(1, 7, 1e9), fc.boolean(),
      (text, filter, batchRows, slack, between, perBegin, compile) => {
        const lines = text.split('\n').map((line) => line.replace(/\r$/, '')).filter((line) => line.trim() !== '')
        const byLine = decodeText('json', lines.join('\n'), { columns, filter, batchRows, compile: false })
        const messages = lines.map((line) => new Uint8Array(Buffer.from(line)))
        const byBounds = decodeMessages('json', messages, { columns, filter, batchRows, slack, between, perBegin, compile })
        expect(byBounds.rows).toEqual(byLine.rows)
        expect(byBounds.failures.map(({ message, record }) => ({ message, record }))).toEqual(byLine.failures.map(({ message, record }) => ({ message, record })))
        expect(byBounds.failures.map(({ position }) => Buffer.from(lines[position as number]!).toString('latin1'))).toEqual(byLine.failures.map(({ record }) => record))
        expect(byBounds.filtered).toBe(byLine.filtered)
        expect(byBounds.records.map((record) => record.text)).toEqual(byLine.records.map((record) => record.text))
        expect(byBounds.messageOfRow).toEqual(byBounds.records.map(({ position }) => position))
        byBounds.records.forEach((record) => expect(record.text).toBe(Buffer.from(lines[record.position as number]!).toString('latin1')))
      }), { numRuns: fuzzRuns(1000) })
  })

  it('give the same for messages with any whitespace, newlines too', () => {
    const judged = [column('s', STRING), column('d', DOUBLE), column('f', BOOLEAN)]
    const object = fc.record({ s: fc.string({ unit: 'grapheme' }), d: fc.double({ noNaN: true, noDefaultInfinity: true }), f: fc.boolean(), x: fc.jsonValue() }, { requiredKeys: ['s', 'd'] })
    fc.assert(fc.property(fc.array(object, { minLength: 1, maxLength: 40 }), fc.constantFrom(1, 2, '\t'), fc.constantFrom('', '\n', '\r\n \n'), betweenMessages, fc.boolean(),
      (objects, indent, after, between, compile) => {
        const messages = objects.map((value) => new Uint8Array(Buffer.from(after + JSON.stringify(value, null, indent) + after)))
        const { rows, failures } = decodeMessages('json', messages, { columns: judged, between, compile })
        expect(failures).toEqual([])
        expect(rows).toEqual(objects.map((value) => [value.s, value.d + 0, value.f ?? null]))
      }), { numRuns: fuzzRuns(500) })
  })

  it('give the same for any subset of the columns', () => {
    fc.assert(fc.property(files, fc.shuffledSubarray(columns.map(({ name }) => name)), (text, wanted) => {
      const general = decodeText('json', text, { columns, wanted, compile: false })
      const generated = decodeText('json', text, { columns, wanted })
      expect(generated.rows).toEqual(general.rows)
      expect(generated.failures).toEqual(general.failures)
    }), { numRuns: fuzzRuns(500) })
  })

  it('agree with JSON.parse on valid objects', () => {
    const judged = [column('s', STRING), column('d', DOUBLE), column('f', BOOLEAN)]
    const object = fc.record({ s: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant(null)), d: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null)), f: fc.boolean(), x: fc.jsonValue() }, { requiredKeys: [] })
    fc.assert(fc.property(fc.array(object, { minLength: 1, maxLength: 30 }), fc.boolean(), (objects, compile) => {
      const text = objects.map((value) => `${JSON.stringify(value)}\n`).join('')
      const { rows, failures } = decodeText('json', text, { columns: judged, compile })
      expect(failures).toEqual([])
      expect(rows).toEqual(text.trimEnd().split('\n').map((line) => {
        const parsed = JSON.parse(line) as Record<string, unknown>
        return [parsed['s'] ?? null, parsed['d'] ?? null, parsed['f'] ?? null]
      }))
    }), { numRuns: fuzzRuns(1000) })
  })

  it('take what JSON.parse takes as an object, and nothing that it takes as something else', () => {
    const line = fc.oneof(files.map((text) => text.split(/\r?\n/)[0]!), fc.string())
    fc.assert(fc.property(line, (text) => {
      const trimmed = text.replaceAll(/[\r\n]/g, '')
      let parsed: unknown
      try {
        parsed = JSON.parse(trimmed)
      } catch {
        parsed = undefined
      }
      const { rows, failures } = decodeText('json', `${trimmed}\n`, { columns: [column('s', STRING)] })
      const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      // The other way round it is free to take more: fields that are not used are not validated.
      const allowed = isObject ? failures.length === 0 || /\\ud/i.test(trimmed) : parsed === undefined || rows.length === 0
      expect(allowed).toBe(true)
    }), { numRuns: fuzzRuns(1000) })
  })
})
