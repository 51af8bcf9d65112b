import type { Writer } from '../connector.js'
import { unreachable } from '../errors.js'
import type { ResultPort } from '../pipeline-environment.js'
import type { Element } from '../types/element.js'
import type { SinkNode } from '../plan/physical.js'
import type { Operator, OperatorMeter } from './operator.js'
import { NewForms } from './update-pairs.js'

/**
 * Hands rows to a writer. They have the table's columns by now, so nothing is converted. A table that keeps the last row of
 * each key gets no old forms (`-U`): the new one replaces them, and a row that goes is a `-D`.
 */
export class SinkOperator implements Operator {
  readonly #writer: Writer
  readonly #meter: OperatorMeter
  readonly #news: NewForms | null

  constructor(node: SinkNode, writer: Writer, meter: OperatorMeter) {
    this.#writer = writer
    this.#meter = meter
    this.#news = node.mode === 'upsert' ? new NewForms(node.schema.length) : null
  }

  push(element: Element): void {
    switch (element.kind) {
      case 'batch': {
        this.#meter.rowsIn += element.length
        const written = this.#news === null ? element : this.#news.of(element)
        if (written !== null) this.#writer.write(written)
        this.#meter.rowsOut += written?.length ?? 0
        this.#meter.rowsFiltered += element.length - (written?.length ?? 0)
        return
      }
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
    prepare: async (epoch) => {
      port.endEpoch?.(epoch)
      return null
    },
    close: async () => {},
  }
}
