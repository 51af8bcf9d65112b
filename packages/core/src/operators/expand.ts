import type { ExpandNode } from '../plan/physical-rows.js'
import { batchOf } from '../types/batch.js'
import type { Batch, I32Vector, Vector } from '../types/batch.js'
import type { Element } from '../types/element.js'
import type { Operator, OperatorContext } from './operator.js'

/**
 * GROUPING SETS: every batch once for each set, with NULL for the keys that are not in it. No row is copied: a column that is absent is
 * the same arrays beside marks that say NULL everywhere.
 */
export class ExpandOperator implements Operator {
  readonly #node: ExpandNode
  readonly #context: OperatorContext
  #allNull: Uint8Array = new Uint8Array(0)
  /** By set the column of its number. */
  #numbers: readonly I32Vector[] = []

  constructor(node: ExpandNode, context: OperatorContext) {
    this.#node = node
    this.#context = context
  }

  push(element: Element): void {
    if (element.kind === 'batch') this.#pushBatch(element)
    else this.#context.output.push(element)
  }

  #pushBatch(batch: Batch): void {
    const { meter, output } = this.#context
    this.#reserve(batch.length)
    meter.rowsIn += batch.length
    for (const [set, absent] of this.#node.nulls.entries()) {
      const columns = this.#node.columns.map((column, i): Vector => {
        if (column === -1) return this.#numbers[set]!
        const vector = batch.columns[column]!
        return absent.includes(i) ? { ...vector, nulls: this.#allNull } : vector
      })
      meter.rowsOut += batch.length
      output.push(batchOf(columns, batch.length, batch.rowKinds, batch.origin))
    }
  }

  #reserve(length: number): void {
    if (this.#allNull.length >= length) return
    this.#allNull = new Uint8Array(length).fill(1)
    this.#numbers = this.#node.nulls.map((_, set) => ({ kind: 'i32', values: new Int32Array(length).fill(set), nulls: null }))
  }
}
