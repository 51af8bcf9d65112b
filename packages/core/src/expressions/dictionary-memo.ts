import { NARROW_MAX } from '../limits.js'
import type { DataType, Value } from '../types/data-type.js'
import { isExact } from '../types/data-type.js'
import type { Dictionary } from '../types/dictionary.js'
import { representationOf } from './operand.js'

/** States of a slot. For BOOLEAN results they are the result. */
export const UNKNOWN = 0
export const IS_NULL = 1
export const IS_FALSE = 2
export const IS_TRUE = 3
export const HAS_VALUE = 2
/** An exact result that is no safe integer, met by code for narrow numbers. */
export const TOO_WIDE = 4

/**
 * Results of an expression whose only input is one dictionary-coded column, by code: `symbol LIKE 'A%'` is evaluated once
 * for every distinct symbol and costs one array access a row after that. Slot 0 belongs to NULL, slot code + 1 to a code.
 */
export class DictionaryMemo {
  readonly #evaluate: (text: string | null) => Value
  readonly #type: DataType
  readonly #wide: boolean
  readonly #tables: WeakMap<Dictionary, MemoTable> = new WeakMap()

  /**
   * @param evaluate the expression; what it throws is thrown again for every row that has the text
   * @param wide exact results stay bigints
   */
  constructor(evaluate: (text: string | null) => Value, type: DataType, wide: boolean) {
    this.#evaluate = evaluate
    this.#type = type
    this.#wide = wide
  }

  /** The results for a dictionary, with room for all its present codes. Called once a batch. */
  tableOf(dictionary: Dictionary): MemoTable {
    let table = this.#tables.get(dictionary)
    if (table === undefined) {
      table = new MemoTable(dictionary.texts, this.#evaluate, this.#type, this.#wide)
      this.#tables.set(dictionary, table)
    }
    table.reserve(dictionary.size + 1)
    return table
  }
}

export class MemoTable {
  states: Uint8Array = new Uint8Array(16)
  values: Float64Array | Value[]
  readonly #texts: readonly string[]
  readonly #evaluate: (text: string | null) => Value
  readonly #narrow: boolean

  constructor(texts: readonly string[], evaluate: (text: string | null) => Value, type: DataType, wide: boolean) {
    this.values = representationOf(type, wide) === 'number' ? new Float64Array(16) : []
    this.#texts = texts
    this.#evaluate = evaluate
    this.#narrow = isExact(type) && !wide
  }

  reserve(slots: number): void {
    if (slots <= this.states.length) return
    const capacity = Math.max(slots, this.states.length * 2)
    const states = new Uint8Array(capacity)
    states.set(this.states)
    this.states = states
    if (this.values instanceof Float64Array) {
      const values = new Float64Array(capacity)
      values.set(this.values)
      this.values = values
    }
  }

  fill(slot: number): void {
    const value = this.#evaluate(slot === 0 ? null : this.#texts[slot - 1]!)
    this.states[slot] = this.#store(slot, value)
  }

  #store(slot: number, value: Value): number {
    if (value === null) return IS_NULL
    if (typeof value === 'boolean') return value ? IS_TRUE : IS_FALSE
    if (this.#narrow && typeof value === 'bigint') {
      if (value > NARROW_MAX || value < -NARROW_MAX) return TOO_WIDE
      this.values[slot] = Number(value)
    } else {
      this.values[slot] = value
    }
    return HAS_VALUE
  }
}
