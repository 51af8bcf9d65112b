import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fuzzRuns } from './fuzz-runs.test.kit.js'
import { STATE_PARTS_MAX } from './limits.js'
import { ItemSlots } from './operators/item-slots.js'
import type { OperatorState } from './operators/state.js'
import { IN_MEMORY } from './pipeline-snapshot.js'
import type { TablePart } from './pipeline-snapshot.js'
import { StateChains } from './state-chains.js'
import { eachStoredBatch, storedRowCount } from './stored-rows.js'
import { INT, STRING, type Schema, type Value } from './types/data-type.js'
import { rowValues } from './types/vector-access.js'

const schema: Schema = [{ name: 'name', type: STRING, nullable: true }, { name: 'count', type: INT, nullable: false }]

interface Thing {
  readonly name: string | null
  count: number
}

/** Some things by slot, and the chain of what is stored of them. */
class Things {
  readonly held = new Map<number, Thing>()
  readonly chains: StateChains
  readonly #slots = new ItemSlots<Thing>(schema, ({ name, count }) => [name, count])
  #epoch = 0

  constructor() {
    const state: OperatorState = { tables: [{ name: 'things', schema, keys: null }], slots: [this.#slots.changes], snapshot: () => {}, restore: () => {} }
    this.chains = new StateChains(7, state)
  }

  add(name: string | null): void {
    const thing = { name, count: 0 }
    this.held.set(this.#slots.add(thing), thing)
  }

  /** Counts one thing, or removes it. */
  touch(place: number, remove: boolean): void {
    const slot = [...this.held.keys()][place % Math.max(1, this.held.size)]
    if (slot === undefined) return
    if (remove) {
      this.#slots.remove(slot)
      this.held.delete(slot)
      return
    }
    this.#slots.beforeChange(slot)
    this.held.get(slot)!.count++
  }

  clear(): void {
    this.#slots.clear()
    this.held.clear()
  }

  /** @returns the rows there are, in the order of slots */
  begin(wrote: (bytes: number) => void = () => {}): Value[][] {
    while (!this.chains.advance());
    this.chains.begin(++this.#epoch, { write: (bytes) => (wrote(bytes.length), IN_MEMORY.write(bytes)) })
    return [...this.held].sort(([a], [b]) => a - b).map(([, { name, count }]) => [name, count])
  }

  taken(): readonly TablePart[] {
    while (!this.chains.advance());
    return this.chains.stored().tables[0]!.parts
  }
}

function restored(parts: readonly TablePart[]): Value[][] {
  const rows: Value[][] = []
  eachStoredBatch(parts, schema, (batch) => {
    for (let i = 0; i < batch.length; i++) rows.push(rowValues(batch, schema, i))
  })
  expect(storedRowCount(parts)).toBe(rows.length)
  return rows
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('add' as const), name: fc.constantFrom(null, 'a', 'ä', 'long enough to be copied as bytes') }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('touch' as const), place: fc.nat(), remove: fc.constantFrom(false, false, true) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('advance' as const), rows: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('begin' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const) }) },
)

it('gives back the rows as they stood when the last snapshot began, whatever has changed since', () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 80 }), fc.array(step, { maxLength: 20 }), (before, after) => {
    const things = new Things()
    const run = (steps: readonly (typeof before)[number][]): void => {
      for (const next of steps) {
        switch (next.kind) {
          case 'add': things.add(next.name); break
          case 'touch': things.touch(next.place, next.remove); break
          case 'advance': things.chains.advance(next.rows); break
          case 'begin': things.begin(); break
          case 'clear': things.clear(); break
        }
      }
    }
    run(before)
    const stood = things.begin()
    run(after.filter(({ kind }) => kind !== 'begin'))
    expect(restored(things.taken())).toEqual(stood)
  }), { numRuns: fuzzRuns(300, 20_000) })
})

it('stores only what has changed, and all of it again when that has become as much', () => {
  const things = new Things()
  for (let i = 0; i < 100; i++) things.add(`thing ${i}`)
  const rowsOf = (change: () => void): number[] => {
    change()
    things.begin()
    return things.taken().map(({ rows }) => rows)
  }
  expect(rowsOf(() => {})).toEqual([100])
  expect(rowsOf(() => {})).toEqual([100, 0])
  expect(rowsOf(() => things.touch(3, false))).toEqual([100, 0, 1])
  expect(rowsOf(() => { for (let i = 0; i < 60; i++) things.touch(i, false) })).toEqual([100, 0, 1, 60])
  expect(rowsOf(() => { for (let i = 0; i < 60; i++) things.touch(i, false) })).toEqual([100])
})

it('stores rows that only come once, however many follow', () => {
  const things = new Things()
  for (let epoch = 0; epoch < 10; epoch++) {
    for (let i = 0; i < 20; i++) things.add(`thing ${i}`)
    const stood = things.begin()
    expect(things.taken().map(({ rows }) => rows)).toEqual(Array.from({ length: epoch + 1 }, () => 20))
    expect(restored(things.taken())).toEqual(stood)
  }
})

it('goes on writing piece by piece what all goes at once', () => {
  const things = new Things()
  for (let i = 0; i < 2_000; i++) things.add(`thing ${i}`)
  let written = 0
  const stood = things.begin((bytes) => (written += bytes))
  expect(things.chains.advance(10)).toBe(false)
  const before = written
  things.clear()
  expect(written).toBe(before)
  things.add('another')
  expect(things.chains.advance(10)).toBe(false)
  expect(written).toBeLessThan(3 * before)
  expect(restored(things.taken())).toEqual(stood)
  expect(things.begin()).toEqual([['another', 0]])
  expect(restored(things.taken())).toEqual([['another', 0]])
})

it('begins a new chain before one has too many parts', () => {
  const things = new Things()
  for (let i = 0; i < 1_000; i++) things.add(null)
  for (let epoch = 0; epoch < STATE_PARTS_MAX; epoch++) {
    things.begin()
    expect(things.taken().length).toBe(epoch + 1)
  }
  things.begin()
  expect(things.taken().length).toBe(1)
})

it('keeps the parts that it has in mind as they were written, when more follow', () => {
  const things = new Things()
  things.add('a')
  things.begin()
  const first = things.taken()
  things.touch(0, false)
  things.begin()
  expect(things.taken().length).toBe(2)
  expect(restored(first)).toEqual([['a', 0]])
})
