import { describe, expect, it } from 'vitest'
import { BIGINT, BOOLEAN, BYTES, DATE, DOUBLE, FLOAT, INT, STRING, TINYINT, array, decimal, map, row, time, timestamp, timestampLtz } from '../../types/data-type.js'
import type { DataType, Value } from '../../types/data-type.js'
import type { DecodeOptions, Decoded } from '../decode.test.kit.js'
import { column, decodeText } from '../decode.test.kit.js'

/** Decodes in both ways, which must agree in everything. */
function decode(text: string | Uint8Array, options: DecodeOptions): Decoded {
  const general = decodeText('json', text, { ...options, compile: false })
  for (const slack of [0, 64]) {
    const generated = decodeText('json', text, { ...options, compile: true, slack })
    expect(generated.rows).toEqual(general.rows)
    expect(generated.failures).toEqual(general.failures)
    expect(generated.filtered).toBe(general.filtered)
    expect(generated.records).toEqual(general.records)
  }
  return general
}

/** One column `v` of a type, and a value for it as JSON; before it stand enough plain rows for generated code to be in use. */
function one(type: DataType, json: string, options: Partial<DecodeOptions> & { nullable?: boolean } = {}): Value | string {
  const { rows, failures } = decode(`{"v":${json},"w":1}\n`.repeat(3), { columns: [column('v', type, options.nullable ?? true)], ...options })
  return failures.length > 0 ? failures[0]!.code : rows[2]![0]!
}

const trades = [column('symbol', STRING), column('price', DOUBLE), column('quantity', BIGINT), column('ts', timestamp(3))]

const trade = (i: number): string =>
  `{"symbol":"S${i % 7}","price":${i / 4},"quantity":${i * 3},"ts":"2026-01-0${1 + (i % 9)} 00:00:${10 + (i % 50)}.${100 + i}"}`

describe('a JSON decoder', () => {
  it('decodes plain rows in generated code, with dictionary codes and narrow integers', () => {
    const text = Array.from({ length: 300 }, (_, i) => `${trade(i)}\n`).join('')
    const { rows } = decode(text, { columns: trades })
    expect(rows).toHaveLength(300)
    expect(rows[7]).toEqual(['S0', 1.75, 21n, Date.UTC(2026, 0, 8, 0, 0, 17, 107) * 1000])
    const generated = decodeText('json', text, { columns: trades })
    expect(generated.decoder.program).not.toBeNull()
    expect([...generated.vectorKinds]).toEqual(['dict', 'f64', 'exact'])
  })

  it('applies the filter, before it reads the other columns', () => {
    const good = Array.from({ length: 100 }, (_, i) => `${trade(i)}\n`).join('')
    const bad = '{"symbol":"S1","price":1,"quantity":"many","ts":"never"}\n'
    const { rows, filtered, failures } = decode(good + bad + good, { columns: trades, filter: [{ column: 1, op: '>', values: [20] }] })
    expect(rows).toHaveLength(38)
    expect(filtered).toBe(163)
    expect(failures).toEqual([])
  })

  it('takes every comparison of every type', () => {
    const text = Array.from({ length: 60 }, (_, i) => `${trade(i)}\n`).join('')
    const count = (index: number, op: '=' | '<>' | '<' | '<=' | '>' | '>=' | 'in' | 'is null' | 'is not null', ...values: (number | bigint | string)[]): number =>
      decode(text, { columns: trades, filter: [{ column: index, op, values }] }).rows.length
    expect(count(0, '=', 'S3')).toBe(9)
    expect(count(0, '<>', 'S3')).toBe(51)
    expect(count(0, 'in', 'S3', 'S4', 'elsewhere')).toBe(17)
    expect(count(0, '<', 'S3')).toBe(27)
    expect(count(0, '>=', 'S3')).toBe(33)
    expect(count(1, '<=', 1)).toBe(5)
    expect(count(2, '=', 30n)).toBe(1)
    expect(count(2, '<', 2n ** 62n)).toBe(60)
    expect(count(2, 'in', 3n, 6n, 7n)).toBe(2)
    expect(count(2, 'in')).toBe(0)
    expect(count(3, '>', Date.UTC(2026, 0, 9) * 1000)).toBe(6)
    expect(count(3, 'is null')).toBe(0)
    expect(count(3, 'is not null')).toBe(60)
  })

  it('reads each type from JSON', () => {
    expect(one(BOOLEAN, 'true')).toBe(true)
    expect(one(BOOLEAN, '"no"')).toBe(false)
    expect(one(BOOLEAN, '1')).toBe('ROW_UNDECODABLE')
    expect(one(TINYINT, '-128')).toBe(-128)
    expect(one(TINYINT, '128')).toBe('NUMERIC_OVERFLOW')
    expect(one(INT, '2147483647')).toBe(2147483647)
    expect(one(INT, '2147483648')).toBe('NUMERIC_OVERFLOW')
    expect(one(INT, '12.0')).toBe(12)
    expect(one(INT, '1.2e1')).toBe(12)
    expect(one(INT, '12.5')).toBe('ROW_UNDECODABLE')
    expect(one(INT, '"12"')).toBe(12)
    expect(one(INT, '007')).toBe('ROW_UNDECODABLE')
    expect(one(INT, '1-2')).toBe('ROW_UNDECODABLE')
    expect(one(BIGINT, '9223372036854775807')).toBe(9223372036854775807n)
    expect(one(BIGINT, '-9223372036854775808')).toBe(-(2n ** 63n))
    expect(one(BIGINT, '9223372036854775808')).toBe('NUMERIC_OVERFLOW')
    expect(one(BIGINT, '9007199254740993')).toBe(9007199254740993n)
    expect(one(DOUBLE, '0.1')).toBe(0.1)
    expect(one(DOUBLE, '-0')).toBe(-0)
    expect(one(DOUBLE, '123456789012345678')).toBe(123456789012345680)
    expect(one(DOUBLE, '2.2250738585072011e-308')).toBe(Number('2.2250738585072011e-308'))
    expect(one(DOUBLE, '1e400')).toBe('NUMERIC_OVERFLOW')
    expect(one(DOUBLE, '"NaN"')).toBeNaN()
    expect(one(DOUBLE, 'NaN')).toBe('ROW_UNDECODABLE')
    expect(one(FLOAT, '0.1')).toBe(Math.fround(0.1))
    expect(one(decimal(6, 2), '1234.565')).toBe(123457n)
    expect(one(decimal(6, 2), '-1234.564999')).toBe(-123456n)
    expect(one(decimal(6, 2), '9999.995')).toBe('NUMERIC_OVERFLOW')
    expect(one(decimal(38, 30), '12345678.123456789012345678901234567890')).toBe(12345678123456789012345678901234567890n)
    expect(one(decimal(38, 30), '5')).toBe(5n * 10n ** 30n)
    expect(one(decimal(10, 2), '1e-1000000')).toBe(0n)
    expect(one(STRING, '"größe \\u00e9\\n\\ud83d\\ude00"')).toBe('größe é\n😀')
    expect(one(STRING, '12.50')).toBe('12.50')
    expect(one(STRING, 'true')).toBe('true')
    expect(one(STRING, '{"a": [1, 2]}')).toBe('{"a": [1, 2]}')
    expect(one(STRING, 'rubbish')).toBe('ROW_UNDECODABLE')
    expect(one(BYTES, '"AAEC"')).toEqual(Uint8Array.of(0, 1, 2))
    expect(one(BYTES, '"?"')).toBe('ROW_UNDECODABLE')
    expect(one(DATE, '"2026-02-28"')).toBe(20512)
    expect(one(DATE, '"2026-02-29"')).toBe('ROW_UNDECODABLE')
    expect(one(time(3), '"12:34:56.7899"')).toBe(45296_789_000)
    expect(one(array(INT), '[1, null, 3]')).toEqual([1, null, 3])
    expect(one(array(INT), '[1, , 3]')).toBe('ROW_UNDECODABLE')
    expect(one(map(STRING, decimal(4, 1)), '{"a": 1.5, "b": null}')).toEqual(new Map<Value, Value>([['a', 15n], ['b', null]]))
    expect(one(row([{ name: 'a', type: INT }, { name: 'b', type: array(STRING) }]), '{"b": ["x", "\\ty"], "c": 1}')).toEqual([null, ['x', '\ty']])
  })

  it('reads timestamps as SQL text, ISO 8601 and numbers', () => {
    const at = Date.UTC(2026, 0, 1, 0, 0, 0, 123) * 1000
    for (const text of ['"2026-01-01 00:00:00.123"', '"2026-01-01T00:00:00.123Z"', '"2026-01-01T02:00:00.123+02:00"', '"2025-12-31T19:00:00.123-0500"', '1767225600123', '1767225600123.9']) {
      expect(one(timestamp(3), text), text).toBe(at)
      expect(one(timestampLtz(3), text), text).toBe(at)
    }
    expect(one(timestamp(6), '"2026-01-01 00:00:00.1234567"')).toBe(at + 456)
    expect(one(timestamp(0), '"2026-01-01 00:00:00.999"')).toBe(at - 123_000)
    expect(one(timestamp(3), '"2026-01-01"')).toBe(at - 123_000)
    expect(one(timestamp(3), '"2026-01-01 00:00"')).toBe(at - 123_000)
    expect(one(timestamp(3), '-1500')).toBe(-1_500_000)
    expect(one(timestamp(3), '1767225600.123', { options: { 'json.timestamp-unit': 's' } })).toBe(at)
    expect(one(timestamp(6), '1767225600123456789', { options: { 'json.timestamp-unit': 'ns' } })).toBe(at + 456)
    for (const text of ['"2026-01-01 24:00:00"', '"2026-13-01 00:00:00"', '"2026-01-01 00:00:00.123 "x', '"2026-01-01x00:00:00"', '"2026-01-01 00:00:00+99:00"', '1e300', 'true']) {
      expect(one(timestamp(3), text), text).toMatch(/ROW_UNDECODABLE|NUMERIC_OVERFLOW/)
    }
  })

  it('knows missing, unknown, duplicate and null fields', () => {
    const columns = [column('a', INT), column('b', STRING)]
    expect(decode('{"b":"x"}\n{"c":[{}],"a":1}\n{"a":1,"a":2,"b":"x","b":null}\n{}\n{"\\u0061":7}\n', { columns }).rows)
      .toEqual([[null, 'x'], [1, null], [2, null], [null, null], [7, null]])
    const strict = decode('{"a":null}\n{}\n{"a":1}\n', { columns: [column('a', INT, false)] })
    expect(strict.rows).toEqual([[1]])
    expect(strict.failures.map(({ code }) => code)).toEqual(['NULL_NOT_ALLOWED', 'NULL_NOT_ALLOWED'])
  })

  it('notices a duplicate behind a field that the filter has judged', () => {
    const plain = '{"p":1,"q":2}\n'.repeat(40)
    const { rows } = decode(`${plain}{"p":1,"q":2,"p":9}\n${plain}`, { columns: [column('p', INT), column('q', INT)], filter: [{ column: 0, op: '>', values: [5] }] })
    expect(rows).toEqual([[9, 2]])
  })

  it('takes blank lines, CRLF, blanks between tokens, and a last line without an end', () => {
    const columns = [column('a', INT), column('b', STRING)]
    const { rows, failures } = decode('\n{"a":1,"b":"x"}\r\n  \r\n { "a" : 2 , "b" : "y" } \n\n{"a":3,"b":"z"}', { columns })
    expect(rows).toEqual([[1, 'x'], [2, 'y'], [3, 'z']])
    expect(failures).toEqual([])
  })

  it('reports what cannot be decoded, and goes on', () => {
    const columns = [column('a', INT), column('b', STRING)]
    const good = '{"a":1,"b":"x"}\n'
    const bad: (string | Uint8Array)[] = [
      '{"a":1,"b":"x"', '{"a":1,"b":"x', '{"a":1 "b":"x"}', '{"a":1,}', '[1]', '5', 'null', '{"a":1,"b":"x"}}', '{"a":1,"b":"x"} {"a":2}', '{a:1}',
      '{"a":1,"b":"\\x"}', '{"a":1,"b":"\\ud800"}', '{"a":1,"b":"\\udc00\\ud800"}', '{"a":1,"b":"\\u12g4"}', '{"a":1,"b":"tab\there"}', '{"a":1,"b":"nul\0here"}',
      '\0', '{"a":[}],"b":"x"}', '{"a":1,"c":{"d":[1,2},"b":"x"}', '{"a":--1,"b":"x"}', '{"a":,"b":"x"}', '{"a":1,"b":"x\\"}',
      Uint8Array.of(...Buffer.from('{"a":1,"b":"'), 0xff, ...Buffer.from('"}')),
      Uint8Array.of(...Buffer.from('{"a":1,"b":"'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')),
    ]
    for (const record of bad) {
      const bytes = Buffer.concat([Buffer.from(good.repeat(40)), Buffer.from(record), Buffer.from(`\n${good}`)])
      const { rows, failures } = decode(new Uint8Array(bytes), { columns })
      expect(rows, String(record)).toHaveLength(41)
      expect(failures, String(record)).toHaveLength(1)
      expect(failures[0]).toMatchObject({ code: 'ROW_UNDECODABLE', position: good.length * 40, record: Buffer.from(record).toString('latin1') })
    }
  })

  it('does not validate what it does not use', () => {
    const invalid = Buffer.concat([Buffer.from('{"a":1,"b":"'), Buffer.from([0xff]), Buffer.from('\\q\t","c":[1,,"]"],"d":1.2.3}\n')])
    expect(decode(new Uint8Array(invalid), { columns: [column('a', INT)] }).rows).toEqual([[1]])
  })

  it('learns another layout when the records change theirs', () => {
    const one1 = Array.from({ length: 2000 }, (_, i) => `{"a":${i},"b":"x"}\n`).join('')
    const two = Array.from({ length: 4000 }, (_, i) => `{"b": "y", "a": ${i}, "n": null}\n`).join('')
    const columns = [column('a', INT), column('b', STRING)]
    const { rows } = decode(one1 + two, { columns, blockBytes: 10_000 })
    expect(rows).toHaveLength(6000)
    const { decoder } = decodeText('json', one1 + two, { columns, blockBytes: 10_000 })
    expect(decoder.program!.signature).toContain('{"b": ')
  })

  it('keeps a column of many different strings as views, escapes among them', () => {
    const text = Array.from({ length: 12_000 }, (_, i) => `{"id":"${i % 5 === 0 ? '\\u0041' : 'x'}${i}"}\n`).join('')
    const { rows } = decode(text, { columns: [column('id', STRING)], batchRows: 1000 })
    expect(rows[10_005]).toEqual(['A10005'])
    expect(rows[10_006]).toEqual(['x10006'])
    expect([...decodeText('json', text, { columns: [column('id', STRING)], batchRows: 1000 }).vectorKinds].sort()).toEqual(['dict', 'utf8'])
  })

  it('gives rows without columns', () => {
    expect(decode('{"a":1}\n\n{"a":2}\n', { columns: [column('a', INT)], wanted: [] }).rows).toEqual([[], []])
  })

  it('takes lines of ten megabytes', () => {
    const long = 'x'.repeat(10_000_000)
    const { rows } = decode(`{"a":1,"b":"${long}"}\n{"b":"y","a":2}\n`, { columns: [column('a', INT), column('b', STRING)] })
    expect((rows[0]![1] as string).length).toBe(10_000_000)
    expect(rows[1]).toEqual([2, 'y'])
  })
})
