import type { Calc } from '../expressions/calc.js'
import { CalcKernel } from '../expressions/calc-kernel.js'
import { InterpretedCalc } from '../expressions/interpreted-calc.js'
import type { CalcNode } from '../plan/physical.js'
import type { Batch } from '../types/batch.js'
import type { Schema } from '../types/data-type.js'
import type { Element } from '../types/element.js'
import type { Operator, OperatorContext } from './operator.js'

/** Filters and projects: rowsIn = rowsFiltered + rowsFailed + rowsOut. Everything but batches passes as it is. */
export class CalcOperator implements Operator {
  readonly #calc: Calc
  readonly #context: OperatorContext

  constructor(node: CalcNode, inputSchema: Schema, context: OperatorContext) {
    const Implementation = context.settings.compile ? CalcKernel : InterpretedCalc
    this.#context = context
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
    const result = this.#calc.run(batch)
    meter.rowsFiltered += this.#calc.rowsFiltered
    if (result === null) return
    meter.rowsOut += result.length
    output.push(result)
  }
}
