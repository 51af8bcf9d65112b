import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnOf } from '../expressions/expression.js'
import type { AsyncCallNode } from '../plan/physical-async.js'
import type { Batch } from '../types/batch.js'
import { decodeBatch, encodeBatch, encodedSize } from '../types/batch-codec.js'
import { INT, type Schema, type Value } from '../types/data-type.js'
import { END, type Element } from '../types/element.js'
import { rowValues } from '../types/vector-access.js'
import { batchFromRows } from '../types/vector-builder.js'
import { AsyncCallOperator } from './async-call.js'
import { checkedOperator } from './checked.js'
import { newMeter } from './operator.js'

const INPUT: Schema = [{ name: 'id', type: INT, nullable: true }]
const OUTPUT: Schema = [...INPUT, { name: 'doubled', type: INT, nullable: true }]

/** An operator whose calls end when the test says so. */
class Bench {
  readonly output: string[] = []
  readonly meter = newMeter()
  readonly operator: AsyncCallOperator
  readonly push: (element: Element) => void
  nowMs = 0
  readonly #waiting: { readonly id: number; readonly resolve: (value: unknown) => void }[] = []

  constructor(concurrency = 3) {
    const node: AsyncCallNode = {
      kind: 'async call', id: 1, inputs: [0], schema: OUTPUT, runsOn: 'all', distribution: { kind: 'local', reason: '' },
      user: {
        kind: 'async', name: 'double', url: 'f.js', exportName: 'double', argTypes: [INT], returns: INT, nulls: 'strict', deterministic: false,
        concurrency, timeoutMs: 100,
      },
      args: [columnOf(0, INPUT[0]!)], before: [0], behind: [], onError: { action: 'skip', sink: null },
    }
    this.operator = new AsyncCallOperator(node, INPUT, {
      output: { push: (element) => void this.output.push(...textsOf(element)) },
      settings: { compile: true, batchRows: 8, timeZone: 'UTC', seed: 1 },
      meter: this.meter,
      rowFailed: (error, _, row) => { this.output.push(`${error.code} at ${row}`); this.meter.rowsFailed++ },
      requestStop: () => {}, nowMicros: () => 0, random: () => 0, timeZone: 'UTC',
      functionExport: () => (id: number) => new Promise((resolve) => this.#waiting.push({ id, resolve })),
    }, () => this.nowMs)
    const checked = checkedOperator(this.operator, [{ schema: INPUT, place: 'input' }])
    this.push = (element) => checked.push(element, 0)
  }

  get underWay(): number {
    return this.#waiting.length
  }

  /** Ends the nth call under way. */
  async end(n: number): Promise<void> {
    const [call] = this.#waiting.splice(n % this.#waiting.length, 1)
    call?.resolve(call.id * 2)
    await new Promise((resolve) => setImmediate(resolve))
  }

  async endAll(): Promise<void> {
    while (!this.operator.ended) {
      this.operator.poll()
      if (this.underWay > 0) await this.end(0)
    }
  }
}

const batch = (...ids: (number | null)[]): Batch => batchFromRows(ids.map((id) => [id]), INPUT)
const watermark = (micros: number): Element => ({ kind: 'watermark', micros })

function textsOf(element: Element): string[] {
  if (element.kind !== 'batch') return [element.kind === 'watermark' ? `watermark ${element.micros}` : element.kind]
  return Array.from({ length: element.length }, (_, i) => rowValues(element, OUTPUT, i).map((v: Value) => String(v)).join(' '))
}

describe('calls of asynchronous functions', () => {
  it('are made several at a time; rows and watermarks leave in order', async () => {
    const bench = new Bench()
    bench.push(batch(1, null, 2, 3, 4))
    bench.push(watermark(5))
    expect(bench.operator.flush()).toBe(false)
    expect(bench.operator.poll()).toBe(true)
    expect(bench.underWay).toBe(3)
    expect(bench.operator.poll()).toBe(false)
    await bench.end(2)
    bench.operator.poll()
    expect(bench.output).toEqual([])
    expect(bench.operator.flush()).toBe(true)
    await bench.end(0)
    bench.operator.poll()
    expect(bench.output).toEqual(['1 2', 'null null'])
    bench.push(watermark(Infinity))
    bench.push(END)
    await bench.endAll()
    expect(bench.output).toEqual(['1 2', 'null null', '2 4', '3 6', '4 8', 'watermark 5', 'watermark Infinity', 'end'])
    expect(bench.meter).toMatchObject({ rowsIn: 5, rowsOut: 5, stateBytes: 0 })
  })

  it('fail when their time is over, and what comes later is nobody’s', async () => {
    const bench = new Bench()
    bench.push(batch(1, 2))
    bench.operator.poll()
    bench.nowMs = 60
    bench.push(batch(3))
    bench.operator.poll()
    bench.nowMs = 100
    expect(bench.operator.poll()).toBe(true)
    expect(bench.output).toEqual(['FUNCTION_TIMEOUT at 0', 'FUNCTION_TIMEOUT at 1'])
    await bench.end(0)
    await bench.end(1)
    bench.operator.poll()
    expect(bench.output.at(-1)).toBe('3 6')
  })

  it('let barriers past, and are made anew for the rows that were stored', async () => {
    const arriving = fc.array(fc.oneof(
      fc.array(fc.oneof(fc.integer({ min: -99, max: 99 }), fc.constant(null)), { minLength: 1, maxLength: 5 }),
      fc.constant('watermark' as const), fc.nat({ max: 3 }),
    ), { maxLength: 20 })
    await fc.assert(fc.asyncProperty(arriving, fc.nat(), async (steps, cut) => {
      const [first, second] = [new Bench(), new Bench()]
      const at = cut % (steps.length + 1)
      let time = 0
      const take = async (bench: Bench, part: typeof steps): Promise<void> => {
        for (const step of part) {
          if (typeof step === 'number') {
            bench.operator.poll()
            if (bench.underWay > 0) await bench.end(step)
          } else bench.push(step === 'watermark' ? watermark(time++) : batch(...step))
        }
      }
      await take(first, steps.slice(0, at))
      first.push({ kind: 'barrier', epoch: 1 })
      const stored: Uint8Array[] = []
      first.operator.state.snapshot((_, rows) => {
        const bytes = new Uint8Array(encodedSize(rows))
        encodeBatch(rows, bytes, 0)
        stored.push(bytes)
      })
      const before = first.output.length
      for (const bytes of stored) second.operator.state.restore(0, decodeBatch(bytes, 0, INPUT))
      for (const bench of [first, second]) {
        await take(bench, steps.slice(at))
        bench.push(watermark(Infinity))
        bench.push(END)
        await bench.endAll()
      }
      const rowsOf = (texts: readonly string[]): string[] => texts.filter((text) => /^(-?\d|null)/.test(text))
      expect(rowsOf(second.output)).toEqual(rowsOf(first.output.slice(before)))
    }), { numRuns: 100 })
  })
})
