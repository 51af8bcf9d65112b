import type { MillraceError } from '../errors.js'
import { batchOf } from '../types/batch.js'
import type { Batch, BatchOrigin } from '../types/batch.js'
import { copyBatch } from '../types/copy-batch.js'
import type { Value } from '../types/data-type.js'

const WAITING = 0
const RUNNING = 1
const HAS_RESULT = 2
const HAS_FAILED = 3

/** The rows of one batch, from when they come until they leave, and how far the call of each has come. */
export class PendingRows {
  /** A copy, with an origin that outlives the reader's memory. */
  readonly batch: Batch
  /** The first row that has not left, and the first whose call has not been made. */
  next = 0
  started = 0
  readonly startedAtMs: Float64Array
  readonly #states: Uint8Array
  readonly #results: Value[] = []
  readonly #errors = new Map<number, MillraceError>()

  private constructor(batch: Batch) {
    this.batch = batch
    this.startedAtMs = new Float64Array(batch.length)
    this.#states = new Uint8Array(batch.length)
  }

  /** @param withRecords whether the bytes of rows that fail will be asked for */
  static of(batch: Batch, withRecords: boolean): PendingRows {
    const { columns, length, rowKinds } = copyBatch(batch)
    return new PendingRows(batchOf(columns, length, rowKinds, batch.origin === null ? null : keptOrigin(batch.origin, length, withRecords)))
  }

  run(row: number, nowMs: number): void {
    this.#states[row] = RUNNING
    this.startedAtMs[row] = nowMs
  }

  succeed(row: number, result: Value): void {
    this.#results[row] = result
    this.#states[row] = HAS_RESULT
  }

  fail(row: number, error: MillraceError): void {
    this.#errors.set(row, error)
    this.#states[row] = HAS_FAILED
  }

  isRunning(row: number): boolean {
    return this.#states[row] === RUNNING
  }

  hasResult(row: number): boolean {
    return this.#states[row] === HAS_RESULT
  }

  isSettled(row: number): boolean {
    const state = this.#states[row]
    return state !== WAITING && state !== RUNNING
  }

  resultOf(row: number): Value {
    return this.#results[row]!
  }

  errorOf(row: number): MillraceError | undefined {
    return this.#errors.get(row)
  }
}

/** Where rows came from, as of now. */
function keptOrigin(origin: BatchOrigin, length: number, withRecords: boolean): BatchOrigin {
  const positions = Array.from({ length }, (_, row) => origin.recordPosition(row))
  const records = withRecords ? positions.map((_, row) => origin.recordBytes(row)?.slice() ?? null) : null
  return {
    table: origin.table,
    splitId: origin.splitId,
    recordPosition: (row) => positions[row],
    recordBytes: (row) => records?.[row] ?? null,
  }
}
