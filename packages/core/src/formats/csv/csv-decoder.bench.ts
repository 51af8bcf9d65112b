import { bench, describe } from 'vitest'
import { DOUBLE, STRING, decimal } from '../../types/data-type.js'
import { blockDecoding, column } from '../decode.test.kit.js'

/** One run decodes a block of this many measurements; rows a second are runs a second times this. */
const ROWS = 16_000

const options = { 'csv.delimiter': ';' }

for (const stations of [413, 10_000]) {
  const text = Array.from({ length: ROWS }, (_, i) => {
    const k = (i * 7919) % stations
    return `${'Station '.slice(k % 8)}${k};${((k % 900) / 10 - 30).toFixed(1)}\n`
  }).join('')
  for (const type of [DOUBLE, decimal(4, 1)]) {
    const columns = [column('station', STRING), column('celsius', type)]
    describe(`${stations} stations, celsius ${type.kind} (${ROWS} rows)`, () => {
      bench('generated', blockDecoding('csv', text, { columns, options }), { time: 300, warmupTime: 200 })
      bench('general', blockDecoding('csv', text, { columns, options, compile: false }), { time: 200, warmupTime: 100 })
    })
  }
}
