import { makeInterpreter } from '../expressions/interpreter.js'
import type { ValuesNode } from '../plan/physical.js'
import { END } from '../types/element.js'
import { batchFromRows } from '../types/vector-builder.js'
import type { Output, OperatorContext } from './operator.js'

/** The rows of VALUES: a source that gives all of them at once and ends. */
export class ValuesSource {
  readonly #node: ValuesNode
  readonly #context: OperatorContext
  given = false

  constructor(node: ValuesNode, context: OperatorContext) {
    this.#node = node
    this.#context = context
  }

  /** Called once: pushes the rows, the last watermark and End. Rows that were given before a restore are left out. */
  emit(output: Output = this.#context.output): void {
    if (!this.given) this.#emitRows(output)
    this.given = true
    output.push({ kind: 'watermark', micros: Infinity })
    output.push(END)
  }

  barrier(epoch: number): void {
    this.#context.output.push({ kind: 'barrier', epoch })
  }

  #emitRows(output: Output): void {
    const { rows, schema } = this.#node
    const { meter, settings } = this.#context
    const values = rows.map((row) => row.map((cell) => makeInterpreter(cell, this.#context)([])))
    for (let from = 0; from < values.length; from += settings.batchRows) {
      const part = values.slice(from, from + settings.batchRows)
      meter.rowsIn += part.length
      meter.rowsOut += part.length
      output.push(batchFromRows(part, schema))
    }
  }
}
