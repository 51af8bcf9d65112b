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
import type { LateRowWriter } from './late-rows.js'
import type { Operator, OperatorContext } from './operator.js'
import { SessionAssigner } from './session-assigner.js'
import { sessionPlace } from './session-state.js'
import { eachRow, NumbersTable, stateField, writeRows } from './state-rows.js'
import type { OperatorState } from './state.js'

/** What a kept row is reckoned to take. */
const ROW_BYTES = 160

/** SESSION without GROUP BY: the bounds of a session are known when it closes, and until then its rows are kept. */
export class SessionRowsOperator implements Operator {
  readonly state: OperatorState
  readonly #node: SessionNode
  readonly #schema: Schema
  readonly #context: OperatorContext
  readonly #assigner: SessionAssigner
  /** By session, its rows as they came. */
  readonly #rows = new Map<number, Value[][]>()
  #rowCount = 0
  #closed = -Infinity

  constructor(node: SessionNode, inputSchema: Schema, late: LateRowWriter | null, context: OperatorContext) {
    this.#node = node
    this.#schema = inputSchema
    this.#context = context
    this.#assigner = new SessionAssigner(node, inputSchema, late, context, (into, from) => this.#join(into, from))
    this.state = this.#newState()
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

  #keep(session: number, row: Value[]): void {
    if (++this.#rowCount > SESSION_ROWS_MAX) {
      throw new MillraceError('STATE_LIMIT', `more than ${SESSION_ROWS_MAX} rows wait for their sessions to close; group them, or use a shorter gap`)
    }
    const rows = this.#rows.get(session)
    if (rows === undefined) this.#rows.set(session, [row])
    else rows.push(row)
  }

  #join(into: number, from: number): void {
    const rows = this.#rows.get(from)
    if (rows === undefined) return
    this.#rows.delete(from)
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
      for (const row of this.#rows.get(session) ?? []) {
        this.#rowCount--
        if (out.push([...row.slice(0, this.#node.width), ...bounds]) >= settings.batchRows) flush()
      }
      this.#rows.delete(session)
    }
    flush()
    sessions.release(closed)
    this.#assigner.cleanUp()
  }

  #newState(): OperatorState {
    const keys = this.#node.keys.map((key, k) => stateField(`key ${k}`, this.#schema[key]!.type))
    const schema: Schema = [...keys, stateField('session', DOUBLE, false), stateField('start', DOUBLE), stateField('end', DOUBLE), ...this.#schema.map((f) => ({ ...f, nullable: true }))]
    const time = new NumbersTable('progress', ['closed'])
    const { sessions } = this.#assigner
    const restored = new Map<string, number>()
    return {
      tables: [{ name: 'rows', schema, ...sessionPlace(this.#node, this.#context) }, time],
      snapshot: (write) => {
        const open = [...sessions.open()]
        writeRows(write, 0, schema, open.flatMap((session) => (this.#rows.get(session) ?? []).map((row) => {
          const start = sessions.starts[session]!
          const bounds = Number.isNaN(start) ? [null, null] : [start, sessions.ends[session]!]
          return [...this.#node.keys.map((key) => row[key]!), session, ...bounds, ...row]
        })))
        time.write(write, 1, [this.#closed])
      },
      restore: (table, batch) => {
        if (table === 1) this.#closed = time.restore(batch)[0]!
        else {
          const rowKeys = new Int32Array(batch.length)
          if (keys.length === 0) rowKeys.fill(this.#assigner.keys.groupOf([]))
          else this.#assigner.keys.groupsOf(batch.columns.slice(0, keys.length), batch.length, rowKeys)
          let i = 0
          eachRow(batch, schema, (row) => {
            const key = rowKeys[i++]!
            const [number, start, end] = row.slice(keys.length) as [number, number | null, number | null]
            const name = `${key} ${number}`
            const session = restored.get(name) ?? this.#assigner.restore(key, start, end)
            restored.set(name, session)
            this.#keep(session, row.slice(keys.length + 3))
          })
        }
        this.#gauge()
      },
    }
  }
}
