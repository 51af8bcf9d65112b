import { assert } from '../errors.js'
import type { AggregateCall } from '../plan/physical.js'
import type { SessionNode } from '../plan/physical-windows.js'
import { batchOf, type Batch, type Vector } from '../types/batch.js'
import { copyValue } from '../types/copy-batch.js'
import { BOOLEAN, DOUBLE, type Schema, type Value } from '../types/data-type.js'
import { readValue } from '../types/vector-access.js'
import { vectorBuilderOf } from '../types/vector-builder.js'
import type { Accumulator } from './aggregate/accumulator.js'
import { storedFormOf } from './aggregate/groups-state.js'
import type { EmittedSession } from './session-aggregate.js'
import type { OperatorContext } from './operator.js'
import type { SessionAssigner } from './session-assigner.js'
import { eachPiece, NumbersTable, stateField } from './state-rows.js'
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
  return {
    tables: [table, time],
    snapshot: (write) => {
      eachPiece(assigner.sessions.open(), (sessions) => write(0, batchOf(columnsOf(sessions), sessions.length)))
      time.write(write, 1, [progress.closed()])
    },
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
    for (let i = 0; i < batch.length; i++) {
      let column = keys.length
      const take = (): Value => copyValue(readValue(batch.columns[column]!, schema[column++]!.type, i))
      const session = assigner.restore(rowKeys[i]!, take() as number | null, take() as number | null)
      forms.forEach((form, c) => {
        accumulators[c]!.ensure(assigner.sessions.bound)
        form.load(session, form.types.map(take))
      })
      if (emitted === null) continue
      const has = take()
      const [start, end] = [take(), take()]
      const values = results.map(take)
      if (has === true) emitted.set(session, { key: rowKeys[i]!, start: start as number, end: end as number, values })
      assert(column === schema.length, 'stored sessions have the columns of this operator')
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
