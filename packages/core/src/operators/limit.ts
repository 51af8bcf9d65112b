import { MillraceError } from '../errors.js'
import type { LimitNode } from '../plan/physical.js'
import type { Batch } from '../types/batch.js'
import type { Schema } from '../types/data-type.js'
import type { Element } from '../types/element.js'
import type { Operator, OperatorContext } from './operator.js'
import { onlyInserts } from './only-inserts.js'
import { sliceBatch } from './slice-batch.js'
import { NumbersTable } from './state-rows.js'
import type { OperatorState } from './state.js'

/** Passes rows offset … offset + limit − 1 in the order they come, then asks the job to stop; counts the others as filtered. */
export class LimitOperator implements Operator {
  readonly #context: OperatorContext
  #toSkip: number
  #toPass: number
  readonly state: OperatorState

  constructor(node: LimitNode, _inputSchema: Schema, context: OperatorContext) {
    this.#context = context
    this.#toSkip = node.offset
    this.#toPass = node.limit
    const left = new NumbersTable('rows left', ['to skip', 'to pass'])
    this.state = {
      tables: [left],
      snapshot: (write) => left.write(write, 0, [this.#toSkip, this.#toPass]),
      restore: (_table, batch) => {
        [this.#toSkip, this.#toPass] = left.restore(batch) as [number, number]
        if (this.#toPass === 0) context.requestStop()
      },
    }
  }

  push(element: Element): void {
    if (element.kind === 'batch') this.#pass(element)
    else this.#context.output.push(element)
  }

  #pass(batch: Batch): void {
    if (!onlyInserts(batch)) {
      throw new MillraceError('SQL_CHANGELOG', 'LIMIT needs rows that are only added; use EMIT FINAL in the query below it')
    }
    const { meter, output } = this.#context
    const from = Math.min(this.#toSkip, batch.length)
    const to = Math.min(from + this.#toPass, batch.length)
    this.#toSkip -= from
    this.#toPass -= to - from
    meter.rowsIn += batch.length
    meter.rowsOut += to - from
    meter.rowsFiltered += batch.length - (to - from)
    if (to > from) output.push(sliceBatch(batch, from, to))
    if (this.#toPass === 0) this.#context.requestStop()
  }
}
