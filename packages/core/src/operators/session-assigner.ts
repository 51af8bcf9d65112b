import { RowGather, selectedOrigin } from '../expressions/selected-rows.js'
import type { SessionNode } from '../plan/physical-windows.js'
import { GroupTable } from '../state/group-table.js'
import { batchOf, type Batch, type F64Vector, type Vector } from '../types/batch.js'
import type { Schema } from '../types/data-type.js'
import type { LateRowWriter } from './late-rows.js'
import type { OperatorContext } from './operator.js'
import { LATE, Sessions } from './sessions.js'

/** Fewer keys than this that are gone are not worth a clean-up. */
const DEAD_KEYS_MIN = 1_024

/** Rows with the numbers of their sessions: late ones have been taken out. */
export interface Assigned {
  readonly batch: Batch
  /** `sessions[0 … batch.length)`. */
  readonly sessions: Int32Array
}

/** Finds the session of each row of a batch. A row without a time is in a session of its key that has no bounds and closes at the end. */
export class SessionAssigner {
  readonly sessions: Sessions
  readonly keys: GroupTable
  readonly #node: SessionNode
  readonly #late: LateRowWriter | null
  readonly #context: OperatorContext
  readonly #gathers: readonly RowGather[]
  readonly #timeless = new Map<number, number>()
  /** By session that has become part of another within the batch: that one. */
  readonly #joined = new Map<number, number>()
  #rowKeys: Int32Array = new Int32Array(0)
  #rowSessions: Int32Array = new Int32Array(0)
  #rows: Int32Array = new Int32Array(0)

  /** @param merged is told that session `from` has become part of session `into` */
  constructor(node: SessionNode, inputSchema: Schema, late: LateRowWriter | null, context: OperatorContext, merged: (into: number, from: number) => void) {
    this.#node = node
    this.#late = late
    this.#context = context
    this.keys = new GroupTable(node.keys.map((key) => inputSchema[key]!.type))
    this.#gathers = inputSchema.map(() => new RowGather())
    this.sessions = new Sessions(node.gapMicros, (into, from) => {
      this.#joined.set(from, into)
      merged(into, from)
    })
  }

  /** Null where all rows are late. */
  assign(batch: Batch): Assigned | null {
    this.#reserve(batch.length)
    this.#joined.clear()
    const keys = this.#rowKeys
    if (this.#node.keys.length === 0) keys.fill(this.keys.groupOf([]), 0, batch.length)
    else this.keys.groupsOf(this.#node.keys.map((key) => batch.columns[key]!), batch.length, keys)
    const kept = this.#assignRows(batch, keys)
    this.#late?.flush()
    if (kept === 0) return null
    if (this.#joined.size > 0) for (let i = 0; i < kept; i++) this.#rowSessions[i] = this.#rootOf(this.#rowSessions[i]!)
    return { batch: kept === batch.length ? batch : this.#selected(batch, kept), sessions: this.#rowSessions }
  }

  #assignRows(batch: Batch, keys: Int32Array): number {
    const { time, gapMicros, judge: { watermarkColumn, latenessMicros } } = this.#node
    const times = batch.columns[time] as F64Vector
    const watermarks = watermarkColumn === null ? null : batch.columns[watermarkColumn] as F64Vector
    let kept = 0
    for (let i = 0; i < batch.length; i++) {
      let session: number
      if (times.nulls !== null && times.nulls[i] !== 0) session = this.#timelessOf(keys[i]!)
      else {
        const at = times.values[i]!
        const closed = watermarks === null || (watermarks.nulls !== null && watermarks.nulls[i] !== 0) ? -Infinity : watermarks.values[i]! - latenessMicros
        session = this.sessions.assign(keys[i]!, at, closed)
        if (session === LATE) {
          this.#context.meter.rowsLate++
          this.#late?.add(batch, i, { start: at, end: at + gapMicros, micros: closed - at - gapMicros })
          continue
        }
      }
      this.#rows[kept] = i
      this.#rowSessions[kept++] = session
    }
    return kept
  }

  #timelessOf(key: number): number {
    const known = this.#timeless.get(key)
    if (known !== undefined) {
      this.sessions.changes?.beforeChange(known)
      return known
    }
    const session = this.sessions.add(key, NaN, Infinity)
    this.#timeless.set(key, session)
    return session
  }

  /** The session that a joined one is part of now. */
  #rootOf(session: number): number {
    let root = session
    for (let into = this.#joined.get(root); into !== undefined; into = this.#joined.get(root)) root = into
    return root
  }

  #selected(batch: Batch, kept: number): Batch {
    const rows = this.#rows
    const columns = batch.columns.map((column, c): Vector => this.#gathers[c]!.gather(column, rows, kept))
    return batchOf(columns, kept, null, selectedOrigin(batch, rows.subarray(0, kept)))
  }

  #reserve(rows: number): void {
    if (this.#rows.length >= rows) return
    this.#rows = new Int32Array(rows)
    this.#rowKeys = new Int32Array(rows)
    this.#rowSessions = new Int32Array(rows)
  }

  /** Forgets keys without sessions once they are the greater part. */
  cleanUp(): void {
    const dead = this.keys.size - this.sessions.keyCount
    if (dead < DEAD_KEYS_MIN || dead * 2 <= this.keys.size) return
    const live = Int32Array.from([...Array(this.keys.size).keys()].filter((key) => this.sessions.hasKey(key)))
    const places = new Int32Array(this.keys.size)
    live.forEach((key, i) => { places[key] = i })
    this.keys.compact(live, live.length)
    this.sessions.renumberKeys(places)
    const timeless = [...this.#timeless]
    this.#timeless.clear()
    for (const [key, session] of timeless) this.#timeless.set(places[key]!, session)
  }

  /** Bounds of sessions as columns; NULL where they have none. */
  bounds(sessions: Int32Array): { readonly starts: F64Vector; readonly ends: F64Vector } {
    const starts = Float64Array.from(sessions, (session) => this.sessions.starts[session]!)
    const ends = Float64Array.from(sessions, (session) => this.sessions.ends[session]!)
    const nulls = starts.some(Number.isNaN) ? Uint8Array.from(starts, (start) => (Number.isNaN(start) ? 1 : 0)) : null
    return { starts: { kind: 'f64', values: starts, nulls }, ends: { kind: 'f64', values: ends, nulls } }
  }

  /** Opens a stored session again. */
  restore(key: number, start: number | null, end: number | null): number {
    return start === null || end === null ? this.#timelessOf(key) : this.sessions.add(key, start, end)
  }
}
