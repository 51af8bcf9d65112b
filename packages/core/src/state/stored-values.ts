import type { Vector } from '../types/batch.js'
import { copyValue } from '../types/copy-batch.js'
import type { DataType, Value } from '../types/data-type.js'
import { compareValues } from '../types/value.js'
import { StoredColumn, wrongKind } from './stored-column.js'

/** BYTES, ARRAY, MAP and ROW as they are read. */
export class StoredValues extends StoredColumn {
  protected readonly width = 64
  readonly #compare: (a: Value, b: Value) => number
  readonly #values: Value[] = []

  constructor(capacity: number, type: DataType) {
    super(capacity)
    this.#compare = compareValues(type)
  }

  protected set(from: Vector, rows: Int32Array, slots: Int32Array, count: number): void {
    if (from.kind !== 'any') wrongKind(from)
    const { values, nulls } = from
    for (let i = 0; i < count; i++) {
      const row = rows[i]!
      this.#values[slots[i]!] = nulls !== null && nulls[row] !== 0 ? null : copyValue(values[row] as Value)
    }
  }

  protected same(slot: number, from: Vector, row: number): boolean {
    return from.kind === 'any' && this.#compare(this.#values[slot]!, from.values[row] as Value) === 0
  }

  compare(a: number, b: number): number {
    return this.#compare(this.#values[a]!, this.#values[b]!)
  }

  override forget(slot: number): void {
    this.#values[slot] = null
  }

  protected resize(): void {}

  protected view(nulls: Uint8Array | null): Vector {
    return { kind: 'any', values: this.#values, nulls }
  }
}
