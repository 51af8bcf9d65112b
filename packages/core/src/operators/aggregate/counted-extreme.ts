import type { RowCompiler } from '../../expressions/row-compiler.js'
import { valueKey } from '../../state/value-key.js'
import type { Vector } from '../../types/batch.js'
import { copyValue } from '../../types/copy-batch.js'
import type { DataType, Value } from '../../types/data-type.js'
import { compareValues, type Comparator } from '../../types/value.js'
import { vectorBuilderOf, type VectorBuilder } from '../../types/vector-builder.js'
import { checkCountedRows } from '../folded-rows.js'
import type { Accumulator, ArgOperand, StoredForm } from './accumulator.js'
import { countedForm, type CountedRow } from './counted-accumulator.js'

/**
 * `min`, `max` and `any_value` over rows that are taken back: how often each value is there, and a heap of the values with
 * the best on top. What is gone stays in the heap until it comes up, or until the heap is mostly such.
 */
export class CountedExtreme implements Accumulator {
  readonly boxes = true
  readonly wide = false
  readonly #type: DataType
  /** Negative where the first value is the better one. */
  readonly #order: Comparator
  readonly #isOwnKey: boolean
  readonly #result: VectorBuilder
  readonly stored: StoredForm
  #groups: (Candidates | undefined)[] = []
  #valueCount = 0

  /** @param sign 1 for the greatest, −1 for the least */
  constructor(type: DataType, sign: 1 | -1) {
    const compare = compareValues(type)
    this.#type = type
    this.#order = (a, b) => compare(b, a) * sign
    this.#isOwnKey = !['BYTES', 'ARRAY', 'MAP', 'ROW'].includes(type.kind)
    this.#result = vectorBuilderOf(type)
    this.stored = countedForm(
      [type], (group) => this.#groups[group]?.values.values() ?? [], (group, [value], count) => this.#change(group, value!, count),
    )
  }

  get bytes(): number {
    return this.#valueCount * VALUE_BYTES
  }

  ensure(): void {}

  add(group: number, [value]: readonly Value[]): void {
    if (value !== null) this.#change(group, value!, 1)
  }

  retract(group: number, [value]: readonly Value[]): void {
    if (value !== null) this.#change(group, value!, -1)
  }

  #change(group: number, value: Value, by: number): void {
    const held = this.#groups[group] ??= { values: new Map(), heap: [] }
    const key = this.#isOwnKey ? value : valueKey(value, this.#type)
    const known = held.values.get(key)
    if (known === undefined) {
      checkCountedRows(this.#valueCount)
      const row = { args: [this.#isOwnKey ? value : copyValue(value)], count: by }
      held.values.set(key, row)
      this.#push(held.heap, row)
      this.#valueCount++
    } else if ((known.count += by) === 0) {
      held.values.delete(key)
      this.#valueCount--
      if (held.heap.length > 2 * held.values.size + HEAP_SLACK) this.#rebuild(held)
    }
  }

  #best(group: number): Value {
    const heap = this.#groups[group]?.heap
    if (heap === undefined) return null
    while (heap.length > 0 && heap[0]!.count === 0) this.#pop(heap)
    return heap.length === 0 ? null : heap[0]!.args[0]!
  }

  // ---------------------------------------------------------------------------------------------------------- the heap

  #isBetter(a: CountedRow, b: CountedRow): boolean {
    return this.#order(a.args[0]!, b.args[0]!) < 0
  }

  #push(heap: CountedRow[], row: CountedRow): void {
    let child = heap.push(row) - 1
    while (child > 0) {
      const parent = (child - 1) >> 1
      if (!this.#isBetter(row, heap[parent]!)) break
      heap[child] = heap[parent]!
      child = parent
    }
    heap[child] = row
  }

  #pop(heap: CountedRow[]): void {
    const last = heap.pop()!
    if (heap.length === 0) return
    let parent = 0
    for (;;) {
      let child = 2 * parent + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && this.#isBetter(heap[child + 1]!, heap[child]!)) child++
      if (!this.#isBetter(heap[child]!, last)) break
      heap[parent] = heap[child]!
      parent = child
    }
    heap[parent] = last
  }

  #rebuild(held: Candidates): void {
    held.heap.length = 0
    for (const row of held.values.values()) this.#push(held.heap, row)
  }

  // ----------------------------------------------------------------------------------------------------------- the rest

  merge(): never {
    throw new Error('broken rule: rows that are taken back are aggregated in one phase')
  }

  emitAdd(code: RowCompiler, [arg]: readonly ArgOperand[]): void {
    code.emit(`${code.constant(this)}.add(g, [${arg!.boxed}])`)
  }

  emitRetract(code: RowCompiler, [arg]: readonly ArgOperand[]): void {
    code.emit(`${code.constant(this)}.retract(g, [${arg!.boxed}])`)
  }

  emitMerge(): never {
    return this.merge()
  }

  results(groups: Int32Array, count: number): Vector {
    this.#result.reset()
    for (let i = 0; i < count; i++) this.#result.append(this.#best(groups[i]!))
    return this.#result.finish(count)
  }

  states(): never {
    return this.merge()
  }

  reset(group: number): void {
    this.#valueCount -= this.#groups[group]?.values.size ?? 0
    this.#groups[group] = undefined
  }

  compact(live: Int32Array, count: number): void {
    const groups = this.#groups
    this.#groups = Array.from({ length: count }, (_, i) => groups[live[i]!])
    this.#valueCount = this.#groups.reduce((sum, group) => sum + (group?.values.size ?? 0), 0)
  }
}

/** What a kept value is reckoned to take. */
const VALUE_BYTES = 96
/** Values that are gone and may stay in a heap beyond its half. */
const HEAP_SLACK = 16

interface Candidates {
  readonly values: Map<unknown, CountedRow>
  readonly heap: CountedRow[]
}
