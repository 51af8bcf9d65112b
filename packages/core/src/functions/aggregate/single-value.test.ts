import { describe, expect, it } from 'vitest'
import { INT } from '../../types/data-type.js'
import { resolveAggregate } from '../catalogue.js'

const { overload, types } = resolveAggregate('single_value', [INT])
const single = overload.implement(types)

function after(...values: (number | null)[]): unknown {
  const state = single.create()
  for (const value of values) single.add(state, [value])
  return state
}

describe('single_value', () => {
  it('is NULL of nothing, and the value of one row, NULL or not', () => {
    expect(single.result(after())).toBe(null)
    expect(single.result(after(7))).toBe(7)
    expect(single.result(after(null))).toBe(null)
  })

  it('fails for two rows, even equal ones, as long as there are two', () => {
    const state = after(7, 7)
    expect(() => single.result(state)).toThrow('more than one row')
    single.retract!(state, [7])
    expect(single.result(state)).toBe(7)
    single.retract!(state, [7])
    expect(single.result(state)).toBe(null)
  })

  it('counts the rows of all workers', () => {
    const merged = after(null)
    single.merge(merged, single.load(single.save(after(null))))
    expect(() => single.result(merged)).toThrow('more than one row')
  })

  it('does not keep a wrong sub-query for ever', () => {
    expect(() => after(...Array.from({ length: 5_000 }, (_, i) => i))).toThrow('more than one row')
  })
})
