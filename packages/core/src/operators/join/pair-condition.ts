import type { Calc } from '../../expressions/calc.js'
import { CalcKernel } from '../../expressions/calc-kernel.js'
import { columnOf, type Expression } from '../../expressions/expression.js'
import { InterpretedCalc } from '../../expressions/interpreted-calc.js'
import { RowGather } from '../../expressions/selected-rows.js'
import { moveColumns, columnsOf } from '../../plan/substitute.js'
import type { RowStore } from '../../state/row-store.js'
import { batchOf, type Batch, type I32Vector, type Vector } from '../../types/batch.js'
import { INT, type Schema } from '../../types/data-type.js'
import type { OperatorContext } from '../operator.js'

/** The part of a join's condition that keys do not answer, tested on pairs whose keys are equal. */
export class PairCondition {
  readonly #calc: Calc
  readonly #sources: readonly { readonly side: number; readonly column: number }[]
  readonly #columns: readonly RowGather[]
  readonly #numbers: Int32Array

  /** @param condition over the left columns, then the right ones */
  constructor(condition: Expression, left: Schema, right: Schema, pairsMax: number, context: OperatorContext) {
    const both = [...left, ...right]
    const needed = [...columnsOf([condition])].sort((a, b) => a - b)
    const places: number[] = []
    needed.forEach((column, i) => { places[column] = i })
    this.#sources = needed.map((c) => (c < left.length ? { side: 0, column: c } : { side: 1, column: c - left.length }))
    this.#columns = needed.map(() => new RowGather())
    this.#numbers = Int32Array.from({ length: pairsMax }, (_, i) => i)
    const number = { name: '#pair', type: INT, nullable: false }
    const schema = [...needed.map((c) => both[c]!), number]
    const Implementation = context.settings.compile ? CalcKernel : InterpretedCalc
    this.#calc = new Implementation(
      moveColumns(condition, places), [columnOf(needed.length, number)], schema, [INT], context, (error) => context.rowFailed(error, null, 0),
    )
  }

  /**
   * Keeps the pairs for which the condition is TRUE, in their order.
   * @returns how many they are
   */
  keep(batch: Batch, side: number, other: RowStore, rows: Int32Array, slots: Int32Array, count: number): number {
    const columns = this.#sources.map((source, c): Vector => {
      const into = this.#columns[c]!
      if (source.side !== side) return into.gather(other.vector(source.column), slots, count)
      return into.gather(batch.columns[source.column]!, rows, count)
    })
    const result = this.#calc.run(batchOf([...columns, { kind: 'i32', values: this.#numbers, nulls: null }], count))
    if (result === null) return 0
    const kept = (result.columns[0] as I32Vector).values
    for (let i = 0; i < result.length; i++) {
      rows[i] = rows[kept[i]!]!
      slots[i] = slots[kept[i]!]!
    }
    return result.length
  }
}
