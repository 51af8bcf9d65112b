import { valueKey } from '../../state/value-key.js'
import { vectorKindOf, type F64Vector, type Vector } from '../../types/batch.js'
import { copyValue } from '../../types/copy-batch.js'
import type { DataType, Value } from '../../types/data-type.js'
import { readValue } from '../../types/vector-access.js'
import { vectorBuilderOf, type VectorBuilder } from '../../types/vector-builder.js'
import { resizedBytes, resizedDoubles } from './columnar/group-fields.js'

/**
 * The results that an aggregate has emitted last, by group: what its next change takes back. Numbers lie in typed arrays.
 */
export class EmittedResults {
  /** 1 where the group has been emitted and not taken back. */
  has: Uint8Array = new Uint8Array(64)
  readonly #columns: readonly EmittedColumn[]
  #unequal: Uint8Array = new Uint8Array(0)

  constructor(types: readonly DataType[]) {
    this.#columns = types.map((type) => {
      const kind = vectorKindOf(type)
      return kind === 'bool' || kind === 'i32' || kind === 'f64' || kind === 'exact' ? new NumberColumn(kind) : new ValueColumn(type)
    })
  }

  get bytes(): number {
    return this.has.byteLength + this.#columns.reduce((sum, column) => sum + column.bytes, 0)
  }

  ensure(groupCount: number): void {
    if (this.has.length >= groupCount) return
    this.#resize(Math.max(groupCount, this.has.length * 2))
  }

  #resize(capacity: number): void {
    this.has = resizedBytes(this.has, capacity)
    for (const column of this.#columns) column.resize(capacity)
  }

  /** 1 for each of `groups[0 … count)` whose new results are not those emitted last. Valid until the next call. */
  changed(groups: Int32Array, count: number, results: readonly Vector[]): Uint8Array {
    if (this.#unequal.length < count) this.#unequal = new Uint8Array(count)
    this.#unequal.fill(0, 0, count)
    this.#columns.forEach((column, r) => column.markUnequal(results[r]!, groups, count, this.#unequal))
    return this.#unequal
  }

  /**
   * Columns of `count` rows: new results where `from[row] ≥ 0` says which, else those emitted last of group `groups[row]`.
   * Valid until the next call.
   */
  rows(results: readonly Vector[], from: Int32Array, groups: Int32Array, count: number): Vector[] {
    return this.#columns.map((column, r) => column.rows(results[r]!, from, groups, count))
  }

  /** Remembers the new results among the rows that were given to {@link rows}. */
  remember(results: readonly Vector[], from: Int32Array, groups: Int32Array, count: number): void {
    this.#columns.forEach((column, r) => column.remember(results[r]!, from, groups, count))
    for (let row = 0; row < count; row++) if (from[row]! >= 0) this.has[groups[row]!] = 1
  }

  forget(group: number): void {
    this.has[group] = 0
  }

  compact(live: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const group = live[i]!
      this.has[i] = this.has[group]!
      if (group !== i) for (const column of this.#columns) column.move(group, i)
    }
    this.has.fill(0, count)
    for (const column of this.#columns) column.cut(count)
    const needed = Math.max(64, count)
    if (needed * 4 < this.has.length) this.#resize(needed)
  }

  /** The results emitted last of groups, for snapshots: NULL where there is none. Valid until the next call. */
  held(groups: Int32Array, count: number): Vector[] {
    const has = new Uint8Array(count)
    for (let i = 0; i < count; i++) has[i] = this.has[groups[i]!]!
    return this.#columns.map((column) => column.held(groups, count, has))
  }

  /** What a group that comes back had emitted last. */
  set(group: number, values: readonly Value[]): void {
    this.has[group] = 1
    this.#columns.forEach((column, r) => column.set(group, values[r]!))
  }
}

interface EmittedColumn {
  readonly bytes: number
  resize(capacity: number): void
  markUnequal(results: Vector, groups: Int32Array, count: number, unequal: Uint8Array): void
  rows(results: Vector, from: Int32Array, groups: Int32Array, count: number): Vector
  remember(results: Vector, from: Int32Array, groups: Int32Array, count: number): void
  move(from: number, to: number): void
  /** Groups from `count` on are gone. */
  cut(count: number): void
  /** @param has 0 where a group has emitted nothing */
  held(groups: Int32Array, count: number, has: Uint8Array): Vector
  set(group: number, value: Value): void
}

/** BOOLEAN, integers, times and exact numbers; of the last those beyond 2⁵³ on the side, as bigints. */
class NumberColumn implements EmittedColumn {
  readonly #kind: 'bool' | 'i32' | 'f64' | 'exact'
  #values: Float64Array = new Float64Array(64)
  #nulls: Uint8Array = new Uint8Array(64)
  readonly #wide = new Map<number, bigint>()
  #rowValues: Uint8Array | Int32Array | Float64Array
  #rowNulls: Uint8Array = new Uint8Array(0)

  constructor(kind: 'bool' | 'i32' | 'f64' | 'exact') {
    this.#kind = kind
    this.#rowValues = this.#newRows(0)
  }

  get bytes(): number {
    return this.#values.byteLength + this.#nulls.byteLength + this.#wide.size * 64
  }

  #newRows(count: number): Uint8Array | Int32Array | Float64Array {
    return this.#kind === 'bool' ? new Uint8Array(count) : this.#kind === 'i32' ? new Int32Array(count) : new Float64Array(count)
  }

  resize(capacity: number): void {
    this.#values = resizedDoubles(this.#values, capacity)
    this.#nulls = resizedBytes(this.#nulls, capacity)
  }

  markUnequal(results: Vector, groups: Int32Array, count: number, unequal: Uint8Array): void {
    if (this.#isWide(results)) {
      for (let i = 0; i < count; i++) if (this.#exactAt(results, i) !== this.#exactOf(groups[i]!)) unequal[i] = 1
      return
    }
    const values = (results as F64Vector).values
    const { nulls } = results
    const [heldValues, heldNulls] = [this.#values, this.#nulls]
    for (let i = 0; i < count; i++) {
      const group = groups[i]!
      const isNull = nulls !== null && nulls[i] !== 0 ? 1 : 0
      const value = values[i]!
      const held = heldValues[group]!
      // NaN is NaN here.
      if (isNull !== heldNulls[group] || (isNull === 0 && value !== held && (value === value || held === held))) unequal[i] = 1
    }
  }

  /** True if numbers beyond 2⁵³ are about. */
  #isWide(results: Vector): results is Extract<Vector, { kind: 'exact' }> {
    if (results.kind === 'exact' && (results.wide !== null || this.#wide.size > 0)) return true
    return false
  }

  #exactAt(results: Extract<Vector, { kind: 'exact' }>, row: number): bigint | null {
    if (results.nulls !== null && results.nulls[row] !== 0) return null
    return results.wide === null ? BigInt(results.values[row]!) : results.wide[row]!
  }

  #exactOf(group: number): bigint | null {
    return this.#nulls[group] !== 0 ? null : this.#wide.get(group) ?? BigInt(this.#values[group]!)
  }

  rows(results: Vector, from: Int32Array, groups: Int32Array, count: number): Vector {
    if (this.#rowValues.length < count) [this.#rowValues, this.#rowNulls] = [this.#newRows(count), new Uint8Array(count)]
    if (this.#isWide(results)) return this.#wideRows(results, from, groups, count)
    const source = (results as F64Vector).values
    const { nulls } = results
    const [values, rowNulls, heldValues, heldNulls] = [this.#rowValues, this.#rowNulls, this.#values, this.#nulls]
    let anyNull = 0
    for (let row = 0; row < count; row++) {
      const at = from[row]!
      if (at >= 0) {
        values[row] = source[at]!
        anyNull |= rowNulls[row] = nulls === null ? 0 : nulls[at]!
      } else {
        const group = groups[row]!
        values[row] = heldValues[group]!
        anyNull |= rowNulls[row] = heldNulls[group]!
      }
    }
    const vector = { kind: this.#kind, values, nulls: anyNull === 0 ? null : rowNulls }
    return (this.#kind === 'exact' ? { ...vector, wide: null } : vector) as Vector
  }

  #wideRows(results: Extract<Vector, { kind: 'exact' }>, from: Int32Array, groups: Int32Array, count: number): Vector {
    const rows = Array.from({ length: count }, (_, row) => {
      const at = from[row]!
      return at >= 0 ? this.#exactAt(results, at) : this.#exactOf(groups[row]!)
    })
    rows.forEach((value, row) => { this.#rowNulls[row] = value === null ? 1 : 0 })
    return { kind: 'exact', values: this.#rowValues as Float64Array, wide: rows.map((value) => value ?? 0n), nulls: this.#rowNulls }
  }

  remember(results: Vector, from: Int32Array, groups: Int32Array, count: number): void {
    if (this.#isWide(results)) {
      for (let row = 0; row < count; row++) if (from[row]! >= 0) this.set(groups[row]!, this.#exactAt(results, from[row]!))
      return
    }
    const values = (results as F64Vector).values
    const { nulls } = results
    for (let row = 0; row < count; row++) {
      const at = from[row]!
      if (at < 0) continue
      const group = groups[row]!
      this.#values[group] = values[at]!
      this.#nulls[group] = nulls === null ? 0 : nulls[at]!
    }
  }

  move(from: number, to: number): void {
    this.#values[to] = this.#values[from]!
    this.#nulls[to] = this.#nulls[from]!
    const wide = this.#wide.get(from)
    if (wide === undefined) this.#wide.delete(to)
    else this.#wide.set(to, wide)
  }

  cut(count: number): void {
    for (const group of this.#wide.keys()) if (group >= count) this.#wide.delete(group)
  }

  held(groups: Int32Array, count: number, has: Uint8Array): Vector {
    const values = this.#newRows(count)
    const nulls = new Uint8Array(count)
    for (let i = 0; i < count; i++) {
      const group = groups[i]!
      values[i] = this.#values[group]!
      nulls[i] = has[i] === 0 ? 1 : this.#nulls[group]!
    }
    const vector = { kind: this.#kind, values, nulls: nulls.includes(1) ? nulls : null }
    if (this.#kind !== 'exact') return vector as Vector
    if (this.#wide.size === 0) return { ...vector, wide: null } as Vector
    return { ...vector, wide: Array.from(groups.subarray(0, count), (group, i) => (nulls[i] === 0 ? this.#exactOf(group)! : 0n)) } as Vector
  }

  set(group: number, value: Value): void {
    this.#nulls[group] = value === null ? 1 : 0
    this.#wide.delete(group)
    if (value === null) return
    const narrow = Number(value as bigint | number | boolean)
    if (typeof value === 'bigint' && !Number.isSafeInteger(narrow)) this.#wide.set(group, value)
    else this.#values[group] = narrow
  }
}

/** All other types, value by value. */
class ValueColumn implements EmittedColumn {
  readonly #type: DataType
  readonly #builder: VectorBuilder
  #values: Value[] = []

  constructor(type: DataType) {
    this.#type = type
    this.#builder = vectorBuilderOf(type)
  }

  get bytes(): number {
    return this.#values.length * VALUE_BYTES
  }

  resize(): void {}

  markUnequal(results: Vector, groups: Int32Array, count: number, unequal: Uint8Array): void {
    for (let i = 0; i < count; i++) {
      const held = this.#values[groups[i]!]
      const value = readValue(results, this.#type, i)
      const same = typeof value === 'object' && value !== null ? valueKey(value, this.#type) === valueKey(held, this.#type) : value === held
      if (!same) unequal[i] = 1
    }
  }

  rows(results: Vector, from: Int32Array, groups: Int32Array, count: number): Vector {
    this.#builder.reset()
    for (let row = 0; row < count; row++) {
      this.#builder.append(from[row]! >= 0 ? readValue(results, this.#type, from[row]!) : this.#values[groups[row]!]!)
    }
    return this.#builder.finish(count)
  }

  remember(results: Vector, from: Int32Array, groups: Int32Array, count: number): void {
    for (let row = 0; row < count; row++) {
      if (from[row]! >= 0) this.#values[groups[row]!] = copyValue(readValue(results, this.#type, from[row]!))
    }
  }

  move(from: number, to: number): void {
    this.#values[to] = this.#values[from]!
  }

  cut(count: number): void {
    if (this.#values.length > count) this.#values.length = count
  }

  held(groups: Int32Array, count: number, has: Uint8Array): Vector {
    this.#builder.reset()
    for (let i = 0; i < count; i++) this.#builder.append(has[i] === 0 ? null : this.#values[groups[i]!] ?? null)
    return this.#builder.finish(count)
  }

  set(group: number, value: Value): void {
    this.#values[group] = value
  }
}

/** What a value is reckoned to take. */
const VALUE_BYTES = 64
