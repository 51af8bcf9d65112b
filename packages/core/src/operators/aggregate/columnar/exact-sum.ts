import type { RowCompiler } from '../../../expressions/row-compiler.js'
import type { Accumulating } from '../../../functions/function.js'
import { NARROW_MAX } from '../../../limits.js'
import type { ExactVector, Vector } from '../../../types/batch.js'
import type { DataType, Value } from '../../../types/data-type.js'
import { vectorBuilderOf, type VectorBuilder } from '../../../types/vector-builder.js'
import type { Accumulator, ArgOperand } from '../accumulator.js'
import { GroupFields, resizedDoubles, unlessNull } from './group-fields.js'
import { OutputColumn } from './output-columns.js'

/**
 * `sum` and `avg` of BIGINT and DECIMAL. State: the sum, and the count of values that are not NULL.
 *
 * A sum is a whole number in a double as long as that holds it exactly; what goes beyond is carried over into a bigint
 * of its group. The sum is the two together, so either may be of any sign.
 */
export class ExactSumAccumulator extends GroupFields implements Accumulator {
  readonly boxes = false
  readonly wide = false
  sums: Float64Array = new Float64Array(64)
  counts: Float64Array = new Float64Array(64)
  /** By group, what no longer fits into `sums`. */
  readonly #carried = new Map<number, bigint>()
  readonly #name: 'sum' | 'avg'
  readonly #type: DataType
  readonly #function: Accumulating
  readonly #general: VectorBuilder
  readonly #sumOutput = new OutputColumn()
  readonly #countOutput = new OutputColumn()

  constructor(name: 'sum' | 'avg', type: DataType, implementation: Accumulating) {
    super()
    this.#name = name
    this.#type = type
    this.#function = implementation
    this.#general = vectorBuilderOf(type)
  }

  /** Whether `sums` and `counts` do not say all. */
  get carries(): boolean {
    return this.#carried.size > 0
  }

  get bytes(): number {
    return this.sums.byteLength + this.counts.byteLength + this.#carried.size * 64
  }

  add(group: number, [value]: readonly Value[]): void {
    if (value === null) return
    this.addWide(group, value as bigint)
    this.counts[group]!++
  }

  retract(group: number, [value]: readonly Value[]): void {
    if (value === null) return
    this.addWide(group, -(value as bigint))
    this.counts[group]!--
  }

  merge(group: number, [sum, count]: readonly Value[]): void {
    this.addWide(group, sum as bigint)
    this.counts[group]! += Number(count)
  }

  addWide(group: number, value: bigint): void {
    const sum = this.sums[group]! + Number(value)
    if (value <= NARROW_MAX && value >= -NARROW_MAX && sum <= NARROW_MAX && sum >= -NARROW_MAX) this.sums[group] = sum
    else this.#carry(group, value)
  }

  /** Adds a value with which the sum leaves the safe integers. */
  spill(group: number, value: number): void {
    this.#carry(group, BigInt(value))
  }

  #carry(group: number, value: bigint): void {
    this.#carried.set(group, this.#sumOf(group) + value)
    this.sums[group] = 0
  }

  #sumOf(group: number): bigint {
    return (this.#carried.get(group) ?? 0n) + BigInt(this.sums[group]!)
  }

  /**
   * Of a narrow column:
   * ```js
   * const t1 = k1_sums[g] + c0_values[i]
   * if (t1 <= 9007199254740991 && t1 >= -9007199254740991) k1_sums[g] = t1
   * else k1.spill(g, c0_values[i])
   * k1_counts[g]++
   * ```
   */
  emitAdd(code: RowCompiler, [arg]: readonly ArgOperand[]): void {
    const counts = this.field(code, 'counts')
    unlessNull(arg!.isNull, [...this.#additionOf(code, arg!), `${counts}[g]++`]).forEach((line) => code.emit(line))
  }

  emitRetract(code: RowCompiler, [arg]: readonly ArgOperand[]): void {
    const counts = this.field(code, 'counts')
    const { value, representation } = arg!
    const negated = { value: `-(${value})`, representation }
    unlessNull(arg!.isNull, [...this.#additionOf(code, negated), `${counts}[g]--`]).forEach((line) => code.emit(line))
  }

  emitMerge(code: RowCompiler, [sum, count]: readonly ArgOperand[]): void {
    for (const line of this.#additionOf(code, sum!)) code.emit(line)
    code.emit(`${this.field(code, 'counts')}[g] += Number(${count!.value})`)
  }

  #additionOf(code: RowCompiler, { value, representation }: Pick<ArgOperand, 'value' | 'representation'>): string[] {
    const owner = code.constant(this)
    if (representation === 'bigint') return [`${owner}.addWide(g, ${value})`]
    const sums = this.field(code, 'sums')
    const t = code.name()
    return [
      `const ${t} = ${sums}[g] + ${value}`,
      `if (${t} <= ${NARROW_MAX} && ${t} >= -${NARROW_MAX}) ${sums}[g] = ${t}`,
      `else ${owner}.spill(g, ${value})`,
    ]
  }

  results(groups: Int32Array, count: number): Vector {
    const average = this.#name === 'avg'
    if (this.#carried.size > 0 || (average && this.#type.kind !== 'DOUBLE')) return this.#generalResults(groups, count)
    const output = this.#sumOutput
    output.begin(count)
    for (let i = 0; i < count; i++) {
      const group = groups[i]!
      const rows = this.counts[group]!
      if (rows === 0) output.setNull(i)
      else output.doubles[i] = average ? this.sums[group]! / rows : this.sums[group]!
    }
    return average ? output.f64() : output.exact()
  }

  /** By the function's own definition, which checks the range. */
  #generalResults(groups: Int32Array, count: number): Vector {
    this.#general.reset()
    for (let i = 0; i < count; i++) {
      const state = this.#function.load([this.#sumOf(groups[i]!), BigInt(this.counts[groups[i]!]!)])
      this.#general.append(this.#function.result(state))
    }
    return this.#general.finish(count)
  }

  states(groups: Int32Array, count: number): Vector[] {
    this.#sumOutput.begin(count)
    this.#countOutput.begin(count)
    for (let i = 0; i < count; i++) {
      this.#sumOutput.doubles[i] = this.sums[groups[i]!]!
      this.#countOutput.doubles[i] = this.counts[groups[i]!]!
    }
    const wide = this.#carried.size === 0 ? null : Array.from({ length: count }, (_, i) => this.#sumOf(groups[i]!))
    return [this.#sumOutput.exact(wide), this.#countOutput.exact()]
  }

  protected resize(capacity: number): void {
    this.sums = resizedDoubles(this.sums, capacity)
    this.counts = resizedDoubles(this.counts, capacity)
  }

  copyFrom(source: ExactSumAccumulator, from: number, to: number): void {
    this.sums[to] = source.sums[from]!
    this.counts[to] = source.counts[from]!
    const carried = source.#carried.get(from)
    if (carried === undefined) this.#carried.delete(to)
    else this.#carried.set(to, carried)
  }

  load(groups: Int32Array, count: number, [sums, counts]: readonly Vector[]): void {
    const { values, wide } = sums as ExactVector
    const rows = (counts as ExactVector).values
    for (let i = 0; i < count; i++) {
      if (wide === null) this.sums[groups[i]!] = values[i]!
      else this.addWide(groups[i]!, wide[i]!)
      this.counts[groups[i]!] = rows[i]!
    }
  }

  reset(group: number): void {
    this.sums[group] = 0
    this.counts[group] = 0
    if (this.#carried.size > 0) this.#carried.delete(group)
  }
}
