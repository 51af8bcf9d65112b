import { assert } from '../errors.js'
import type { AggregateCall } from '../plan/physical.js'
import type { SessionNode } from '../plan/physical-windows.js'
import type { Batch, F64Vector, Vector } from '../types/batch.js'
import { copyValue } from '../types/copy-batch.js'
import { BOOLEAN, DOUBLE, type Schema, type Value } from '../types/data-type.js'
import { readValue } from '../types/vector-access.js'
import { vectorBuilderOf } from '../types/vector-builder.js'
import type { Accumulator } from './aggregate/accumulator.js'
import { loadStates, storedFormOf } from './aggregate/groups-state.js'
import type { EmittedSession } from './session-aggregate.js'
import type { OperatorContext } from './operator.js'
import type { SessionAssigner } from './session-assigner.js'
import { SessionSlots } from './session-slots.js'
import { NumbersTable, stateField } from './state-rows.js'
import type { OperatorState, StateTable } from './state.js'

interface Progress {
  closed(): number
  resume(closed: number): void
  restored(): void
}

/** Open sessions with their keys, bounds and states, what was emitted of them, and how far time has come. */
export function sessionState(
  node: SessionNode, calls: readonly AggregateCall[], accumulators: readonly Accumulator[], assigner: SessionAssigner,
  emitted: Map<number, EmittedSession> | null, inputSchema: Schema, context: OperatorContext, progress: Progress,
): OperatorState {
  const forms = calls.map((call, c) => storedFormOf(accumulators[c]!, call))
  const results = emitted === null ? [] : calls.map(({ type }, c) => stateField(`result ${c}`, type))
  const keys = node.keys.map((key, k) => stateField(`key ${k}`, inputSchema[key]!.type))
  const schema: Schema = [
    ...keys, stateField('start', DOUBLE), stateField('end', DOUBLE),
    ...forms.flatMap(({ types }, c) => types.map((type, s) => stateField(`state ${c}.${s}`, type))),
    ...(emitted === null ? [] : [stateField('emitted', BOOLEAN, false), stateField('emitted start', DOUBLE), stateField('emitted end', DOUBLE), ...results]),
  ]
  const table: StateTable = { name: 'sessions', schema, ...sessionPlace(node, context) }
  const time = new NumbersTable('progress', ['closed'])
  const columnsOf = (sessions: Int32Array): Vector[] => {
    const { starts, ends } = assigner.bounds(sessions)
    const keyOf = Int32Array.from(sessions, (session) => assigner.sessions.keys[session]!)
    const columns = [...assigner.keys.keyVectors(keyOf, keyOf.length), starts, ends, ...forms.flatMap((form) => form.save(sessions, sessions.length))]
    if (emitted === null) return columns
    const column = (type: Schema[number]['type'], value: (said: EmittedSession | undefined) => Value): Vector => {
      const builder = vectorBuilderOf(type, sessions.length)
      for (const session of sessions) builder.append(value(emitted.get(session)))
      return builder.finish(sessions.length)
    }
    return [
      ...columns, column(BOOLEAN, (said) => said !== undefined), column(DOUBLE, (said) => said?.start ?? null), column(DOUBLE, (said) => said?.end ?? null),
      ...calls.map(({ type }, c) => column(type, (said) => said?.values[c] ?? null)),
    ]
  }
  const { changes } = new SessionSlots(assigner.sessions, schema, columnsOf)
  return {
    tables: [table, time],
    slots: [changes],
    snapshot: (write) => time.write(write, 1, [progress.closed()]),
    restore: (at, batch) => {
      if (at === 1) progress.resume(time.restore(batch)[0]!)
      else restoreSessions(batch)
      progress.restored()
    },
  }

  function restoreSessions(batch: Batch): void {
    const rowKeys = new Int32Array(batch.length)
    if (keys.length === 0) rowKeys.fill(assigner.keys.groupOf([]))
    else assigner.keys.groupsOf(batch.columns.slice(0, keys.length), batch.length, rowKeys)
    let column = keys.length
    const take = (): Vector => batch.columns[column++]!
    const [starts, ends] = [take() as F64Vector, take() as F64Vector]
    const restored = Int32Array.from({ length: batch.length }, (_, i) => {
      const hasBounds = starts.nulls === null || starts.nulls[i] === 0
      return assigner.restore(rowKeys[i]!, hasBounds ? starts.values[i]! : null, hasBounds ? ends.values[i]! : null)
    })
    forms.forEach((form, c) => {
      accumulators[c]!.ensure(assigner.sessions.bound)
      loadStates(accumulators[c]!, form, restored, form.types.map(take))
    })
    if (emitted !== null) restoreEmitted(restored, rowKeys, batch, column)
    column += emitted === null ? 0 : 3 + results.length
    assert(column === schema.length, 'stored sessions have the columns of this operator')
  }

  function restoreEmitted(restored: Int32Array, rowKeys: Int32Array, batch: Batch, from: number): void {
    for (let i = 0; i < batch.length; i++) {
      const [has, start, end, ...values] = schema.slice(from).map(({ type }, c) => copyValue(readValue(batch.columns[from + c]!, type, i)))
      if (has === true) emitted!.set(restored[i]!, { key: rowKeys[i]!, start: start as number, end: end as number, values })
    }
  }
}

/** A session belongs where its rows come. */
export function sessionPlace({ keys }: SessionNode, { sharedOutBy }: OperatorContext): Pick<StateTable, 'keys' | 'unkeyed'> {
  if (keys.length === 0) return { keys: null, unkeyed: 'part' }
  const columns = sharedOutBy?.[0] ?? keys
  assert(columns.every((column) => keys.includes(column)), 'rows are shared out by keys of their sessions')
  return { keys: columns.map((column) => keys.indexOf(column)) }
}
