import type { Calc } from '../expressions/calc.js'
import { CalcKernel } from '../expressions/calc-kernel.js'
import { InterpretedCalc } from '../expressions/interpreted-calc.js'
import type { CalcNode } from '../plan/physical.js'
import type { Batch } from '../types/batch.js'
import type { Schema } from '../types/data-type.js'
import type { Element } from '../types/element.js'
import type { Operator, OperatorContext } from './operator.js'
import { UpdatePairs } from './update-pairs.js'

/**
 * Filters and projects: rowsIn = rowsFiltered + rowsFailed + rowsOut. Everything but batches passes as it is.
 *
 * An update of which one half passes becomes the row that comes or goes, and one that changes nothing any more is dropped.
 */
export class CalcOperator implements Operator {
  readonly #calc: Calc
  readonly #context: OperatorContext
  readonly #updates: UpdatePairs

  constructor(node: CalcNode, inputSchema: Schema, context: OperatorContext) {
    const Implementation = context.settings.compile ? CalcKernel : InterpretedCalc
    this.#context = context
    this.#updates = new UpdatePairs(node.schema, dropsColumns(node, inputSchema))
    this.#calc = new Implementation(
      node.filter, node.project, inputSchema, node.schema.map((field) => field.type), context,
      (error, batch, row) => context.rowFailed(error, batch.origin, row),
    )
  }

  push(element: Element): void {
    if (element.kind === 'batch') this.#pushBatch(element)
    else this.#context.output.push(element)
  }

  #pushBatch(batch: Batch): void {
    const { meter, output } = this.#context
    meter.rowsIn += batch.length
    const passed = this.#calc.run(batch)
    meter.rowsFiltered += this.#calc.rowsFiltered
    if (passed === null) return
    const result = batch.rowKinds === null ? passed : this.#updates.settle(passed, batch, this.#calc.selection)
    if (result === null) {
      meter.rowsFiltered += passed.length
      return
    }
    meter.rowsFiltered += passed.length - result.length
    meter.rowsOut += result.length
    output.push(result)
  }
}

/** True if rows that differ may be the same behind the projection. */
function dropsColumns({ project }: CalcNode, inputSchema: Schema): boolean {
  const passed = new Set(project.flatMap((e) => (e.kind === 'column' ? [e.index] : [])))
  return passed.size < inputSchema.length
}
