import { STATE_BATCH_ROWS, STATE_PARTS_MAX } from './limits.js'
import type { ChangedSlots } from './state/changed-slots.js'
import type { OperatorState, StateStream } from './operators/state.js'
import type { OperatorSnapshot, StateBytes, StateWriter, TablePart } from './pipeline-snapshot.js'
import { bytesOfSlots } from './stored-slot-numbers.js'
import { encodeBatch, encodedSize } from './types/batch-codec.js'
import type { Batch } from './types/batch.js'
import { spansOf } from './types/number-span.js'

/**
 * What has been stored so far of the tables of one operator. A table whose rows are known by their slots is a chain of parts: all of it
 * at some epoch, then what has changed; other tables are stored whole, where the operator stands.
 */
export class StateChains {
  readonly #nodeId: number
  readonly #state: OperatorState
  readonly #chains: TableChain[]

  constructor(nodeId: number, state: OperatorState) {
    this.#nodeId = nodeId
    this.#state = state
    this.#chains = state.tables.map((_, table) => new TableChain(state.slots?.[table] ?? null, state.streams?.[table] ?? null))
  }

  /** Where the operator stands. */
  begin(epoch: number, writer: StateWriter): void {
    for (const chain of this.#chains) chain.begin(epoch, writer)
    this.#state.snapshot((table, batch) => this.#chains[table]!.take(batch))
  }

  /** Writes a piece of what is left. True when nothing is. */
  advance(rowsMax?: number): boolean {
    return this.#chains.every((chain) => chain.advance(rowsMax))
  }

  stored(): OperatorSnapshot {
    return { nodeId: this.#nodeId, tables: this.#state.tables.map(({ name, schema }, table) => ({ name, schema, parts: this.#chains[table]!.parts() })) }
  }
}

/** The parts of one table. */
class TableChain {
  readonly #slots: ChangedSlots | null
  readonly #stream: StateStream | null
  #streaming = false
  #parts: PartTaking[] = []

  constructor(slots: ChangedSlots | null, stream: StateStream | null) {
    this.#slots = slots
    this.#stream = stream
  }

  begin(epoch: number, writer: StateWriter): void {
    const whole = this.#isWholeNext()
    const part = new PartTaking(epoch, writer, this.#slots !== null)
    this.#parts = whole ? [part] : [...this.#parts, part]
    this.#slots?.begin(whole, part)
    this.#stream?.beginStream()
    this.#streaming = this.#stream !== null
  }

  /** A chain that is twice as long as the table itself is not worth keeping. Rows that only come, and never change, never make it so. */
  #isWholeNext(): boolean {
    const changed = this.#slots?.changed ?? null
    if (changed === null || this.#parts.length === 0 || this.#parts.length >= STATE_PARTS_MAX) return true
    return this.#parts.reduce((rows, part) => rows + part.rowCount, changed) > 2 * this.#slots!.slotCount
  }

  take(batch: Batch): void {
    this.#parts.at(-1)!.take(batch)
  }

  advance(rowsMax: number | undefined): boolean {
    if (this.#slots !== null) return this.#slots.advance(rowsMax)
    if (!this.#streaming) return true
    const batch = this.#stream!.nextOfStream(rowsMax ?? STATE_BATCH_ROWS)
    if (batch === null) this.#streaming = false
    else this.take(batch)
    return !this.#streaming
  }

  parts(): TablePart[] {
    return this.#parts.map((part) => part.part())
  }
}

/** A part that is being written, and what was written of it. */
class PartTaking {
  /** Rows and removed ones. */
  rowCount = 0
  readonly #epoch: number
  readonly #writer: StateWriter
  readonly #batches: StateBytes[] = []
  readonly #slots: StateBytes[] | null
  #rows = 0
  #removed: StateBytes | null = null

  constructor(epoch: number, writer: StateWriter, hasSlots: boolean) {
    this.#epoch = epoch
    this.#writer = writer
    this.#slots = hasSlots ? [] : null
  }

  take(batch: Batch): number {
    const spans = spansOf(batch)
    const bytes = new Uint8Array(encodedSize(batch, spans))
    encodeBatch(batch, bytes, 0, spans)
    this.#rows += batch.length
    this.rowCount += batch.length
    this.#batches.push(this.#writer.write(bytes))
    return bytes.length
  }

  rows(batch: Batch, slots: Int32Array): number {
    const bytes = this.take(batch)
    this.#slots!.push(this.#writer.write(bytesOfSlots(slots)))
    return bytes
  }

  removed(slots: Int32Array): void {
    this.rowCount += slots.length
    this.#removed = this.#writer.write(bytesOfSlots(slots))
  }

  part(): TablePart {
    return { epoch: this.#epoch, rows: this.#rows, batches: this.#batches, slots: this.#slots, removed: this.#removed }
  }
}
