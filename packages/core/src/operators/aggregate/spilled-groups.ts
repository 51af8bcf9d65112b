import { assert, MillraceError } from '../../errors.js'
import { SPILL_KEY_BYTES_MAX, SPILL_WRITE_ROWS } from '../../limits.js'
import { ByteSink } from '../../state/byte-sink.js'
import { RowCodec } from '../../state/row-codec.js'
import type { SpilledRow, SpillSnapshot, SpillStore } from '../../state/spill-store.js'
import type { Batch } from '../../types/batch.js'
import type { Value } from '../../types/data-type.js'
import { batchFromRows } from '../../types/vector-builder.js'
import type { SpillShare } from '../operator.js'
import type { StateStream } from '../state.js'
import type { TouchTimes } from '../touch-times.js'
import type { GroupsState } from './groups-state.js'
import type { Groups } from './groups.js'
import { KeyOrder } from './key-order.js'

/**
 * Groups beyond memory. When those of an aggregate take more than their share of it, all of them move into a store, as rows of the state's
 * table by the bytes of their keys, and the arrays begin anew. A group that is new there is looked for in the store before its first row
 * counts, so kernels find every group as if it had never been away.
 *
 * A group is in memory or in the store. One that came back leaves its row behind, *stale*: it is overwritten when the group leaves again,
 * and removed when the group goes for good. A snapshot holds it beside the newer one, which is restored first.
 *
 * When groups leave depends on the memory in use, to which a snapshot adds marks and groups that are gone but not yet written. So final
 * rows that come out together, of one window or at the end, are in another order with snapshots than without, but the same rows.
 */
export class SpilledGroups implements StateStream {
  readonly #groups: Groups
  readonly #state: GroupsState
  readonly #store: SpillStore
  readonly #bytesMax: number
  /** Rows are in the order of this key; −1 where groups do not close by time. */
  readonly #endKey: number
  readonly #touches: TouchTimes | null
  readonly #codec: RowCodec
  readonly #keyCount: number
  /** By group in memory: 1 where the store has a row of it. */
  #stale: Uint8Array = new Uint8Array(64)
  #staleCount = 0
  /** Rows in the store. */
  #rows = 0
  #restoring = false
  /** How far the search for rows that have lived their time has come. */
  #swept: Uint8Array | null = null
  /** For the snapshot under way. */
  #reading: SpillSnapshot | null = null
  readonly #key = new ByteSink()
  readonly #row = new ByteSink()

  constructor(groups: Groups, state: GroupsState, { store, bytesMax }: SpillShare, endKey: number | null, touches: TouchTimes | null) {
    this.#groups = groups
    this.#state = state
    this.#store = store
    this.#bytesMax = bytesMax
    this.#endKey = endKey ?? -1
    this.#touches = touches
    this.#codec = new RowCodec(state.table.schema)
    this.#keyCount = groups.table.columns.length
    groups.spilling = true
    groups.table.onAdded = (group) => this.#fetch(group)
  }

  /** Groups that are in the store alone. */
  get size(): number {
    return this.#rows - this.#staleCount
  }

  /** A group has its number and nothing else. If it is in the store it comes back now. */
  #fetch(group: number): void {
    if (group >= this.#stale.length) this.#stale = longer(this.#stale, group + 1)
    this.#stale[group] = 0
    if (this.#rows === 0 || this.#restoring) return
    const bytes = this.#store.get(this.#keyOf(group))
    if (bytes === null) return
    this.#stale[group] = 1
    this.#staleCount++
    const row = this.#codec.decode(bytes)
    if (this.#hasLived(row)) return
    this.#state.restoreRow(group, row)
    if (this.#groups.accumulators.some(({ wide }) => wide)) this.#groups.turnedWide = true
  }

  #keyOf(group: number): Uint8Array {
    this.#key.clear()
    this.#groups.table.putKeyBytes(group, this.#endKey, this.#key)
    return checkedKey(this.#key.written())
  }

  /** True if a row has not been touched for its time to live. */
  #hasLived(row: readonly Value[]): boolean {
    return this.#touches !== null && this.#touches.isOld(row.at(-1) as number)
  }

  /** Before a batch, of so many rows, or after groups were restored: moves the groups out if there is no room for more. */
  makeRoom(rows: number): void {
    const { table } = this.#groups
    const bytes = this.#groups.bytes + (this.#touches?.bytes ?? 0)
    // Arrays grow to twice their length: what they would take then counts.
    const grows = table.size + rows > table.capacity
    if (this.#groups.size > 0 && (grows ? 2 * bytes : bytes) > this.#bytesMax) this.#moveOut()
  }

  #moveOut(): void {
    const order = new KeyOrder(this.#groups.table, this.#groups.live(), this.#endKey)
    for (let from = 0; from < order.groups.length; from += SPILL_WRITE_ROWS) {
      const groups = order.groups.subarray(from, Math.min(from + SPILL_WRITE_ROWS, order.groups.length))
      const { columns } = this.#state.rowsOf(groups)
      this.#store.write(({ put }) => groups.forEach((group, i) => {
        this.#row.clear()
        this.#codec.encode(columns, i, this.#row)
        put(checkedKey(order.keyAt(from + i)), this.#row.written())
        if (this.#stale[group] === 0) this.#rows++
      }))
    }
    this.#stale.fill(0)
    this.#staleCount = 0
    this.#groups.clear()
    this.#touches?.renumber(NONE)
    if (this.#touches !== null) this.#sweep(order.groups.length)
  }

  /** Removes rows that have lived their time, among the next so many. As many as have come are looked at, so that dead ones do not gather. */
  #sweep(count: number): void {
    for (let seen = 0; seen < count;) {
      const rows = this.#store.range(this.#swept, null, SPILL_WRITE_ROWS)
      this.#remove(rows.filter(({ row }) => this.#hasLived(this.#codec.decode(row))).map(({ key }) => key))
      this.#swept = rows.length < SPILL_WRITE_ROWS ? null : behind(rows.at(-1)!.key)
      if (this.#swept === null) return
      seen += rows.length
    }
  }

  /** Groups in memory are about to go for good: what they have left in the store goes too. */
  forget(groups: Int32Array): void {
    const gone: Uint8Array[] = []
    for (const group of groups) {
      if (this.#stale[group] === 0) continue
      this.#stale[group] = 0
      this.#staleCount--
      gone.push(this.#keyOf(group).slice())
    }
    if (gone.length > 0) this.#remove(gone)
  }

  #remove(keys: readonly Uint8Array[]): void {
    for (let from = 0; from < keys.length; from += SPILL_WRITE_ROWS) {
      this.#store.write(({ remove }) => keys.slice(from, from + SPILL_WRITE_ROWS).forEach((key) => remove(key)))
    }
    this.#rows -= keys.length
  }

  /** Group `live[i]` has become group i; all others are gone. */
  renumber(live: Int32Array): void {
    live.forEach((group, i) => { this.#stale[i] = this.#stale[group]! })
  }

  /**
   * Brings back the next groups, at most `groupsMax`, that close at or before `micros`, and removes their rows. Those in memory that
   * close have gone before.
   * @returns false if there were none
   */
  takeClosing(micros: number, groupsMax: number): boolean {
    if (this.#rows === 0) return false
    const rows = this.#store.range(null, beforeWhich(micros), groupsMax)
    this.#remove(rows.map(({ key }) => key))
    this.#restore(rows)
    return rows.length > 0
  }

  /** At the end: has `emit` called for all groups, those in memory first, a part at a time, in memory alone. Then there are none left. */
  drain(groupsMax: number, emit: () => void): void {
    if (this.#staleCount > 0) this.forget(this.#groups.live())
    emit()
    this.#groups.clear()
    for (let from: Uint8Array | null = null; this.#rows > 0;) {
      const rows: SpilledRow[] = this.#store.range(from, null, groupsMax)
      if (rows.length === 0) break
      from = behind(rows.at(-1)!.key)
      this.#restore(rows)
      emit()
      this.#groups.clear()
    }
    this.clear()
  }

  #restore(rows: readonly SpilledRow[]): void {
    const { table } = this.#groups
    this.#groups.reserve(rows.length)
    this.#restoring = true
    for (const { row } of rows) {
      const values = this.#codec.decode(row)
      const known = table.size
      const group = table.groupOf(values.slice(0, this.#keyCount))
      assert(group === known, 'a group is in memory or in the store')
      this.#state.restoreRow(group, values)
    }
    this.#restoring = false
    this.#groups.indexWindows()
  }

  // --------------------------------------------------------------------------------------------------------------- snapshots

  beginStream(): void {
    if (this.#rows > 0) this.#reading = this.#store.snapshot()
  }

  nextOfStream(rowsMax: number): Batch | null {
    const rows = this.#reading?.next(rowsMax) ?? []
    if (rows.length > 0) return batchFromRows(rows.map(({ row }) => this.#codec.decode(row)), this.#state.table.schema)
    this.#reading?.close()
    this.#reading = null
    return null
  }

  /** Stored rows: those that were in memory first, then those beyond it, among which some may be stale. */
  restore(batch: Batch): void {
    this.makeRoom(batch.length)
    this.#state.restoreMissing(batch, (group) => this.#stale[group] === 1)
  }

  /** Forgets the rows in the store. */
  clear(): void {
    if (this.#rows > 0) this.#store.clear()
    this.#rows = this.#staleCount = 0
    this.#stale.fill(0)
    this.#swept = null
  }
}

const NONE = new Int32Array(0)

function checkedKey(key: Uint8Array): Uint8Array {
  if (key.length <= SPILL_KEY_BYTES_MAX) return key
  throw new MillraceError('STATE_LIMIT', `a group's key of ${key.length} bytes cannot leave memory, where ${SPILL_KEY_BYTES_MAX} is the most; `
    + 'group by less, such as a hash of it, or leave out \'state.memory-limit\'')
}

function longer(bytes: Uint8Array, needed: number): Uint8Array {
  const grown = new Uint8Array(Math.max(needed, bytes.length * 2))
  grown.set(bytes)
  return grown
}

/** The least key behind another. */
function behind(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1)
  next.set(key)
  return next
}

/** The key before which all groups lie that end at or before a time; null for all. */
function beforeWhich(micros: number): Uint8Array | null {
  if (micros === Infinity) return null
  const sink = new ByteSink()
  sink.putOrdered(micros)
  const bytes = sink.written().slice()
  for (let i = bytes.length - 1; i >= 0; i--) {
    bytes[i] = bytes[i]! + 1
    if (bytes[i] !== 0) break
  }
  return bytes
}
