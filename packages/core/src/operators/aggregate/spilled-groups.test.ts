import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnOf } from '../../expressions/expression.js'
import { fuzzRuns } from '../../fuzz-runs.test.kit.js'
import { MemorySpill, type MemorySpillStore } from '../../state/memory-spill.js'
import { DELETE, INSERT } from '../../types/batch.js'
import { array, BIGINT, BOOLEAN, BYTES, decimal, DOUBLE, INT, STRING, timestamp } from '../../types/data-type.js'
import type { Schema, Value } from '../../types/data-type.js'
import type { Element } from '../../types/element.js'
import { batchFromRows } from '../../types/vector-builder.js'
import type { AggregateNode } from '../../plan/physical.js'
import type { OperatorContext } from '../operator.js'
import { restoredMidway } from '../restored-midway.test.kit.js'
import { AggregateOperator } from './aggregate-operator.js'
import { aggregateCall, aggregateNode, atEnd, changesOf, runAggregate, rowText } from './run-aggregate.test.data.js'
import type { AggregateDescription, AggregateRun, RunOptions } from './run-aggregate.test.data.js'

const input: Schema = [
  { name: 's', type: STRING, nullable: true }, { name: 'i', type: INT, nullable: true }, { name: 'n', type: BIGINT, nullable: true },
  { name: 'd', type: DOUBLE, nullable: true }, { name: 'm', type: decimal(30, 2), nullable: true }, { name: 'ok', type: BOOLEAN, nullable: true },
  { name: 'a', type: array(INT), nullable: true }, { name: 'b', type: BYTES, nullable: true },
  { name: 'end', type: timestamp(3), nullable: true }, { name: 'ordinal', type: DOUBLE, nullable: false },
]
const [s, i, n, d, m, ok, a, b, end, ordinal] = input.map((field, c) => columnOf(c, field))

const plain = [
  aggregateCall('count', []), aggregateCall('sum', [n!]), aggregateCall('avg', [d!]), aggregateCall('min', [n!]), aggregateCall('max', [s!]),
  aggregateCall('sum', [m!]), aggregateCall('count', [s!], { distinct: true }), aggregateCall('sum', [n!], { distinct: true }),
  aggregateCall('bool_or', [ok!]), aggregateCall('stddev_pop', [d!]), aggregateCall('count', [n!], { filter: ok! }), aggregateCall('max', [i!]),
]
const ordered = ['first_value', 'last_value', 'array_agg'].map((name) => {
  const call = aggregateCall(name, [n!])
  return { ...call, args: [...call.args, ordinal!] }
})

const descriptions: Record<string, AggregateDescription> = {
  'a string': { input, keys: [s!], calls: [...plain, ...ordered] },
  'a small number': { input, keys: [i!], calls: plain },
  'keys of every kind': { input, keys: [s!, n!, d!, m!, ok!, a!, b!], calls: [...plain, ...ordered] },
  'different rows': { input, keys: [i!, n!] },
  'windows': { input, keys: [s!, end!], calls: plain, window: { endKey: 1, allowedLatenessMicros: 500, watermarkColumn: null } },
  'windows first': { input, keys: [end!, n!], calls: plain, window: { endKey: 0, allowedLatenessMicros: 0, watermarkColumn: null } },
  'changes': { input, keys: [s!, i!], calls: plain, emit: 'changes' },
  'changes of different rows': { input, keys: [n!, s!], emit: 'changes' },
  'changes of windows': { input, keys: [i!, end!], calls: plain, emit: 'changes', window: { endKey: 1, allowedLatenessMicros: 0, watermarkColumn: null } },
}

const row = fc.tuple(
  fc.constantFrom<Value>(null, 'a', 'b', 'äöü', '', 'a'.repeat(300)), fc.constantFrom<Value>(null, 1, 2, 3, -4),
  fc.constantFrom<Value>(null, 5n, -7n, 2n ** 62n, 3n, -(2n ** 53n)), fc.constantFrom<Value>(null, 0.1, -0, 0, NaN, -1e16, 1e16),
  fc.constantFrom<Value>(null, 125n, 10n ** 28n, -(10n ** 27n)), fc.constantFrom<Value>(null, true, false),
  fc.constantFrom<Value>(null, [], [1], [1, null]), fc.constantFrom<Value>(null, new Uint8Array(0), Uint8Array.of(1, 2)),
)
const batches = fc.array(fc.array(row, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 12 })
/** Everything leaves before each batch; some stays; nothing leaves. */
const share = fc.constantFrom(0, 8_000, 30_000, Infinity)

function elementsOf(rows: readonly (readonly (readonly Value[])[])[], windowed: boolean): Element[] {
  let ordinalSoFar = 0
  return rows.flatMap((part, b): Element[] => {
    const values = part.map((row, r) => [...row, (b + r) % 7 === 6 ? null : (b + (r % 3)) * 1_000 - 2_000, ordinalSoFar++])
    const batch = batchFromRows(values, input)
    return windowed ? [batch, { kind: 'watermark', micros: (b - 1) * 1_000 - 2_000 }] : [batch]
  })
}

function spilling(node: AggregateNode, elements: readonly Element[], bytesMax: number, options: RunOptions = {}): { run: AggregateRun; store: MemorySpillStore } {
  const store = new MemorySpill().store('groups')
  return { run: runAggregate(node, input, elements, { ...options, spill: { store, bytesMax } }), store }
}

/**
 * Makes the operators that `restoredMidway` asks for: one that nothing is taken of, one that is stored, and one that goes on.
 *
 * @param after null keeps all in memory
 */
function sharing(node: AggregateNode, before: number, after: number | null): (context: OperatorContext) => AggregateOperator {
  let made = 0
  return (context) => {
    const bytesMax = made++ < 2 ? before : after
    return new AggregateOperator(node, input, bytesMax === null ? context : { ...context, spill: { store: new MemorySpill().store('groups'), bytesMax } })
  }
}

/** What came out between two signals: rows in any order where they are final, else in their order. */
function told({ elements }: AggregateRun, node: AggregateNode): string[][] {
  const parts: string[][] = [[]]
  for (const element of elements) {
    if (element.kind === 'batch') parts.at(-1)!.push(...changesOf({ elements: [element] } as unknown as AggregateRun, node.schema).map(({ kind, row }) => `${kind} ${rowText(row, node.schema)}`))
    else parts.push([])
  }
  return node.emit === 'final' ? parts.map((part) => part.sort()) : parts
}

describe('groups that leave memory', () => {
  for (const [name, description] of Object.entries(descriptions)) {
    for (const compile of [true, false]) {
      it(`give the same results: ${name}, ${compile ? 'compiled' : 'interpreted'}`, () => {
        const node = aggregateNode(description)
        fc.assert(fc.property(batches, share, fc.constantFrom(1, 3, 1024), (rows, bytesMax, batchRows) => {
          const elements = [...elementsOf(rows, description.window !== undefined), ...atEnd]
          const expected = runAggregate(node, input, elements, { compile, batchRows })
          const { run, store } = spilling(node, elements, bytesMax, { compile, batchRows })
          expect(told(run, node)).toEqual(told(expected, node))
          expect({ ...run.meter, stateBytes: 0 }).toEqual({ ...expected.meter, stateBytes: 0 })
          expect(store.size).toBe(0)
        }), { numRuns: fuzzRuns(60, 120) })
      })
    }
  }

  it('merges partial states into groups that have left', () => {
    const description = descriptions['a string']!
    fc.assert(fc.property(batches, share, (rows, bytesMax) => {
      const partial = aggregateNode(description, 'partial')
      const states = elementsOf(rows, false).flatMap((element) => runAggregate(partial, input, [element, ...atEnd]).elements.filter(({ kind }) => kind === 'batch'))
      const node = aggregateNode(description, 'final')
      const expected = runAggregate(node, partial.schema, [...states, ...atEnd])
      const store = new MemorySpill().store('groups')
      const run = runAggregate(node, partial.schema, [...states, ...atEnd], { spill: { store, bytesMax } })
      expect(told(run, node)).toEqual(told(expected, node))
    }), { numRuns: fuzzRuns(60, 120) })
  })

  for (const ttl of [false, true]) {
    it(`take rows back${ttl ? ', and are forgotten in time' : ''}`, () => {
      const calls = [aggregateCall('count', []), aggregateCall('sum', [n!]), aggregateCall('min', [n!]), aggregateCall('count', [s!], { distinct: true })]
      for (const emit of ttl ? ['changes' as const] : ['changes' as const, 'final' as const]) {
        const node = aggregateNode({ input, keys: [i!, s!], calls, emit, retracting: true })
        fc.assert(fc.property(fc.array(row, { minLength: 1, maxLength: 25 }), share, fc.infiniteStream(fc.nat(3)), (rows, bytesMax, chances) => {
          const elements: Element[] = []
          const there: (readonly Value[])[] = []
          rows.forEach((values, r) => {
            const whole = [...values, 0, r]
            elements.push(batchFromRows([whole], input, Uint8Array.of(INSERT)))
            there.push(whole)
            if (chances.next().value === 0) return
            elements.push(batchFromRows(there.splice(chances.next().value % there.length, 1), input, Uint8Array.of(DELETE)))
          })
          const clock = (): (() => number) => {
            let now = 0
            return () => (now += 400_000)
          }
          const timed = (): RunOptions => (ttl ? { stateTtlMs: 4_000, nowMicros: clock() } : {})
          const expected = runAggregate(node, input, [...elements, ...atEnd], timed())
          const { run } = spilling(node, [...elements, ...atEnd], bytesMax, timed())
          expect(told(run, node)).toEqual(told(expected, node))
        }), { numRuns: fuzzRuns(80, 120) })
      }
    })
  }

  it('go on from a snapshot that was taken while they were away', () => {
    for (const name of ['a string', 'windows', 'changes']) {
      const description = descriptions[name]!
      const node = aggregateNode(description)
      // Whoever goes on may have another share, or keep all in memory.
      fc.assert(fc.property(batches, share, fc.option(share), fc.nat(), fc.boolean(), (rows, before, after, chance, compile) => {
        const arriving = [...elementsOf(rows, description.window !== undefined), ...atEnd].map((element) => ({ element }))
        const { undisturbed, restored } = restoredMidway({
          make: sharing(node, before, after), inputs: [input], output: node.schema, arriving, settings: { compile }, anyOrder: node.emit === 'final',
        }, chance % (arriving.length + 1))
        expect(restored).toEqual(undisturbed)
        // What fails tells its seed at once: to shrink such inputs takes minutes.
      }), { numRuns: fuzzRuns(15, 120), endOnFailure: true })
    }
  })

  it('give the same rows, if in another order, where a snapshot makes them leave earlier', () => {
    const node = aggregateNode({ input, keys: [n!, end!], calls: [aggregateCall('count', [])], window: { endKey: 1, allowedLatenessMicros: 0, watermarkColumn: null } })
    // In memory groups stand as they came, with keys that descend; in the store with keys that ascend.
    const batchOf = (from: number, count: number): Element => batchFromRows(Array.from({ length: count }, (_, r) => ['a', 1, BigInt(from - r), 0, 0n, true, [], null, 1_000, 0]), input)
    const arriving = [...Array.from({ length: 8 }, (_, b) => batchOf(1_000 - b * 10, 10)), ...atEnd].map((element) => ({ element }))
    let others = 0
    for (let bytesMax = 6_000; bytesMax <= 8_000; bytesMax += 50) {
      const options = { make: sharing(node, bytesMax, bytesMax), inputs: [input], output: node.schema, arriving, settings: { compile: false } }
      const { undisturbed, restored } = restoredMidway({ ...options, anyOrder: true }, 4)
      expect(restored).toEqual(undisturbed)
      expect(restored).toHaveLength(80 + atEnd.length)
      try {
        restoredMidway(options, 4)
      } catch (error) {
        expect(error).toMatchObject({ message: expect.stringContaining('as if no snapshot was taken') })
        others++
      }
    }
    expect(others).toBeGreaterThan(0)
  })

  it('leave nothing behind in the store that has lived its time', () => {
    const node = aggregateNode({ input, keys: [n!], calls: [aggregateCall('count', [])], emit: 'changes' })
    let now = 0
    const rowOf = (key: number): Value[] => ['a', 1, BigInt(key), 0, 0n, true, [], null, 0, 0]
    const elements = Array.from({ length: 200 }, (_, b) => batchFromRows(Array.from({ length: 10 }, (_, r) => rowOf(b * 10 + r)), input))
    const { store } = spilling(node, elements, 0, { stateTtlMs: 1_000, nowMicros: () => (now += 100_000) })
    expect(store.puts).toBeGreaterThan(1_900)
    expect(store.size).toBeLessThan(400)
  })

  it('keep memory within their share', () => {
    const node = aggregateNode({ input, keys: [n!, s!], calls: [aggregateCall('count', []), aggregateCall('sum', [n!])] })
    const batchOf = (from: number): Element => batchFromRows(Array.from({ length: 256 }, (_, r) => ['key', 1, BigInt(from + r), 0, 0n, true, [], null, 0, 0]), input)
    const elements = Array.from({ length: 60 }, (_, b) => batchOf(b * 256))
    let most = 0
    for (let count = 1; count <= elements.length; count += 7) {
      const { run: { meter } } = spilling(node, elements.slice(0, count), 100_000)
      most = Math.max(most, meter.stateBytes)
      expect(meter.groups).toBe(count * 256)
    }
    expect(most).toBeLessThanOrEqual(100_000)
    expect(most).toBeGreaterThan(30_000)
  })

  it('refuse keys that no store takes', () => {
    const node = aggregateNode({ input, keys: [s!] })
    const rowOf = (key: string): Value[] => [key, 1, 1n, 0, 0n, true, [], null, 0, 0]
    const elements = [batchFromRows([rowOf('x'.repeat(2_000))], input), batchFromRows([rowOf('y')], input)]
    expect(() => spilling(node, elements, 0)).toThrow(expect.objectContaining({ code: 'STATE_LIMIT' }))
  })
})
