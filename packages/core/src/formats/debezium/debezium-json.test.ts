import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BIGINT, decimal, map, row, STRING, timestamp, timestampLtz } from '../../types/data-type.js'
import { column, decodeText, fuzzRuns } from '../decode.test.kit.js'
import { decodeMessages, encodeMessages, type DecodedMessages, type Decoding } from '../messages.test.kit.js'
import { debeziumJsonFormat } from './debezium-json-format.js'

const COLUMNS = [column('id', BIGINT, false), column('name', STRING), column('amount', decimal(10, 2)), column('at', timestamp(3))]

const ADA = '{"id":1,"name":"ada","amount":"10.50","at":1767225600000}'
const EVE = '{"id":1,"name":"e\\u0076e","amount":11,"at":"2026-01-01 00:00:01"}'
const ADA_ROW = [1n, 'ada', 1050n, Date.UTC(2026, 0, 1) * 1000]
const EVE_ROW = [1n, 'eve', 1100n, Date.UTC(2026, 0, 1, 0, 0, 1) * 1000]

function decode(texts: readonly string[], decoding: Decoding = {}): DecodedMessages {
  return decodeMessages(debeziumJsonFormat, COLUMNS, texts.map((text) => Buffer.from(text)), decoding)
}

describe('debezium-json', () => {
  it('adds, replaces and takes back rows', () => {
    const decoded = decode([
      `{"before":null,"after":${ADA},"op":"r","ts_ms":1}`, `{"op":"c","after":${ADA}}`, `{ "op": "u",\n "before": ${ADA},\n "after": ${EVE} }`, `{"before":${EVE},"after":null,"op":"d"}`,
    ])
    expect(decoded).toMatchObject({ rows: [ADA_ROW, ADA_ROW, ADA_ROW, EVE_ROW, EVE_ROW], kinds: [0, 0, 1, 2, 3], failures: [], positions: [100, 101, 102, 102, 103] })
  })

  it('takes the envelope with a schema off', () => {
    const decoded = decode([`{"schema":{"type":"struct","fields":[{"op":1}]},"payload":{"op":"c","after":${ADA}}}`, '{"schema":null,"payload":null}'])
    expect(decoded).toMatchObject({ rows: [ADA_ROW], failures: [] })
  })

  it('keeps the two rows of an update together', () => {
    const update = `{"op":"u","before":${ADA},"after":${EVE}}`
    expect(decode([update, update], { batchRows: 1 }).kinds).toEqual([1, 2, 1, 2])
  })

  it('makes only what is asked for, and filters rows one by one', () => {
    const decoded = decode([`{"op":"u","before":{"id":1,"name":"ada","amount":"no number"},"after":${EVE}}`], {
      wanted: ['name'], filter: [{ column: 0, op: '=', values: ['eve'] }],
    })
    expect(decoded).toMatchObject({ rows: [['eve']], kinds: [2], filtered: 1 })
  })

  it.each([
    [`{"op":"u","before":null,"after":${ADA}}`, 'REPLICA IDENTITY FULL'],
    ['{"op":"d","before":null}', 'REPLICA IDENTITY FULL'],
    ['{"op":"c"}', 'no row in `after`'],
    ['{"op":"t"}', 'truncated'],
    ['{"op":"x"}', 'none of "c", "r", "u", "d"'],
    [ADA, 'no `op`'],
    ['{"op":"c","after":{"name":"no id"}}', 'NOT NULL'],
    [`{"op":"u","before":${ADA},"after":{"id":1,"amount":"x"}}`, '`amount`'],
    ['{"op":"c","after":', 'malformed JSON at byte 18'],
    ['[]', 'no JSON object'],
    [`{"op":"c","after":${ADA}} x`, 'something follows'],
  ])('reports %s and goes on', (text, message) => {
    const decoded = decode([text, `{"op":"c","after":${ADA}}`])
    expect(decoded.failures).toMatchObject([{ message: expect.stringContaining(message), position: 100, headers: new Map([['h', Buffer.from('v')]]) }])
    expect(decoded).toMatchObject({ rows: [ADA_ROW], kinds: [0] })
  })

  it('passes over tombstones and messages that are no changes', () => {
    expect(decode(['', ' ', 'null', '{"op":"m","message":{}}'])).toMatchObject({ rows: [], failures: [] })
  })

  it('gives what else stands in the record', () => {
    const columns = [
      column('id', BIGINT), { ...column('t', STRING), metadata: 'source.table' }, { ...column('db', STRING), metadata: 'source.database' },
      { ...column('s', timestampLtz(3)), metadata: 'source.timestamp' }, { ...column('i', timestampLtz(3)), metadata: 'ingestion-timestamp' },
      { ...column('p', map(STRING, STRING)), metadata: 'source.properties' },
    ]
    const records = ['{"op":"c","after":{"id":7},"ts_ms":2,"source":{"table":"orders","ts_ms":1}}', '{"op":"c","after":{"id":8}}'].map((text) => Buffer.from(text))
    expect(decodeMessages(debeziumJsonFormat, columns, records).rows).toEqual([
      [7n, 'orders', null, 1000, 2000, new Map([['table', 'orders'], ['ts_ms', '1']])], [8n, null, null, null, null, null],
    ])
  })

  it('is lines in a file', () => {
    const text = `{"op":"c","after":${ADA}}\n\n{"op":"d","before":${ADA}}\r\n`
    const { rows, records } = decodeText('debezium-json', text, { columns: COLUMNS })
    expect(rows).toEqual([ADA_ROW, ADA_ROW])
    expect(records[1]).toEqual({ text: `{"op":"d","before":${ADA}}`, position: text.indexOf('{"op":"d"') })
  })

  it('reads what it writes', () => {
    const columns = [column('s', STRING), column('n', BIGINT), column('r', row([{ name: 'a', type: decimal(6, 3) }]))]
    const rowsOf = fc.array(fc.tuple(fc.option(fc.string({ unit: 'binary' })), fc.option(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)), fc.option(fc.tuple(fc.bigInt(-999_999n, 999_999n)))), { minLength: 1 })
    fc.assert(fc.property(rowsOf, fc.infiniteStream(fc.nat(3)), (rows, kinds) => {
      const given = Uint8Array.from(rows, () => kinds.next().value)
      const decoded = decodeMessages(debeziumJsonFormat, columns, encodeMessages(debeziumJsonFormat, columns, rows, {}, given))
      expect(decoded.failures).toEqual([])
      expect(decoded.rows).toEqual(rows)
      expect(decoded.kinds).toEqual([...given].map((kind) => (kind === 1 || kind === 3 ? 3 : 0)))
    }), { numRuns: fuzzRuns(200) })
  })
})
