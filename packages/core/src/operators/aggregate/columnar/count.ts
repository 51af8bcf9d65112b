import { anyOf } from '../../../expressions/operand.js'
import type { RowCompiler } from '../../../expressions/row-compiler.js'
import type { ExactVector, Vector } from '../../../types/batch.js'
import type { Value } from '../../../types/data-type.js'
import type { Accumulator, ArgOperand } from '../accumulator.js'
import { GroupFields, resizedDoubles, unlessNull } from './group-fields.js'
import { OutputColumn } from './output-columns.js'

/** `count(*)`, `count(x)`. State: the count. */
export class CountAccumulator extends GroupFields implements Accumulator {
  readonly boxes = false
  readonly wide = false
  counts: Float64Array = new Float64Array(64)
  readonly #output = new OutputColumn()

  get bytes(): number {
    return this.counts.byteLength
  }

  add(group: number, args: readonly Value[]): void {
    if (!args.includes(null)) this.counts[group]!++
  }

  retract(group: number, args: readonly Value[]): void {
    if (!args.includes(null)) this.counts[group]!--
  }

  merge(group: number, [count]: readonly Value[]): void {
    this.counts[group]! += Number(count)
  }

  /** `if (!(c0_nulls[i] !== 0)) { k1_counts[g]++ }` */
  emitAdd(code: RowCompiler, args: readonly ArgOperand[]): void {
    const counts = this.field(code, 'counts')
    unlessNull(anyOf(args.map((arg) => arg.isNull)), [`${counts}[g]++`]).forEach((line) => code.emit(line))
  }

  emitRetract(code: RowCompiler, args: readonly ArgOperand[]): void {
    const counts = this.field(code, 'counts')
    unlessNull(anyOf(args.map((arg) => arg.isNull)), [`${counts}[g]--`]).forEach((line) => code.emit(line))
  }

  emitMerge(code: RowCompiler, [count]: readonly ArgOperand[]): void {
    code.emit(`${this.field(code, 'counts')}[g] += Number(${count!.value})`)
  }

  results(groups: Int32Array, count: number): Vector {
    this.#output.begin(count)
    for (let i = 0; i < count; i++) this.#output.doubles[i] = this.counts[groups[i]!]!
    return this.#output.exact()
  }

  states(groups: Int32Array, count: number): Vector[] {
    return [this.results(groups, count)]
  }

  protected resize(capacity: number): void {
    this.counts = resizedDoubles(this.counts, capacity)
  }

  copyFrom(source: CountAccumulator, from: number, to: number): void {
    this.counts[to] = source.counts[from]!
  }

  load(groups: Int32Array, count: number, [counts]: readonly Vector[]): void {
    const { values } = counts as ExactVector
    for (let i = 0; i < count; i++) this.counts[groups[i]!] = values[i]!
  }

  reset(group: number): void {
    this.counts[group] = 0
  }
}
