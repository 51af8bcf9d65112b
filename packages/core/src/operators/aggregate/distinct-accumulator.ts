import type { RowCompiler } from '../../expressions/row-compiler.js'
import { GroupTable } from '../../state/group-table.js'
import type { Vector } from '../../types/batch.js'
import { array, DOUBLE, INT, row, type DataType, type Value } from '../../types/data-type.js'
import { readValue } from '../../types/vector-access.js'
import { vectorBuilderOf, type VectorBuilder } from '../../types/vector-builder.js'
import type { Accumulator, ArgOperand, StoredForm } from './accumulator.js'
import { emitFind } from './key-text.js'

/**
 * DISTINCT around any function whose result does not depend on order: a table of (group, arguments) lets only the first
 * of equal arguments through. The partial state is the set itself, so that the same argument seen by two workers counts
 * once.
 */
export class DistinctAccumulator implements Accumulator {
  readonly #inner: Accumulator
  readonly #argTypes: readonly DataType[]
  readonly #state: VectorBuilder
  /** Numbers the distinct (group, arguments). */
  readonly #entries: GroupTable
  /** Rows of each entry that have not been taken back. */
  #counts: Float64Array = new Float64Array(64)
  /** The entries of a group as a list: the last one by group, the one before by entry; −1 ends it. */
  #lastOf: Int32Array = new Int32Array(64).fill(-1)
  #before: Int32Array = new Int32Array(64)

  constructor(inner: Accumulator, argTypes: readonly DataType[], elementType: DataType) {
    this.#inner = inner
    this.#argTypes = argTypes
    this.#entries = new GroupTable([INT, ...argTypes])
    this.#state = vectorBuilderOf(array(elementType))
  }

  /** Merging a set takes its elements as values. */
  get boxes(): boolean {
    return this.#inner.boxes
  }

  get wide(): boolean {
    return this.#inner.wide
  }

  get bytes(): number {
    return this.#inner.bytes + this.#entries.bytes + this.#counts.byteLength + this.#lastOf.byteLength + this.#before.byteLength
  }

  ensure(groupCount: number): void {
    this.#inner.ensure(groupCount)
    if (this.#gone > GONE_ENTRIES_MIN && this.#gone * 2 > this.#linked) this.#forgetGone()
    if (this.#lastOf.length >= groupCount) return
    const larger = new Int32Array(Math.max(groupCount, this.#lastOf.length * 2)).fill(-1)
    larger.set(this.#lastOf)
    this.#lastOf = larger
  }

  add(group: number, args: readonly Value[]): void {
    if (this.enter(group, this.#entries.groupOf([group, ...args]))) this.#inner.add(group, args)
  }

  retract(group: number, args: readonly Value[]): void {
    if (this.leave(group, this.#entries.groupOf([group, ...args]))) this.#inner.retract(group, args)
  }

  /** Takes back a row of an entry; true if it was the last. */
  leave(group: number, entry: number): boolean {
    this.#link(group, entry)
    if (--this.#counts[entry]! !== 0) return false
    this.#gone++
    return true
  }

  /** Counts a row of an entry; true if it is the only one. */
  enter(group: number, entry: number): boolean {
    const isKnown = entry < this.#linked
    this.#link(group, entry)
    if (++this.#counts[entry]! !== 1) return false
    if (isKnown) this.#gone--
    return true
  }

  #linked = 0
  /** Entries whose rows have all been taken back. */
  #gone = 0

  #link(group: number, entry: number): void {
    if (entry < this.#linked) return
    if (entry >= this.#counts.length) {
      const counts = new Float64Array(this.#counts.length * 2)
      counts.set(this.#counts)
      this.#counts = counts
      const before = new Int32Array(counts.length)
      before.set(this.#before)
      this.#before = before
    }
    this.#before[entry] = this.#lastOf[group]!
    this.#lastOf[group] = entry
    this.#linked = entry + 1
  }

  merge(group: number, [elements]: readonly Value[]): void {
    if (elements === null) return
    const single = this.#argTypes.length === 1
    for (const element of elements as readonly Value[]) this.add(group, single ? [element] : element as readonly Value[])
  }

  /**
   * ```js
   * … t6 = the entry of g and the arguments …
   * if (k4.enter(g, t6)) {
   *   … what the inner function does …
   * }
   * ```
   */
  emitAdd(code: RowCompiler, args: readonly ArgOperand[]): void {
    const entry = emitFind(code, this.#entries, [{ value: 'g', isNull: 'false', representation: 'number' }, ...args])
    code.emit(`if (${code.constant(this)}.enter(g, ${entry})) {`)
    this.#inner.emitAdd(code, args)
    code.emit('}')
  }

  emitRetract(code: RowCompiler, args: readonly ArgOperand[]): void {
    const entry = emitFind(code, this.#entries, [{ value: 'g', isNull: 'false', representation: 'number' }, ...args])
    code.emit(`if (${code.constant(this)}.leave(g, ${entry})) {`)
    this.#inner.emitRetract(code, args)
    code.emit('}')
  }

  emitMerge(code: RowCompiler, [elements]: readonly ArgOperand[]): void {
    code.emit(`${code.constant(this)}.merge(g, [${elements!.boxed}])`)
  }

  results(groups: Int32Array, count: number): Vector {
    return this.#inner.results(groups, count)
  }

  states(groups: Int32Array, count: number): Vector[] {
    this.#state.reset()
    for (let i = 0; i < count; i++) {
      const rows = this.#argumentsOf(groups[i]!)
      this.#state.append(this.#argTypes.length === 1 ? rows.map((row) => row[0]!) : rows)
    }
    return [this.#state.finish(count)]
  }

  /** The distinct arguments of a group in the order in which they came. */
  #argumentsOf(group: number): Value[][] {
    const entries = this.#entriesOf(group, (count) => count > 0)
    const vectors = this.#entries.keyVectors(Int32Array.from(entries), entries.length)
    return entries.map((_, i) => this.#argTypes.map((type, a) => readValue(vectors[a + 1]!, type, i)))
  }

  /** Entries of a group whose count of rows is as asked for, in the order in which they came. */
  #entriesOf(group: number, asked: (count: number) => boolean): number[] {
    const entries: number[] = []
    for (let entry = group < this.#lastOf.length ? this.#lastOf[group]! : -1; entry >= 0; entry = this.#before[entry]!) {
      if (asked(this.#counts[entry]!)) entries.push(entry)
    }
    return entries.reverse()
  }

  /** The distinct arguments of a group with the number of their rows, which taking them back needs. */
  get stored(): StoredForm {
    const element = row([...this.#argTypes.map((type, a) => ({ name: `arg${a}`, type })), { name: 'rows', type: DOUBLE }])
    const column = vectorBuilderOf(array(element))
    return {
      types: [array(element)],
      save: (groups, count) => {
        column.reset()
        for (let i = 0; i < count; i++) column.append(this.#countedArgumentsOf(groups[i]!))
        return [column.finish(count)]
      },
      load: (group, [rows]) => {
        for (const counted of rows as readonly (readonly Value[])[]) this.#load(group, counted.slice(0, -1), counted.at(-1) as number)
      },
    }
  }

  #countedArgumentsOf(group: number): Value[][] {
    const entries = this.#entriesOf(group, (count) => count !== 0)
    const vectors = this.#entries.keyVectors(Int32Array.from(entries), entries.length)
    return entries.map((entry, i) => [...this.#argTypes.map((type, a) => readValue(vectors[a + 1]!, type, i)), this.#counts[entry]!])
  }

  #load(group: number, args: readonly Value[], count: number): void {
    this.#put(group, args, count)
    if (count > 0) this.#inner.add(group, args)
  }

  #put(group: number, args: readonly Value[], count: number): void {
    const entry = this.#entries.groupOf([group, ...args])
    this.#link(group, entry)
    this.#counts[entry] = count
  }

  reset(group: number): void {
    for (let entry = this.#lastOf[group]!; entry >= 0; entry = this.#before[entry]!) {
      if (this.#counts[entry] !== 0) this.#gone++
      this.#counts[entry] = 0
    }
    this.#inner.reset(group)
  }

  compact(live: Int32Array, count: number): void {
    this.#rebuild(live, count)
    this.#inner.compact(live, count)
  }

  /** Between two batches: groups keep their numbers, entries get others. */
  #forgetGone(): void {
    const groups = Int32Array.from(this.#lastOf, (_, group) => group)
    this.#rebuild(groups, groups.length)
  }

  #rebuild(live: Int32Array, count: number): void {
    const kept = Array.from({ length: count }, (_, i) => this.#countedArgumentsOf(live[i]!))
    this.#entries.clear()
    this.#counts = new Float64Array(64)
    this.#before = new Int32Array(64)
    this.#lastOf = new Int32Array(Math.max(64, count)).fill(-1)
    this.#linked = 0
    this.#gone = 0
    kept.forEach((rows, group) => rows.forEach((counted) => this.#put(group, counted.slice(0, -1), counted.at(-1) as number)))
  }
}

/** Fewer entries without rows than this are not worth a clean-up. */
const GONE_ENTRIES_MIN = 4_096
