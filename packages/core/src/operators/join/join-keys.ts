import { GroupTable } from '../../state/group-table.js'
import type { Batch } from '../../types/batch.js'
import type { Schema } from '../../types/data-type.js'
import { NONE } from './join-side.js'

/** Groups without rows that are let be before it is looked whether a compaction pays. */
const SPARE_GROUPS = 4_096

/** Rows chained by the groups of their keys. */
export interface Chained {
  readonly heads: Int32Array
  renumber(places: Int32Array, count: number): void
}

/** Numbers the keys of both sides of a join: rows that may go together have one group. */
export class JoinKeys {
  readonly #columns: readonly (readonly number[])[]
  readonly #nullsEqual: readonly boolean[]
  readonly #table: GroupTable | null
  #groups: Int32Array = new Int32Array(0)
  #checkAt = SPARE_GROUPS

  /** @param columns of the keys, by side; the types of both sides are the same */
  constructor(columns: readonly (readonly number[])[], nullsEqual: readonly boolean[], left: Schema) {
    this.#columns = columns
    this.#nullsEqual = nullsEqual
    this.#table = nullsEqual.length === 0 ? null : new GroupTable(columns[0]!.map((c) => left[c]!.type))
  }

  get size(): number {
    return this.#table === null ? 1 : this.#table.size
  }

  get bytes(): number {
    return this.#table === null ? 0 : this.#table.bytes
  }

  /** The groups of a batch's rows, {@link NONE} for a key that equals nothing. Valid until the next call. */
  groupsOf(batch: Batch, side: number): Int32Array {
    if (this.#groups.length < batch.length) this.#groups = new Int32Array(batch.length)
    const groups = this.#groups
    if (this.#table === null) return groups.fill(0, 0, batch.length)
    const vectors = this.#columns[side]!.map((c) => batch.columns[c]!)
    this.#table.groupsOf(vectors, batch.length, groups)
    vectors.forEach((vector, k) => {
      if (this.#nullsEqual[k]) return
      const { nulls } = vector
      if (nulls !== null) for (let i = 0; i < batch.length; i++) if (nulls[i] !== 0) groups[i] = NONE
      if (vector.kind === 'f64') for (let i = 0; i < batch.length; i++) if (vector.values[i] !== vector.values[i]) groups[i] = NONE
    })
    return groups
  }

  /** Forgets keys of which no side has a row, if they have become the greater part. Between two batches. */
  compact(sides: readonly Chained[]): void {
    const table = this.#table
    if (table === null || table.size < this.#checkAt) return
    const live = new Int32Array(table.size)
    let count = 0
    for (let group = 0; group < table.size; group++) if (sides.some(({ heads }) => group < heads.length && heads[group] !== NONE)) live[count++] = group
    if (count * 2 < table.size) {
      const places = new Int32Array(table.size).fill(NONE)
      for (let i = 0; i < count; i++) places[live[i]!] = i
      table.compact(live, count)
      for (const side of sides) side.renumber(places, count)
    }
    this.#checkAt = table.size * 2 + SPARE_GROUPS
  }
}
