import { expect, it } from 'vitest'
import { intervalUnit } from './sql/interval.js'
import { parseBytes, parseDurationMs } from './plan/option-value.js'
import { lookup } from './lookup.js'

it('knows nothing that was not put into it', () => {
  const table = lookup({ a: 1 })
  expect(table['a']).toBe(1)
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf']) expect(table[name]).toBeUndefined()
  expect('toString' in table).toBe(false)
})

it.each(['constructor', 'valueof', 'tostring', '__proto__', 'hasownproperty'])('%s is no unit', (word) => {
  expect(parseDurationMs(`5 ${word}`)).toBeNull()
  expect(parseBytes(`5 ${word}`)).toBeNull()
  expect(intervalUnit(word)).toBeNull()
})
