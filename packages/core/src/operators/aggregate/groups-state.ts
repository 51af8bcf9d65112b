import { assert } from '../../errors.js'
import { stateTypesOf } from '../../plan/aggregate-state.js'
import type { AggregateCall, AggregateNode } from '../../plan/physical.js'
import type { Batch, F64Vector, Vector } from '../../types/batch.js'
import { batchOf } from '../../types/batch.js'
import { copyValue } from '../../types/copy-batch.js'
import { BOOLEAN, DOUBLE } from '../../types/data-type.js'
import type { Schema, Value } from '../../types/data-type.js'
import { readValue } from '../../types/vector-access.js'
import { vectorBuilderOf } from '../../types/vector-builder.js'
import { eachPiece, stateField } from '../state-rows.js'
import type { StateTable } from '../state.js'
import type { TouchTimes } from '../touch-times.js'
import type { Accumulator, StoredForm } from './accumulator.js'
import type { Groups } from './groups.js'

/**
 * The groups of an aggregate as a table, one row a group: keys, the states of its calls, the rows it is made of where they can be taken
 * back, and the results that were emitted last where changes are emitted. What is an index of these (windows by their ends) is not stored.
 */
export class GroupsState {
  readonly table: StateTable
  readonly #groups: Groups
  readonly #forms: readonly StoredForm[]
  readonly #results: Schema
  readonly #keyCount: number

  /** When groups were touched: present where they have a time to live. */
  readonly #touches: TouchTimes | null

  /** @param sharedOutBy columns of the input by which rows have come here; see {@link OperatorContext.sharedOutBy} */
  constructor(node: AggregateNode, groups: Groups, sharedOutBy: readonly number[] | null, touches: TouchTimes | null = null) {
    this.#touches = touches
    this.#groups = groups
    this.#keyCount = node.keys.length
    this.#forms = node.calls.map((call, c) => storedFormOf(groups.accumulators[c]!, call))
    this.#results = groups.emitted === null ? [] : node.calls.map(({ type }, c) => stateField(`result ${c}`, type))
    const keys = node.keys.map(({ type }, k) => stateField(`key ${k}`, type))
    const states = this.#forms.flatMap(({ types }, c) => types.map((type, s) => stateField(`state ${c}.${s}`, type)))
    const rows = groups.rowCounts === null ? [] : [stateField('rows', DOUBLE, false)]
    const emitted = groups.emitted === null ? [] : [stateField('emitted', BOOLEAN, false), ...this.#results]
    const touched = touches === null ? [] : [stateField('touched', DOUBLE, false)]
    this.table = { name: 'groups', schema: [...keys, ...states, ...rows, ...emitted, ...touched], ...placeOf(node, sharedOutBy) }
  }

  /** @param written the groups, in the order in which they are to be stored; `write` gets those of the batch */
  write(write: (table: number, batch: Batch, groups: Int32Array) => void, table: number, written: Int32Array = this.#groups.live()): void {
    eachPiece(written, (groups) => write(table, batchOf(this.#columns(groups), groups.length), groups))
  }

  #columns(groups: Int32Array): Vector[] {
    const { table, rowCounts } = this.#groups
    const columns = [...table.keyVectors(groups, groups.length), ...this.#forms.flatMap((form) => form.save(groups, groups.length))]
    if (rowCounts !== null) columns.push({ kind: 'f64', values: Float64Array.from(groups, (group) => rowCounts[group]!), nulls: null })
    columns.push(...this.#emitted(groups))
    if (this.#touches !== null) columns.push({ kind: 'f64', values: this.#touches.timesOf(groups), nulls: null })
    return columns
  }

  #emitted(groups: Int32Array): Vector[] {
    const { emitted } = this.#groups
    if (emitted === null) return []
    const has = Uint8Array.from(groups, (group) => (emitted.has[group]!))
    return [{ kind: 'bool', values: has, nulls: null }, ...this.#results.map(({ type }, r) => {
      const builder = vectorBuilderOf(type, groups.length)
      for (const group of groups) builder.append(emitted.valueOf(group, r))
      return builder.finish(groups.length)
    })]
  }

  restore(batch: Batch): void {
    const { length } = batch
    const groups = new Int32Array(length)
    this.#groups.reserve(length)
    if (this.#keyCount === 0) groups[0] = this.#groups.table.groupOf([])
    else this.#groups.table.groupsOf(batch.columns.slice(0, this.#keyCount), length, groups)
    let column = this.#keyCount
    const take = (): Vector => batch.columns[column++]!
    for (const { types, load } of this.#forms) {
      const states = types.map(take)
      for (let i = 0; i < length; i++) load(groups[i]!, states.map((state, s) => copyValue(readValue(state, types[s]!, i))))
    }
    if (this.#groups.rowCounts !== null) {
      const rows = take()
      for (let i = 0; i < length; i++) this.#groups.rowCounts[groups[i]!] = readValue(rows, DOUBLE, i) as number
    }
    if (this.#groups.emitted !== null) this.#restoreEmitted(groups, take(), this.#results.map(take))
    if (this.#touches !== null) this.#touches.restore(groups, (take() as F64Vector).values)
    assert(column === batch.columns.length, 'stored groups have the columns of this aggregate')
    this.#groups.indexWindows()
  }

  #restoreEmitted(groups: Int32Array, has: Vector, results: readonly Vector[]): void {
    groups.forEach((group, i) => {
      if (readValue(has, BOOLEAN, i) !== true) return
      this.#groups.emitted!.set(group, results.map((result, r): Value => copyValue(readValue(result, this.#results[r]!.type, i))))
    })
  }
}

/** How the states of a call are stored. */
export function storedFormOf(accumulator: Accumulator, call: AggregateCall): StoredForm {
  return accumulator.stored ?? formOf(accumulator, stateTypesOf(call))
}

/** The partial state stands for the whole one, if an accumulator says nothing else. */
function formOf(accumulator: Accumulator, types: StoredForm['types']): StoredForm {
  return {
    types,
    save: (groups, count) => accumulator.states(groups, count),
    load: (group, state) => accumulator.merge(group, state),
  }
}

/** A group belongs where its rows come: to the owner of as many of its keys as rows are shared out by. */
function placeOf({ keys }: AggregateNode, sharedOutBy: readonly number[] | null): Pick<StateTable, 'keys' | 'unkeyed'> {
  if (keys.length === 0) return { keys: null, unkeyed: 'part' }
  if (sharedOutBy === null) return { keys: keys.map((_, k) => k) }
  const places = sharedOutBy.map((column) => keys.findIndex((key) => key.kind === 'column' && key.index === column))
  assert(!places.includes(-1), 'rows are shared out by keys of their aggregate')
  return { keys: places }
}
