import { END, batchOf } from '@millrace/core'
import type { Batch, End, Reader, ReaderContext, ScanCondition, ScanSpec } from '@millrace/core'
import { applyCondition, otherConditions, wantedKinds } from './conditions.js'
import { makeColumn } from './columns.js'
import { EventBatch } from './event-batch.js'
import type { NexmarkEvents } from './events.js'
import type { FieldMaker } from './field.js'
import type { RowRange } from '../row-ranges.js'

/** Events that one read passes over at most, wanted or not. */
const EVENTS_PER_READ_MAX = 262_144

/** What the readers of one scan in one worker share: none of it outlives a batch. */
export class NexmarkScan {
  readonly columns: readonly FieldMaker[]
  readonly kinds: readonly boolean[]
  readonly conditions: readonly ScanCondition[]
  readonly batch: EventBatch
  readonly passes: Uint8Array

  constructor(spec: ScanSpec, events: NexmarkEvents) {
    this.columns = spec.columns.map((column) => makeColumn(column, { events, rowsMax: spec.batchRows }))
    this.kinds = wantedKinds(spec)
    this.conditions = otherConditions(spec)
    this.batch = new EventBatch(spec.batchRows)
    this.passes = new Uint8Array(spec.batchRows)
  }
}

/** Makes the events of one range that the query wants. */
export class NexmarkReader implements Reader {
  readonly #events: NexmarkEvents
  readonly #scan: NexmarkScan
  readonly #spec: ScanSpec
  readonly #range: RowRange
  readonly #context: ReaderContext
  readonly #startMicros: number
  #next: number

  constructor(
    events: NexmarkEvents, scan: NexmarkScan, spec: ScanSpec, range: RowRange, context: ReaderContext, startMicros: number, position: number | undefined,
  ) {
    this.#events = events
    this.#scan = scan
    this.#spec = spec
    this.#range = range
    this.#context = context
    this.#startMicros = startMicros
    this.#next = position ?? range.first
  }

  read(): Batch | null | End {
    const { end } = this.#range
    if (end !== null && this.#next >= end) return this.#events.keepAlive ? null : END
    const { batch, columns } = this.#scan
    const passed = this.#collect()
    this.#applyConditions()
    this.#context.meter.rowsFiltered += passed - batch.count
    return batch.count === 0 ? null : batchOf(columns.map((column) => column.fill(batch)), batch.count)
  }

  position(): number {
    return this.#next
  }

  lastPassed(): Batch | null {
    const event = this.#next - this.#range.stride
    if (event < this.#range.first) return null
    const { batch, columns } = this.#scan
    batch.clear()
    batch.add(event, this.#events.kindAt(event % this.#events.epoch))
    return batchOf(columns.map((column) => column.fill(batch)), 1)
  }

  progress(): number | null {
    const { first, end } = this.#range
    if (end === null) return null
    return end <= first ? 1 : Math.min(1, (this.#next - first) / (end - first))
  }

  async close(): Promise<void> {}

  /** Takes the next events of the kinds that are wanted. Returns how many it has passed over. */
  #collect(): number {
    const { batch, kinds } = this.#scan
    const { stride } = this.#range
    const { batchRows } = this.#spec
    const epoch = this.#events.epoch
    const end = this.#endForNow()
    const step = stride % epoch
    batch.clear()
    let next = this.#next
    let offset = next % epoch
    let passed = 0
    for (; next < end && batch.count < batchRows && passed < EVENTS_PER_READ_MAX; next += stride, passed++) {
      const kind = this.#events.kindAt(offset)
      if (kinds[kind]!) batch.add(next, kind)
      offset += step
      if (offset >= epoch) offset -= epoch
    }
    this.#next = next
    return passed
  }

  /** Where the range ends, or what is due now ends. */
  #endForNow(): number {
    const end = this.#range.end ?? Infinity
    if (!this.#events.throttle) return end
    const elapsedMs = (this.#context.nowMicros() - this.#startMicros) / 1_000
    // Times grow with numbers: the first event that is not due yet lies between two that are known.
    let due = this.#next
    let step = 1
    for (; due < end && this.#events.elapsedMs(due + step) <= elapsedMs; step *= 2) due += step
    for (; step >= 1; step /= 2) if (this.#events.elapsedMs(due + step) <= elapsedMs) due += step
    return Math.min(end, this.#events.elapsedMs(due) <= elapsedMs ? due + 1 : due)
  }

  #applyConditions(): void {
    const { batch, conditions, columns, passes } = this.#scan
    if (conditions.length === 0 || batch.count === 0) return
    passes.fill(1, 0, batch.count)
    for (const condition of conditions) {
      applyCondition(condition, columns[condition.column]!.fill(batch), this.#spec.columns[condition.column]!.type, batch.count, passes)
    }
    batch.keep(passes)
  }
}
