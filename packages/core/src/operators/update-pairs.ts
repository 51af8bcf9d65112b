import { RowGather } from '../expressions/selected-rows.js'
import { valueKey } from '../state/value-key.js'
import { batchOf, DELETE, INSERT, UPDATE_AFTER, UPDATE_BEFORE, type Batch } from '../types/batch.js'
import type { Schema } from '../types/data-type.js'
import { readValue } from '../types/vector-access.js'

/**
 * Keeps updates whole behind a filter and a projection: of a pair `-U`, `+U` of which one row alone is left, that row is a
 * `-D` or a `+I`; a pair of equal rows is nothing. So whoever keeps rows by key can go by the new forms and the deletions.
 *
 * A pair is two rows that stand side by side in one batch. Halves that an exchange or the border of a batch has parted
 * count as a row that goes and one that comes, which is the same.
 */
export class UpdatePairs {
  readonly #schema: Schema
  /** Rows that differed may have become equal. */
  readonly #mayBeEqual: boolean
  readonly #chosen: ChosenRows
  #kinds: Uint8Array = new Uint8Array(0)
  #kept: Int32Array = new Int32Array(0)

  constructor(schema: Schema, mayBeEqual: boolean) {
    this.#schema = schema
    this.#mayBeEqual = mayBeEqual
    this.#chosen = new ChosenRows(schema.length)
  }

  /**
   * @param result rows of `source`, projected
   * @param selection where they were there, if not all are left
   * @returns null where nothing is left; valid until the next call and as long as `result` is
   */
  settle(result: Batch, source: Batch, selection: Int32Array): Batch | null {
    const { length } = result
    const before = source.rowKinds!
    const all = length === source.length
    if (all && !this.#mayBeEqual) return result
    if (this.#kinds.length < length) {
      this.#kinds = new Uint8Array(length)
      this.#kept = new Int32Array(length)
    }
    const kinds = this.#kinds
    const kept = this.#kept
    let count = 0
    for (let row = 0; row < length; row++) {
      const place = all ? row : selection[row]!
      const kind = before[place]!
      kinds[row] = kind === UPDATE_BEFORE ? DELETE : kind === UPDATE_AFTER ? INSERT : kind
      const isPair = kind === UPDATE_BEFORE && row + 1 < length && before[place + 1] === UPDATE_AFTER
        && (all || selection[row + 1] === place + 1)
      if (isPair) {
        kinds[row] = UPDATE_BEFORE
        kinds[row + 1] = UPDATE_AFTER
        row++
        if (this.#mayBeEqual && this.#areEqual(result, row - 1, row)) continue
        kept[count++] = row - 1
      }
      kept[count++] = row
    }
    if (count === length) return batchOf(result.columns, length, kinds, result.origin)
    return count === 0 ? null : this.#chosen.of({ ...result, rowKinds: kinds }, kept, count)
  }

  #areEqual(batch: Batch, a: number, b: number): boolean {
    return this.#schema.every(({ type }, c) => {
      const vector = batch.columns[c]!
      const isNull = vector.nulls !== null && vector.nulls[a] !== 0
      if (isNull || (vector.nulls !== null && vector.nulls[b] !== 0)) return isNull && vector.nulls![b] !== 0
      switch (vector.kind) {
        case 'bool': case 'i32': return vector.values[a] === vector.values[b]
        case 'f64': return Object.is(vector.values[a], vector.values[b])
        case 'exact': return vector.wide === null ? vector.values[a] === vector.values[b] : vector.wide[a] === vector.wide[b]
        case 'dict': return vector.codes[a] === vector.codes[b]
        default: return valueKey(readValue(vector, type, a), type) === valueKey(readValue(vector, type, b), type)
      }
    })
  }
}

/** What a table that keeps the last row of each key is told: everything but the old forms of rows. */
export class NewForms {
  readonly #chosen: ChosenRows
  #kept: Int32Array = new Int32Array(0)

  constructor(width: number) {
    this.#chosen = new ChosenRows(width)
  }

  /** Null where nothing is left; valid until the next call and as long as the batch is. */
  of(batch: Batch): Batch | null {
    const kinds = batch.rowKinds
    if (kinds === null) return batch
    if (this.#kept.length < batch.length) this.#kept = new Int32Array(batch.length)
    let count = 0
    for (let row = 0; row < batch.length; row++) if (kinds[row] !== UPDATE_BEFORE) this.#kept[count++] = row
    if (count === batch.length) return batch
    return count === 0 ? null : this.#chosen.of(batch, this.#kept, count)
  }
}

/** Copies chosen rows of batches, with their kinds. */
class ChosenRows {
  readonly #gathers: readonly RowGather[]
  #kinds: Uint8Array = new Uint8Array(0)

  constructor(width: number) {
    this.#gathers = Array.from({ length: width }, () => new RowGather())
  }

  of(batch: Batch, rows: Int32Array, count: number): Batch {
    if (this.#kinds.length < count) this.#kinds = new Uint8Array(batch.length)
    for (let i = 0; i < count; i++) this.#kinds[i] = batch.rowKinds![rows[i]!]!
    return batchOf(this.#gathers.map((gather, c) => gather.gather(batch.columns[c]!, rows, count)), count, this.#kinds)
  }
}
