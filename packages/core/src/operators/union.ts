import type { UnionNode } from '../plan/physical.js'
import type { Element } from '../types/element.js'
import { MergedSignals } from './merged-signals.js'
import type { Operator, OperatorContext } from './operator.js'

/** UNION ALL: passes every batch on; its watermark is the least of its inputs', its barrier and End the last of theirs. */
export class UnionOperator implements Operator {
  readonly #context: OperatorContext
  readonly #signals: MergedSignals

  constructor(_node: UnionNode, inputCount: number, context: OperatorContext) {
    this.#context = context
    this.#signals = new MergedSignals(inputCount)
  }

  push(element: Element, input: number): void {
    const { meter, output } = this.#context
    if (element.kind !== 'batch') {
      for (const due of this.#signals.take(element, input)) output.push(due)
      return
    }
    meter.rowsIn += element.length
    meter.rowsOut += element.length
    output.push(element)
  }
}
