import { bench, describe } from 'vitest'
import { BIGINT, DOUBLE, STRING, timestamp } from '../../types/data-type.js'
import type { DecodeOptions } from '../decode.test.kit.js'
import { blockDecoding, column } from '../decode.test.kit.js'

/** One run decodes a block of this many trades; rows a second are runs a second times this. */
const ROWS = 3_000

const columns = [column('symbol', STRING), column('price', DOUBLE), column('quantity', BIGINT), column('ts', timestamp(3))]
const text = Array.from({ length: ROWS }, (_, i) => {
  const k = (i * 7919) % 500
  const ts = `2026-01-01 00:00:${10 + (i % 50)}.${100 + k}`
  return `{"symbol":"SYM${k}","price":${(50 + k / 2.5).toFixed(2)},"quantity":${1 + k},"ts":"${ts}"}\n`
}).join('')

const three = ['symbol', 'price', 'quantity']

const cases: readonly (readonly [name: string, options: DecodeOptions])[] = [
  ['three columns where price > 110', { columns, wanted: three, filter: [{ column: 1, op: '>', values: [110] }] }],
  ['three columns', { columns, wanted: three }],
  ['all columns', { columns }],
  ['no column: count(*)', { columns, wanted: [] }],
]

for (const [name, options] of cases) {
  describe(`${name} (${ROWS} rows)`, () => {
    bench('generated', blockDecoding('json', text, options), { time: 300, warmupTime: 200 })
    bench('general', blockDecoding('json', text, { ...options, compile: false }), { time: 200, warmupTime: 100 })
  })
}

describe(`in JavaScript (${ROWS} rows)`, () => {
  const lines = text.trimEnd().split('\n')
  bench('JSON.parse of each line', () => lines.forEach((line) => void JSON.parse(line)), { time: 200, warmupTime: 100 })
})
