import type { Element } from '../types/element.js'
import type { Operator, OperatorMeter, Output } from './operator.js'

/** An exchange of a job with one worker: all keys are its own, so there is nobody to send anything to. */
export class ExchangePass implements Operator {
  /** Those that several workers had made before the job went on with one. */
  rowsCopied = 0
  readonly #output: Output
  readonly #meter: OperatorMeter

  constructor(output: Output, meter: OperatorMeter) {
    this.#output = output
    this.#meter = meter
  }

  push(element: Element): void {
    if (element.kind === 'batch') {
      this.#meter.rowsIn += element.length
      this.#meter.rowsOut += element.length
    }
    this.#output.push(element)
  }
}
