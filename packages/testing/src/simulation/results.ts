import type { Batch, ResultPort, RowKind, Schema } from '@millrace/core'
import { batchToRows, copyBatch, copyValue, INSERT } from '@millrace/core'
import type { Change } from '../batch-text.js'
import type { SeededRandom } from '../seeded-random.js'

interface Result {
  readonly worker: number
  readonly change: Change
  /** Null as long as its worker has not closed the epoch. */
  epoch: number | null
}

/** Rows of a bare SELECT, in the order in which they arrive, with the epochs to which they belong. */
export class ResultLog {
  readonly #results: Result[] = []
  readonly #schema: Schema
  readonly #random: SeededRandom

  constructor(schema: Schema, random: SeededRandom) {
    this.#schema = schema
    this.#random = random
  }

  get all(): Change[] {
    return this.#results.map(({ change }) => change)
  }

  /** Those that belong to epochs which their workers have closed. */
  get closed(): Change[] {
    return this.#results.filter(({ epoch }) => epoch !== null).map(({ change }) => change)
  }

  ofEpoch(wanted: number): Change[] {
    return this.#results.filter(({ epoch }) => epoch === wanted).map(({ change }) => change)
  }

  /** Now and then the caller of the job is slow and takes nothing. */
  port(worker: number): ResultPort {
    const waiting: Batch[] = []
    const receiveAll = (): void => {
      for (const batch of waiting.splice(0)) this.#receive(worker, batch)
    }
    return {
      send: (batch) => void waiting.push(copyBatch(batch)),
      flush: () => {
        if (waiting.length > 0 && this.#random.oneIn(4)) return false
        receiveAll()
        return true
      },
      endEpoch: (epoch) => {
        receiveAll()
        for (const result of this.#results) if (result.worker === worker) result.epoch ??= epoch
      },
    }
  }

  #receive(worker: number, batch: Batch): void {
    batchToRows(batch, this.#schema).forEach((row, i) => {
      const kind = (batch.rowKinds?.[i] ?? INSERT) as RowKind
      this.#results.push({ worker, epoch: null, change: { kind, values: row.map(copyValue) } })
    })
  }
}
