import { MillraceError, unreachable } from '../errors.js'
import { SESSION_ROWS_MAX } from '../limits.js'
import type { SessionNode } from '../plan/physical-windows.js'
import { MICROS_PER_MILLI } from '../types/civil.js'
import type { Batch } from '../types/batch.js'
import { copyValue } from '../types/copy-batch.js'
import { DOUBLE, type Schema, type Value } from '../types/data-type.js'
import type { Element } from '../types/element.js'
import { rowValues } from '../types/vector-access.js'
import { batchFromRows } from '../types/vector-builder.js'
import { ItemSlots } from './item-slots.js'
import type { LateRowWriter } from './late-rows.js'
import type { Operator, OperatorContext } from './operator.js'
import { SessionAssigner } from './session-assigner.js'
import { sessionPlace } from './session-state.js'
import { SessionSlots } from './session-slots.js'
import { eachRow, NumbersTable, stateField } from './state-rows.js'
import type { OperatorState } from './state.js'

/** What a kept row is reckoned to take. */
const ROW_BYTES = 160

/** A row that waits, with the number of its session. */
interface WaitingRow {
  readonly row: readonly Value[]
  session: number
  /** Where it is stored. */
  slot: number
}

/** SESSION without GROUP BY: the bounds of a session are known when it closes, and until then its rows are kept. */
export class SessionRowsOperator implements Operator {
  readonly state: OperatorState
  readonly #node: SessionNode
  readonly #schema: Schema
  readonly #context: OperatorContext
  readonly #assigner: SessionAssigner
  /** By session, its rows as they came. */
  readonly #rows = new Map<number, WaitingRow[]>()
  readonly #slots: ItemSlots<WaitingRow>
  #rowCount = 0
  #closed = -Infinity

  constructor(node: SessionNode, inputSchema: Schema, late: LateRowWriter | null, context: OperatorContext) {
    this.#node = node
    this.#schema = inputSchema
    this.#context = context
    this.#assigner = new SessionAssigner(node, inputSchema, late, context, (into, from) => this.#join(into, from))
    const keys = node.keys.map((key, k) => stateField(`key ${k}`, inputSchema[key]!.type))
    const rows: Schema = [...keys, stateField('session', DOUBLE, false), ...inputSchema.map((field) => ({ ...field, nullable: true }))]
    this.#slots = new ItemSlots(rows, ({ row, session }: WaitingRow) => [...node.keys.map((key) => row[key]!), session, ...row])
    this.state = this.#newState(keys, rows)
  }

  push(element: Element): void {
    switch (element.kind) {
      case 'batch': this.#take(element); break
      case 'watermark': this.#close(element.micros); break
      case 'barrier': break
      case 'end': this.#closeAll(Infinity); break
      default: unreachable(element)
    }
    this.#gauge()
    if (element.kind !== 'batch') this.#context.output.push(element)
  }

  #gauge(): void {
    this.#context.meter.groups = this.#assigner.sessions.size
    this.#context.meter.stateBytes = this.#assigner.sessions.bytes + this.#assigner.keys.bytes + this.#rowCount * ROW_BYTES
  }

  #take(batch: Batch): void {
    const { meter } = this.#context
    meter.rowsIn += batch.length
    const assigned = this.#assigner.assign(batch)
    if (assigned === null) return
    const { batch: kept, sessions } = assigned
    meter.rowsAggregated += kept.length
    for (let i = 0; i < kept.length; i++) this.#keep(sessions[i]!, rowValues(kept, this.#schema, i).map(copyValue))
  }

  #keep(session: number, row: readonly Value[]): void {
    if (++this.#rowCount > SESSION_ROWS_MAX) {
      throw new MillraceError('STATE_LIMIT', `more than ${SESSION_ROWS_MAX} rows wait for their sessions to close; group them, or use a shorter gap`)
    }
    const waiting: WaitingRow = { row, session, slot: 0 }
    waiting.slot = this.#slots.add(waiting)
    const rows = this.#rows.get(session)
    if (rows === undefined) this.#rows.set(session, [waiting])
    else rows.push(waiting)
  }

  #join(into: number, from: number): void {
    const rows = this.#rows.get(from)
    if (rows === undefined) return
    this.#rows.delete(from)
    for (const waiting of rows) {
      this.#slots.beforeChange(waiting.slot)
      waiting.session = into
    }
    const kept = this.#rows.get(into)
    if (kept === undefined) this.#rows.set(into, rows)
    else for (const row of rows) kept.push(row)
  }

  #close(micros: number): void {
    if (micros <= this.#closed) return
    this.#closed = micros
    this.#closeAll(Math.min(micros - this.#node.judge.latenessMicros, Number.MAX_VALUE))
  }

  #closeAll(micros: number): void {
    const { sessions } = this.#assigner
    const closed = sessions.close(micros)
    let out: Value[][] = []
    const { output, meter, settings } = this.#context
    const flush = (): void => {
      if (out.length === 0) return
      meter.rowsOut += out.length
      output.push(batchFromRows(out, this.#node.schema))
      out = []
    }
    for (const session of closed) {
      const [start, end] = [sessions.starts[session]!, sessions.ends[session]!]
      const bounds: Value[] = Number.isNaN(start) ? [null, null, null] : [start, end, end - MICROS_PER_MILLI]
      for (const { row, slot } of this.#rows.get(session) ?? []) {
        this.#rowCount--
        this.#slots.remove(slot)
        if (out.push([...row.slice(0, this.#node.width), ...bounds]) >= settings.batchRows) flush()
      }
      this.#rows.delete(session)
    }
    flush()
    sessions.release(closed)
    this.#assigner.cleanUp()
  }

  /** Open sessions with their bounds; the rows of each; how far time has come. */
  #newState(keys: Schema, rowSchema: Schema): OperatorState {
    const assigner = this.#assigner
    const schema: Schema = [...keys, stateField('session', DOUBLE, false), stateField('start', DOUBLE), stateField('end', DOUBLE)]
    const { changes } = new SessionSlots(assigner.sessions, schema, (sessions) => {
      const { starts, ends } = assigner.bounds(sessions)
      const keyOf = Int32Array.from(sessions, (session) => assigner.sessions.keys[session]!)
      return [...assigner.keys.keyVectors(keyOf, keyOf.length), { kind: 'f64', values: Float64Array.from(sessions), nulls: null }, starts, ends]
    })
    const time = new NumbersTable('progress', ['closed'])
    const place = sessionPlace(this.#node, this.#context)
    // Numbers are those of the worker that stored them, and a key has been on one worker.
    const restored = new Map<string, number>()
    const eachKeyed = (batch: Batch, some: Schema, take: (key: number, values: Value[]) => void): void => {
      const rowKeys = new Int32Array(batch.length)
      if (keys.length === 0) rowKeys.fill(assigner.keys.groupOf([]))
      else assigner.keys.groupsOf(batch.columns.slice(0, keys.length), batch.length, rowKeys)
      let i = 0
      eachRow(batch, some, (row) => take(rowKeys[i++]!, row.slice(keys.length)))
    }
    return {
      tables: [{ name: 'sessions', schema, ...place }, { name: 'rows', schema: rowSchema, ...place }, time],
      slots: [changes, this.#slots.changes],
      snapshot: (write) => time.write(write, 2, [this.#closed]),
      restore: (table, batch) => {
        if (table === 2) this.#closed = time.restore(batch)[0]!
        else if (table === 0) {
          eachKeyed(batch, schema, (key, [number, start, end]) => {
            restored.set(`${key} ${number as number}`, assigner.restore(key, start as number | null, end as number | null))
          })
        } else eachKeyed(batch, rowSchema, (key, [number, ...row]) => this.#keep(restored.get(`${key} ${number as number}`)!, row))
        this.#gauge()
      },
    }
  }
}
