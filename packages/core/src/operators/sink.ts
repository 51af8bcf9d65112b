import type { Writer } from '../connector.js'
import { unreachable } from '../errors.js'
import type { ResultPort } from '../pipeline-environment.js'
import type { Element } from '../types/element.js'
import type { Operator, OperatorMeter } from './operator.js'

/** Hands rows to a writer. They have the table's columns by now, so nothing is converted. */
export class SinkOperator implements Operator {
  readonly #writer: Writer
  readonly #meter: OperatorMeter

  constructor(writer: Writer, meter: OperatorMeter) {
    this.#writer = writer
    this.#meter = meter
  }

  push(element: Element): void {
    switch (element.kind) {
      case 'batch':
        this.#meter.rowsIn += element.length
        this.#writer.write(element)
        this.#meter.rowsOut += element.length
        return
      case 'watermark': case 'barrier': case 'end': return
      default: return unreachable(element)
    }
  }
}

/** The built-in connector `result`: rows of a bare SELECT go to the job's caller. */
export const RESULT_CONNECTOR = 'result'

/** Writes to the result port. What does not fit there holds the pipeline back as a gate, not through `ready`. */
export function resultWriter(port: ResultPort): Writer {
  return {
    write: (batch) => port.send(batch),
    ready: () => {},
    prepare: async () => null,
    close: async () => {},
  }
}
