import type { RowCompiler } from '../../../expressions/row-compiler.js'
import type { Accumulating } from '../../../functions/function.js'
import type { ExactVector, F64Vector, Vector } from '../../../types/batch.js'
import { BIGINT, DOUBLE, type DataType, type Value } from '../../../types/data-type.js'
import { vectorBuilderOf, type VectorBuilder } from '../../../types/vector-builder.js'
import type { Accumulator, ArgOperand, StoredForm } from '../accumulator.js'
import { GroupFields, resizedDoubles, unlessNull } from './group-fields.js'
import { OutputColumn } from './output-columns.js'

const NO_SPECIALS: readonly number[] = [0, 0, 0]

/**
 * `sum` and `avg` of FLOAT, DOUBLE and day intervals, compensated (Neumaier). State: the sum, its compensation, and the
 * count of values that are not NULL.
 *
 * Where rows are taken back, NaN and infinities are counted instead of added: a sum would never get rid of them.
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
  /** By group, how often NaN, ∞ and −∞ are there; null where rows are only added. */
  readonly #specials: Map<number, number[]> | null
  readonly stored?: StoredForm
  readonly #outputs = [new OutputColumn(), new OutputColumn(), new OutputColumn()] as const

  constructor(name: 'sum' | 'avg', type: DataType, implementation: Accumulating, retracting = false) {
    super()
    this.#specials = retracting ? new Map() : null
    if (retracting) this.stored = this.#storedForm()
    this.#function = implementation
    this.#average = name === 'avg'
    this.#general = this.#average && type.kind !== 'DOUBLE' ? vectorBuilderOf(type) : null
  }

  get bytes(): number {
    return this.sums.byteLength * 3
  }

  add(group: number, [value]: readonly Value[]): void {
    if (value === null) return
    if (this.#specials !== null && !Number.isFinite(value)) this.special(group, value as number, 1)
    else this.#add(group, value as number)
    this.counts[group]!++
  }

  retract(group: number, [value]: readonly Value[]): void {
    if (value === null) return
    if (Number.isFinite(value)) this.#add(group, -(value as number))
    else this.special(group, -(value as number), -1)
    this.counts[group]!--
  }

  merge(group: number, [sum, compensation, count]: readonly Value[]): void {
    this.#add(group, sum as number)
    this.compensations[group]! += compensation as number
    this.counts[group]! += Number(count)
  }

  /** @param value NaN or an infinity; negated where it is taken back (`by` −1) */
  special(group: number, value: number, by: number): void {
    let counts = this.#specials!.get(group)
    if (counts === undefined) this.#specials!.set(group, counts = [0, 0, 0])
    counts[Number.isNaN(value) ? 0 : value * by > 0 ? 1 : 2]! += by
  }

  #totalOf(group: number): number {
    const sum = this.sums[group]!
    const [nan, plus, minus] = this.#specials?.get(group) ?? NO_SPECIALS
    if (nan! > 0 || (plus! > 0 && minus! > 0)) return NaN
    if (plus! > 0 || minus! > 0) return plus! > 0 ? Infinity : -Infinity
    return Number.isFinite(sum) ? sum + this.compensations[group]! : sum
  }

  #storedForm(): StoredForm {
    const specials = [0, 1, 2].map(() => new OutputColumn())
    return {
      types: [DOUBLE, DOUBLE, BIGINT, DOUBLE, DOUBLE, DOUBLE],
      save: (groups, count) => {
        specials.forEach((output, s) => {
          output.begin(count)
          for (let i = 0; i < count; i++) output.doubles[i] = (this.#specials!.get(groups[i]!) ?? NO_SPECIALS)[s]!
        })
        return [...this.states(groups, count), ...specials.map((output) => output.f64())]
      },
      load: (group, [sum, compensation, count, ...counts]) => {
        this.sums[group] = sum as number
        this.compensations[group] = compensation as number
        this.counts[group] = Number(count)
        if (counts.some((n) => n !== 0)) this.#specials!.set(group, counts as number[])
      },
    }
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

  emitRetract(code: RowCompiler, [arg]: readonly ArgOperand[]): void {
    const subtraction = this.#additionOf(code, { value: `-(${arg!.value})` }, -1)
    unlessNull(arg!.isNull, [...subtraction, `${this.field(code, 'counts')}[g]--`]).forEach((line) => code.emit(line))
  }

  emitMerge(code: RowCompiler, [sum, compensation, count]: readonly ArgOperand[]): void {
    for (const line of this.#additionOf(code, sum!)) code.emit(line)
    code.emit(`${this.field(code, 'compensations')}[g] += ${compensation!.value}`)
    code.emit(`${this.field(code, 'counts')}[g] += Number(${count!.value})`)
  }

  #additionOf(code: RowCompiler, { value }: Pick<ArgOperand, 'value'>, sign = 1): string[] {
    const sums = this.field(code, 'sums')
    const compensations = this.field(code, 'compensations')
    const [before, added, after] = [code.name(), code.name(), code.name()]
    const special = `if (${added} - ${added} !== 0) ${code.constant(this)}.special(g, ${added}, ${sign})`
    return [
      `const ${before} = ${sums}[g], ${added} = ${value}, ${after} = ${before} + ${added}`,
      ...(this.#specials === null ? [] : [special, 'else {']),
      `if (${after} - ${after} === 0) {`,
      `if (Math.abs(${before}) >= Math.abs(${added})) ${compensations}[g] += ${before} - ${after} + ${added}`,
      `else ${compensations}[g] += ${added} - ${after} + ${before}`,
      '}',
      `${sums}[g] = ${after}`,
      ...(this.#specials === null ? [] : ['}']),
    ]
  }

  results(groups: Int32Array, count: number): Vector {
    if (this.#general !== null) return this.#generalResults(this.#general, groups, count)
    const [output] = this.#outputs
    output.begin(count)
    for (let i = 0; i < count; i++) {
      const group = groups[i]!
      const rows = this.counts[group]!
      const total = this.#totalOf(group)
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

  copyFrom(source: DoubleSumAccumulator, from: number, to: number): void {
    this.sums[to] = source.sums[from]!
    this.compensations[to] = source.compensations[from]!
    this.counts[to] = source.counts[from]!
    if (this.#specials === null) return
    const specials = source.#specials!.get(from)
    if (specials === undefined) this.#specials.delete(to)
    else this.#specials.set(to, [...specials])
  }

  load(groups: Int32Array, count: number, [sums, compensations, counts]: readonly Vector[]): void {
    for (let i = 0; i < count; i++) {
      const group = groups[i]!
      this.sums[group] = (sums as F64Vector).values[i]!
      this.compensations[group] = (compensations as F64Vector).values[i]!
      this.counts[group] = (counts as ExactVector).values[i]!
    }
  }

  reset(group: number): void {
    this.sums[group] = this.compensations[group] = this.counts[group] = 0
    if (this.#specials !== null && this.#specials.size > 0) this.#specials.delete(group)
  }
}
