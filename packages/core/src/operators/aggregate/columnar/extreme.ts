import type { RowCompiler } from '../../../expressions/row-compiler.js'
import { NARROW_MAX } from '../../../limits.js'
import type { ExactVector, F64Vector, I32Vector, Vector } from '../../../types/batch.js'
import type { Value } from '../../../types/data-type.js'
import type { Accumulator, ArgOperand } from '../accumulator.js'
import { GroupFields, resizedBytes, resizedDoubles, unlessNull } from './group-fields.js'
import { OutputColumn } from './output-columns.js'

/**
 * `min` and `max` of numbers and times; NaN counts as greatest. State: the value.
 *
 * A group without values has NaN for `min` and −Infinity for `max`: whatever comes first replaces it. Exact numbers
 * beyond 2⁵³ are bigints on the side; once there are any, only code for wide numbers may go on.
 */
export class ExtremeAccumulator extends GroupFields implements Accumulator {
  readonly boxes = false
  values: Float64Array
  /** 1 where the group has a value. */
  seen: Uint8Array = new Uint8Array(64)
  /** By group, a value that does not fit into `values`. */
  readonly #large = new Map<number, bigint>()
  readonly #least: boolean
  readonly #empty: number
  readonly #kind: 'i32' | 'f64' | 'exact'
  readonly #output = new OutputColumn()

  constructor(name: 'min' | 'max', kind: 'i32' | 'f64' | 'exact') {
    super()
    this.#least = name === 'min'
    this.#empty = this.#least ? NaN : -Infinity
    this.#kind = kind
    this.values = new Float64Array(64).fill(this.#empty)
  }

  get wide(): boolean {
    return this.#large.size > 0
  }

  get bytes(): number {
    return this.values.byteLength + this.seen.byteLength + this.#large.size * 64
  }

  add(group: number, [value]: readonly Value[]): void {
    if (value === null) return
    if (typeof value === 'bigint') return this.addWide(group, value)
    const v = value as number
    const held = this.values[group]!
    if (this.#least ? v < held || held !== held : v > held || v !== v) this.values[group] = v
    this.seen[group] = 1
  }

  retract(): never {
    throw new Error('broken rule: a counted extreme takes rows back')
  }

  emitRetract(): never {
    return this.retract()
  }

  merge(group: number, state: readonly Value[]): void {
    this.add(group, state)
  }

  /** Takes the value of a group of another one. Neither of the two is `wide`. */
  mergeNarrow(group: number, source: ExtremeAccumulator, from: number): void {
    if (source.seen[from] === 0) return
    const v = source.values[from]!
    const held = this.values[group]!
    if (this.#least ? v < held || held !== held : v > held || v !== v) this.values[group] = v
    this.seen[group] = 1
  }

  addWide(group: number, value: bigint): void {
    if (this.seen[group] !== 0) {
      const held = this.#valueOf(group)
      if (this.#least ? value >= held : value <= held) return
    }
    this.seen[group] = 1
    if (value > NARROW_MAX || value < -NARROW_MAX) {
      this.#large.set(group, value)
      return
    }
    this.#large.delete(group)
    this.values[group] = Number(value)
  }

  #valueOf(group: number): bigint {
    return this.#large.get(group) ?? BigInt(this.values[group]!)
  }

  /**
   * `min`, of a DOUBLE column without NULLs:
   * ```js
   * if (c0_values[i] < k1_values[g] || k1_values[g] !== k1_values[g]) k1_values[g] = c0_values[i]
   * k1_seen[g] = 1
   * ```
   */
  emitAdd(code: RowCompiler, [arg]: readonly ArgOperand[]): void {
    const { value, isNull, representation } = arg!
    const statements = representation === 'bigint' ? [`${code.constant(this)}.addWide(g, ${value})`] : this.#comparison(code, value)
    for (const line of unlessNull(isNull, statements)) code.emit(line)
  }

  #comparison(code: RowCompiler, value: string): string[] {
    const held = `${this.field(code, 'values')}[g]`
    const better = this.#least ? `${value} < ${held} || ${held} !== ${held}` : `${value} > ${held}`
    const nan = !this.#least && this.#kind === 'f64' ? ` || ${value} !== ${value}` : ''
    return [`if (${better}${nan}) ${held} = ${value}`, `${this.field(code, 'seen')}[g] = 1`]
  }

  emitMerge(code: RowCompiler, state: readonly ArgOperand[]): void {
    this.emitAdd(code, state)
  }

  results(groups: Int32Array, count: number): Vector {
    const output = this.#output
    output.begin(count)
    for (let i = 0; i < count; i++) {
      const group = groups[i]!
      if (this.seen[group] === 0) output.setNull(i)
      else output.doubles[i] = this.values[group]!
    }
    if (this.#kind === 'i32') return output.i32()
    if (this.#kind === 'f64') return output.f64()
    if (!this.wide) return output.exact()
    return output.exact(Array.from({ length: count }, (_, i) => this.seen[groups[i]!] === 0 ? 0n : this.#valueOf(groups[i]!)))
  }

  states(groups: Int32Array, count: number): Vector[] {
    return [this.results(groups, count)]
  }

  protected resize(capacity: number): void {
    this.values = resizedDoubles(this.values, capacity, this.#empty)
    this.seen = resizedBytes(this.seen, capacity)
  }

  copyFrom(source: ExtremeAccumulator, from: number, to: number): void {
    this.values[to] = source.values[from]!
    this.seen[to] = source.seen[from]!
    const large = source.#large.get(from)
    if (large === undefined) this.#large.delete(to)
    else this.#large.set(to, large)
  }

  load(groups: Int32Array, count: number, [states]: readonly Vector[]): void {
    const { values, nulls } = states as I32Vector | F64Vector | ExactVector
    const wide = (states as ExactVector).wide ?? null
    for (let i = 0; i < count; i++) {
      if (nulls !== null && nulls[i] !== 0) continue
      if (wide !== null) {
        this.addWide(groups[i]!, wide[i]!)
        continue
      }
      this.values[groups[i]!] = values[i]!
      this.seen[groups[i]!] = 1
    }
  }

  reset(group: number): void {
    this.values[group] = this.#empty
    this.seen[group] = 0
    if (this.#large.size > 0) this.#large.delete(group)
  }
}
