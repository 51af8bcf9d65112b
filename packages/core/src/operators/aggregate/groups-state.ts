import { assert } from '../../errors.js'
import { stateTypesOf } from '../../plan/aggregate-state.js'
import type { AggregateCall, AggregateNode } from '../../plan/physical.js'
import { STATE_PIECE_ROWS } from '../../limits.js'
import { allRows } from '../../types/batch-buffer.js'
import type { Batch, BoolVector, F64Vector, Vector } from '../../types/batch.js'
import { batchOf } from '../../types/batch.js'
import { copyValue } from '../../types/copy-batch.js'
import { BOOLEAN, DOUBLE } from '../../types/data-type.js'
import type { Schema, Value } from '../../types/data-type.js'
import { readValue, rowValues } from '../../types/vector-access.js'
import { ChangedSlots } from '../../state/changed-slots.js'
import type { SlotRows } from '../../state/changed-slots.js'
import { stateField } from '../state-rows.js'
import type { StateTable } from '../state.js'
import type { TouchTimes } from '../touch-times.js'
import type { Accumulator, StoredForm } from './accumulator.js'
import type { Groups } from './groups.js'

/**
 * The groups of an aggregate as a table, one row a group: keys, the states of its calls, the rows it is made of where they can be taken
 * back, and the results that were emitted last where changes are emitted. What is an index of these (windows by their ends) is not stored.
 *
 * A group's number is its slot. Of a group that is about to change its states are put aside, in accumulators of their own; what is known of
 * it besides changes only when a batch is through, or when it goes: by then it has been written (`ChangedSlots.settle`).
 */
export class GroupsState implements SlotRows {
  readonly table: StateTable
  readonly changes: ChangedSlots
  readonly #groups: Groups
  readonly #forms: readonly StoredForm[]
  readonly #results: Schema
  readonly #keyCount: number
  /** When groups were touched: present where they have a time to live. */
  readonly #touches: TouchTimes | null
  readonly #added: StoredNumber | null
  readonly #newAside: () => Aside
  #aside: Aside | null = null

  /**
   * @param fresh makes accumulators like those of the groups
   * @param sharedOutBy columns of the input by which rows have come here; see {@link OperatorContext.sharedOutBy}
   */
  constructor(
    node: AggregateNode, groups: Groups, fresh: () => readonly Accumulator[], sharedOutBy: readonly number[] | null,
    { touches = null, added = null }: { readonly touches?: TouchTimes | null; readonly added?: StoredNumber | null } = {},
  ) {
    this.#touches = touches
    this.#added = added
    this.#groups = groups
    this.#keyCount = node.keys.length
    this.#forms = node.calls.map((call, c) => storedFormOf(groups.accumulators[c]!, call))
    this.#results = groups.emitted === null ? [] : node.calls.map(({ type }, c) => stateField(`result ${c}`, type))
    this.#newAside = () => new Aside(fresh(), node.calls, added)
    const keys = node.keys.map(({ type }, k) => stateField(`key ${k}`, type))
    const states = this.#forms.flatMap(({ types }, c) => types.map((type, s) => stateField(`state ${c}.${s}`, type)))
    const rows = groups.rowCounts === null ? [] : [stateField('rows', DOUBLE, false)]
    const emitted = groups.emitted === null ? [] : [stateField('emitted', BOOLEAN, false), ...this.#results]
    const touched = touches === null ? [] : [stateField('touched', DOUBLE, false)]
    const last = added === null ? [] : [stateField(added.name, DOUBLE, false)]
    this.table = { name: 'groups', schema: [...keys, ...states, ...rows, ...emitted, ...touched, ...last], ...placeOf(node, sharedOutBy) }
    this.changes = new ChangedSlots(this)
  }

  // -------------------------------------------------------------------------------------------------------- as rows by slot

  get slotCount(): number {
    return this.#groups.table.size
  }

  holds(group: number): boolean {
    return this.#groups.isLive(group)
  }

  rowsOf(groups: Int32Array): Batch {
    const { rowCounts } = this.#groups
    const states = this.#forms.flatMap((form) => form.save(groups, groups.length))
    const added = this.#added === null ? null : Float64Array.from(groups, (group) => this.#added!.of(group))
    return this.#rows(groups, states, rowCounts === null ? null : gathered(rowCounts, groups), added)
  }

  putAside(group: number, place: number): void {
    this.#aside ??= this.#newAside()
    this.#aside.put(this.#groups, this.#forms, group, place)
  }

  rowsAside(groups: Int32Array): Batch {
    const { states, rowCounts, added } = this.#aside!.take(groups.length)
    return this.#rows(groups, states, this.#groups.rowCounts === null ? null : rowCounts, this.#added === null ? null : added)
  }

  #rows(groups: Int32Array, states: readonly Vector[], rowCounts: Float64Array | null, added: Float64Array | null): Batch {
    const columns = [...this.#groups.table.keyVectors(groups, groups.length), ...states]
    if (rowCounts !== null) columns.push({ kind: 'f64', values: rowCounts, nulls: null })
    columns.push(...this.#emitted(groups))
    if (this.#touches !== null) columns.push({ kind: 'f64', values: this.#touches.timesOf(groups), nulls: null })
    if (added !== null) columns.push({ kind: 'f64', values: added, nulls: null })
    return batchOf(columns, groups.length)
  }

  #emitted(groups: Int32Array): Vector[] {
    const { emitted } = this.#groups
    if (emitted === null) return []
    const has = Uint8Array.from(groups, (group) => (emitted.has[group]!))
    return [{ kind: 'bool', values: has, nulls: null }, ...emitted.held(groups, groups.length)]
  }

  // --------------------------------------------------------------------------------------------------------------- restoring

  /** The groups of the rows; what was {@link StoredNumber added} stands in the last column. Valid as long as groups are not renumbered. */
  restore(batch: Batch): Int32Array {
    const { length } = batch
    const groups = new Int32Array(length)
    this.#groups.reserve(length)
    const known = this.#groups.table.size
    if (this.#keyCount === 0) groups[0] = this.#groups.table.groupOf([])
    else this.#groups.table.groupsOf(batch.columns.slice(0, this.#keyCount), length, groups)
    const areNew = this.#groups.table.size === known + length
    let column = this.#keyCount
    const take = (): Vector => batch.columns[column++]!
    this.#forms.forEach((form, c) => {
      const states = form.types.map(take)
      if (areNew) loadStates(this.#groups.accumulators[c]!, form, groups, states)
      else loadRows(form, groups, states)
    })
    const { rowCounts, emitted } = this.#groups
    if (rowCounts !== null) {
      const { values } = take() as F64Vector
      for (let i = 0; i < length; i++) rowCounts[groups[i]!] = values[i]!
    }
    if (emitted !== null) {
      const { values: has } = take() as BoolVector
      emitted.remember(this.#results.map(take), Int32Array.from({ length }, (_, i) => (has[i] === 0 ? -1 : i)), groups, length)
    }
    if (this.#touches !== null) this.#touches.restore(groups, (take() as F64Vector).values)
    if (this.#added !== null) column++
    assert(column === batch.columns.length, 'stored groups have the columns of this aggregate')
    this.#groups.indexWindows()
    return groups
  }

  /**
   * {@link restore} of rows among which some are older than groups that are there already: those are passed over.
   * @param isKnown true of a group that has got its number just now and is not new nevertheless
   */
  restoreMissing(batch: Batch, isKnown: (group: number) => boolean = () => false): void {
    const { table } = this.#groups
    this.#groups.reserve(batch.length)
    for (let i = 0; i < batch.length; i++) {
      const row = rowValues(batch, this.table.schema, i).map(copyValue)
      const known = table.size
      const group = table.groupOf(row.slice(0, this.#keyCount))
      if (group >= known && !isKnown(group)) this.restoreRow(group, row)
    }
    this.#groups.indexWindows()
  }

  /** Puts one stored row into its group, which is empty. The values share no memory with anything. */
  restoreRow(group: number, row: readonly Value[]): void {
    let column = this.#keyCount
    for (const { types, load } of this.#forms) load(group, row.slice(column, column += types.length))
    const { rowCounts, emitted } = this.#groups
    if (rowCounts !== null) rowCounts[group] = row[column++] as number
    if (emitted !== null) {
      if (row[column++] === true) emitted.set(group, row.slice(column, column + this.#results.length))
      column += this.#results.length
    }
    if (this.#touches !== null) this.#touches.restore(Int32Array.of(group), Float64Array.of(row[column++] as number))
    assert(column === row.length, 'a stored group has the columns of this aggregate')
  }
}

/** The states of groups that have changed, as they were. */
class Aside {
  readonly #accumulators: readonly Accumulator[]
  readonly #forms: readonly StoredForm[]
  readonly #rowCounts = new Float64Array(STATE_PIECE_ROWS)
  readonly #added: StoredNumber | null
  readonly #numbers = new Float64Array(STATE_PIECE_ROWS)
  readonly #one = new Int32Array(1)

  constructor(accumulators: readonly Accumulator[], calls: readonly AggregateCall[], added: StoredNumber | null) {
    this.#added = added
    this.#accumulators = accumulators
    this.#forms = accumulators.map((accumulator, c) => storedFormOf(accumulator, calls[c]!))
    for (const accumulator of accumulators) accumulator.ensure(STATE_PIECE_ROWS)
  }

  put({ accumulators, rowCounts }: Groups, forms: readonly StoredForm[], group: number, place: number): void {
    for (let c = 0; c < accumulators.length; c++) {
      const aside = this.#accumulators[c]!
      if (aside.copyFrom !== undefined) {
        aside.copyFrom(accumulators[c]!, group, place)
        continue
      }
      this.#one[0] = group
      const states = forms[c]!.save(this.#one, 1)
      aside.reset(place)
      this.#one[0] = place
      loadRows(this.#forms[c]!, this.#one, states)
    }
    if (rowCounts !== null) this.#rowCounts[place] = rowCounts[group]!
    if (this.#added !== null) this.#numbers[place] = this.#added.of(group)
  }

  take(count: number): { states: Vector[]; rowCounts: Float64Array; added: Float64Array } {
    const places = allRows(count).subarray(0, count)
    return { states: this.#forms.flatMap((form) => form.save(places, count)), rowCounts: this.#rowCounts, added: this.#numbers }
  }
}

/** Puts stored states into groups that are empty, column by column where the accumulator can. */
export function loadStates(accumulator: Accumulator, form: StoredForm, groups: Int32Array, states: readonly Vector[]): void {
  if (accumulator.stored === undefined && accumulator.load !== undefined) accumulator.load(groups, groups.length, states)
  else loadRows(form, groups, states)
}

function loadRows({ types, load }: StoredForm, groups: Int32Array, states: readonly Vector[]): void {
  for (let i = 0; i < groups.length; i++) load(groups[i]!, states.map((state, s) => copyValue(readValue(state, types[s]!, i))))
}

function gathered(values: Float64Array, groups: Int32Array): Float64Array {
  const gathered = new Float64Array(groups.length)
  for (let i = 0; i < groups.length; i++) gathered[i] = values[groups[i]!]!
  return gathered
}

/** One number more that is stored of each group. */
export interface StoredNumber {
  readonly name: string
  of(group: number): number
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
