import { STATE_PIECE_ROWS } from '../limits.js'
import { ChangedSlots } from '../state/changed-slots.js'
import type { SlotRows } from '../state/changed-slots.js'
import { allRows, BatchBuffer } from '../types/batch-buffer.js'
import { batchOf } from '../types/batch.js'
import type { Batch, Vector } from '../types/batch.js'
import type { Schema } from '../types/data-type.js'
import type { Sessions } from './sessions.js'

/** Open sessions as a table of an operator's state, by their numbers. Sessions tell of what changes by themselves. */
export class SessionSlots implements SlotRows {
  readonly changes: ChangedSlots
  readonly #sessions: Sessions
  readonly #schema: Schema
  readonly #columnsOf: (sessions: Int32Array) => Vector[]
  readonly #one = new Int32Array(1)
  #aside: BatchBuffer | null = null

  /** @param columnsOf what is stored of sessions, in the schema */
  constructor(sessions: Sessions, schema: Schema, columnsOf: (sessions: Int32Array) => Vector[]) {
    this.#sessions = sessions
    this.#schema = schema
    this.#columnsOf = columnsOf
    this.changes = new ChangedSlots(this)
    sessions.changes = this.changes
  }

  get slotCount(): number {
    return this.#sessions.bound
  }

  holds(session: number): boolean {
    return this.#sessions.isOpen(session)
  }

  rowsOf(sessions: Int32Array): Batch {
    return batchOf(this.#columnsOf(sessions), sessions.length)
  }

  putAside(session: number, place: number): void {
    this.#aside ??= new BatchBuffer(this.#schema, STATE_PIECE_ROWS)
    if (place === 0) this.#aside.reset()
    this.#one[0] = session
    this.#aside.append(batchOf(this.#columnsOf(this.#one), 1), allRows(1), 0, 1)
  }

  rowsAside(): Batch {
    return this.#aside!.batch()
  }
}
