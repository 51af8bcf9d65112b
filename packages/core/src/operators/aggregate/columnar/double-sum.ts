import type { RowCompiler } from '../../../expressions/row-compiler.js'
import type { Accumulating } from '../../../functions/function.js'
import type { Vector } from '../../../types/batch.js'
import type { DataType, Value } from '../../../types/data-type.js'
import { vectorBuilderOf, type VectorBuilder } from '../../../types/vector-builder.js'
import type { Accumulator, ArgOperand } from '../accumulator.js'
import { GroupFields, resizedDoubles, unlessNull } from './group-fields.js'
import { OutputColumn } from './output-columns.js'

/**
 * `sum` and `avg` of FLOAT, DOUBLE and day intervals, compensated (Neumaier). State: the sum, its compensation, and the
 * count of values that are not NULL.
 */
export class DoubleSumAccumulator extends GroupFields implements Accumulator {
  readonly boxes = false
  readonly wide = false
  sums: Float64Array = new Float64Array(64)
  compensations: Float64Array = new Float64Array(64)
  counts: Float64Array = new Float64Array(64)
  readonly #function: Accumulating
  readonly #general: VectorBuilder | null
  readonly #average: boolean
  readonly #outputs = [new OutputColumn(), new OutputColumn(), new OutputColumn()] as const

  constructor(name: 'sum' | 'avg', type: DataType, implementation: Accumulating) {
    super()
    this.#function = implementation
    this.#average = name === 'avg'
    this.#general = this.#average && type.kind !== 'DOUBLE' ? vectorBuilderOf(type) : null
  }

  get bytes(): number {
    return this.sums.byteLength * 3
  }

  add(group: number, [value]: readonly Value[]): void {
    if (value === null) return
    this.#add(group, value as number)
    this.counts[group]!++
  }

  retract(group: number, [value]: readonly Value[]): void {
    if (value === null) return
    this.#add(group, -(value as number))
    this.counts[group]!--
  }

  merge(group: number, [sum, compensation, count]: readonly Value[]): void {
    this.#add(group, sum as number)
    this.compensations[group]! += compensation as number
    this.counts[group]! += Number(count)
  }

  #add(group: number, value: number): void {
    const before = this.sums[group]!
    const after = before + value
    if (Number.isFinite(after)) {
      this.compensations[group]! += Math.abs(before) >= Math.abs(value) ? before - after + value : value - after + before
    }
    this.sums[group] = after
  }

  /**
   * ```js
   * const t1 = k1_sums[g], t2 = c0_values[i], t3 = t1 + t2
   * if (t3 - t3 === 0) {                                    // finite
   *   if (Math.abs(t1) >= Math.abs(t2)) k1_compensations[g] += t1 - t3 + t2
   *   else k1_compensations[g] += t2 - t3 + t1
   * }
   * k1_sums[g] = t3
   * k1_counts[g]++
   * ```
   */
  emitAdd(code: RowCompiler, [arg]: readonly ArgOperand[]): void {
    unlessNull(arg!.isNull, [...this.#additionOf(code, arg!), `${this.field(code, 'counts')}[g]++`]).forEach((line) => code.emit(line))
  }

  emitMerge(code: RowCompiler, [sum, compensation, count]: readonly ArgOperand[]): void {
    for (const line of this.#additionOf(code, sum!)) code.emit(line)
    code.emit(`${this.field(code, 'compensations')}[g] += ${compensation!.value}`)
    code.emit(`${this.field(code, 'counts')}[g] += Number(${count!.value})`)
  }

  #additionOf(code: RowCompiler, { value }: ArgOperand): string[] {
    const sums = this.field(code, 'sums')
    const compensations = this.field(code, 'compensations')
    const [before, added, after] = [code.name(), code.name(), code.name()]
    return [
      `const ${before} = ${sums}[g], ${added} = ${value}, ${after} = ${before} + ${added}`,
      `if (${after} - ${after} === 0) {`,
      `if (Math.abs(${before}) >= Math.abs(${added})) ${compensations}[g] += ${before} - ${after} + ${added}`,
      `else ${compensations}[g] += ${added} - ${after} + ${before}`,
      '}',
      `${sums}[g] = ${after}`,
    ]
  }

  results(groups: Int32Array, count: number): Vector {
    if (this.#general !== null) return this.#generalResults(this.#general, groups, count)
    const [output] = this.#outputs
    output.begin(count)
    for (let i = 0; i < count; i++) {
      const group = groups[i]!
      const rows = this.counts[group]!
      const sum = this.sums[group]!
      const total = Number.isFinite(sum) ? sum + this.compensations[group]! : sum
      if (rows === 0) output.setNull(i)
      else output.doubles[i] = this.#average ? total / rows : total
    }
    return output.f64()
  }

  #generalResults(builder: VectorBuilder, groups: Int32Array, count: number): Vector {
    builder.reset()
    for (let i = 0; i < count; i++) {
      const group = groups[i]!
      const state = this.#function.load([this.sums[group]!, this.compensations[group]!, BigInt(this.counts[group]!)])
      builder.append(this.#function.result(state))
    }
    return builder.finish(count)
  }

  states(groups: Int32Array, count: number): Vector[] {
    const [sums, compensations, counts] = this.#outputs
    for (const output of this.#outputs) output.begin(count)
    for (let i = 0; i < count; i++) {
      const group = groups[i]!
      sums.doubles[i] = this.sums[group]!
      compensations.doubles[i] = this.compensations[group]!
      counts.doubles[i] = this.counts[group]!
    }
    return [sums.f64(), compensations.f64(), counts.exact()]
  }

  protected resize(capacity: number): void {
    this.sums = resizedDoubles(this.sums, capacity)
    this.compensations = resizedDoubles(this.compensations, capacity)
    this.counts = resizedDoubles(this.counts, capacity)
  }

  protected move(from: number, to: number): void {
    this.sums[to] = this.sums[from]!
    this.compensations[to] = this.compensations[from]!
    this.counts[to] = this.counts[from]!
  }

  reset(group: number): void {
    this.sums[group] = this.compensations[group] = this.counts[group] = 0
  }
}
