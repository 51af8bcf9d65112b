import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fuzzRuns } from '../../fuzz-runs.test.kit.js'
import { BIGINT, BOOLEAN, DOUBLE, INT, STRING, array, type Value } from '../../types/data-type.js'
import { readValue } from '../../types/vector-access.js'
import { batchFromRows } from '../../types/vector-builder.js'
import { EmittedResults } from './emitted-results.js'

const types = [BIGINT, INT, DOUBLE, BOOLEAN, STRING, array(INT)]
const schema = types.map((type, c) => ({ name: `c${c}`, type, nullable: true }))
const row = fc.tuple(
  fc.constantFrom<Value>(null, 0n, 1n, 2n ** 60n), fc.constantFrom<Value>(null, 1, 2), fc.constantFrom<Value>(null, NaN, 0.5), fc.constantFrom<Value>(null, true, false),
  fc.constantFrom<Value>(null, '', 'ä'), fc.constantFrom<Value>(null, [], [1, null]),
)
const steps = fc.array(fc.record({ rows: fc.array(row, { minLength: 1, maxLength: 5 }), first: fc.nat(4), forget: fc.boolean() }), { maxLength: 12 })
const textOf = (values: readonly unknown[]): string => JSON.stringify(values, (_, v: unknown) => (typeof v === 'bigint' ? `${v}n` : Number.isNaN(v) ? 'NaN' : v))

it('gives back what was emitted last, and knows what has changed', () => {
  fc.assert(fc.property(steps, (all) => {
    const emitted = new EmittedResults(types)
    const model = new Map<number, Value[]>()
    emitted.ensure(200)
    for (const { rows, first, forget } of all) {
      const groups = Int32Array.from(rows, (_, i) => first + i)
      const results = batchFromRows(rows, schema).columns
      const changed = emitted.changed(groups, rows.length, results)
      rows.forEach((values, i) => {
        const before = model.get(first + i)
        if (before !== undefined) expect(changed[i]).toBe(textOf(before) === textOf(values) ? 0 : 1)
      })
      const known = [...groups.keys()].filter((i) => model.has(groups[i]!))
      const from = Int32Array.from([...known.map(() => -1), ...rows.keys()])
      const all = Int32Array.from([...known.map((i) => groups[i]!), ...groups])
      const columns = emitted.rows(results, from, all, from.length)
      from.forEach((at, r) => {
        const values = types.map((type, c) => readValue(columns[c]!, type, r))
        expect(textOf(values)).toBe(textOf(at >= 0 ? rows[at]! : model.get(all[r]!)!))
      })
      emitted.remember(results, from, all, from.length)
      rows.forEach((values, i) => model.set(first + i, values))
      if (forget) {
        emitted.forget(first)
        model.delete(first)
        const live = Int32Array.from([...model.keys()].sort((a, b) => a - b))
        const kept = Array.from(live, (group) => model.get(group)!)
        emitted.compact(live, live.length)
        model.clear()
        kept.forEach((values, group) => model.set(group, values))
      }
      const held = emitted.held(Int32Array.from(model.keys()), model.size)
      ;[...model.values()].forEach((values, i) => expect(textOf(types.map((type, c) => readValue(held[c]!, type, i)))).toBe(textOf(values)))
    }
  }), { numRuns: fuzzRuns(200, 5_000) })
})
