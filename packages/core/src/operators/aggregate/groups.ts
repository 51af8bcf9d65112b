import { GroupTable } from '../../state/group-table.js'
import type { DataType } from '../../types/data-type.js'
import { readValue } from '../../types/vector-access.js'
import type { Accumulator } from './accumulator.js'
import type { ChangedSlots } from '../../state/changed-slots.js'
import { EmittedResults } from './emitted-results.js'
import { TouchedGroups } from './touched-groups.js'
import { WindowIndex } from './window-index.js'

/** Fewer dead groups than this are not worth a clean-up. */
const DEAD_GROUPS_MIN = 1_024

/** All that an aggregate keeps: its keys, the states of its calls, and what is known of each group besides. */
export class Groups {
  readonly table: GroupTable
  readonly accumulators: readonly Accumulator[]
  /** Present where groups close by watermark. */
  readonly windows: WindowIndex | null
  /** Present where changes are emitted. */
  readonly touched: TouchedGroups | null
  /** Results that were emitted last, by group: present where changes are emitted. */
  readonly emitted: EmittedResults | null
  /** Rows that a group is made of: present where rows can be taken back. */
  rowCounts: Float64Array | null
  /** Told before a group changes, where that is stored; see {@link GroupsState}. */
  changes: ChangedSlots | null = null
  /** True if the key of a group that was buried may come again before the next clean-up: then kernels {@link revive} it. */
  readonly returning: boolean
  /** True where groups come back from outside of memory in the midst of a batch: see {@link SpilledGroups}. */
  spilling = false
  /** Such a group has brought numbers that only code for wide numbers can go on with. Whoever goes on with such code unsets it. */
  turnedWide = false
  readonly #endKey: number
  readonly #endType: DataType | null
  /** Groups that are gone but still have a number. */
  #dead = new Set<number>()
  #indexed = 0

  constructor(keyTypes: readonly DataType[], accumulators: readonly Accumulator[], options: GroupsOptions) {
    this.table = new GroupTable(keyTypes)
    this.accumulators = accumulators
    this.returning = options.retracting || options.timeToLive === true
    this.#endKey = options.endKey ?? -1
    this.#endType = options.endKey === null ? null : keyTypes[options.endKey]!
    this.windows = options.endKey === null ? null : new WindowIndex()
    this.touched = options.changes ? new TouchedGroups() : null
    this.emitted = options.changes ? new EmittedResults(options.resultTypes) : null
    this.rowCounts = options.retracting ? new Float64Array(64) : null
  }

  get size(): number {
    return this.table.size - this.#dead.size
  }

  get bytes(): number {
    const rows = (this.rowCounts?.byteLength ?? 0) + (this.emitted?.bytes ?? 0) + (this.changes?.bytes ?? 0)
    const indexes = (this.touched?.bytes ?? 0) + (this.windows?.bytes ?? 0)
    return this.table.bytes + rows + indexes + this.accumulators.reduce((sum, accumulator) => sum + accumulator.bytes, 0)
  }

  /** Makes room for so many new groups, before a batch. */
  reserve(newGroups: number): void {
    const groupCount = this.table.size + newGroups
    for (const accumulator of this.accumulators) accumulator.ensure(groupCount)
    this.touched?.ensure(groupCount)
    this.emitted?.ensure(groupCount)
    this.changes?.ensure(groupCount)
    if (this.rowCounts === null || this.rowCounts.length >= groupCount) return
    const larger = new Float64Array(Math.max(groupCount, this.rowCounts.length * 2))
    larger.set(this.rowCounts)
    this.rowCounts = larger
  }

  /** Registers the windows of groups that are new since the last call. */
  indexWindows(): void {
    if (this.windows === null) return
    const from = this.#indexed
    const count = this.table.size - from
    if (count === 0) return
    const ends = this.table.keyVector(this.#endKey, Int32Array.from({ length: count }, (_, i) => from + i), count)
    for (let i = 0; i < count; i++) {
      if (!this.#dead.has(from + i)) this.windows.add(from + i, readValue(ends, this.#endType!, i) as number | null ?? Infinity)
    }
    this.#indexed = this.table.size
  }

  /** The groups there are, in the order in which they came. */
  live(): Int32Array {
    const live = new Int32Array(this.size)
    for (let group = 0, n = 0; group < this.table.size; group++) if (!this.#dead.has(group)) live[n++] = group
    return live
  }

  isLive(group: number): boolean {
    return this.#dead.size === 0 || !this.#dead.has(group)
  }

  /**
   * Marks groups as gone and empties them. Their keys come again only where groups are {@link returning}: not where they close by time,
   * for then their rows are late.
   */
  bury(groups: Int32Array): void {
    const { changes } = this
    if (changes !== null) {
      for (const group of groups) changes.beforeChange(group)
      if (this.emitted !== null) changes.settle()
    }
    for (const group of groups) {
      this.#dead.add(group)
      for (const accumulator of this.accumulators) accumulator.reset(group)
      if (this.rowCounts !== null) this.rowCounts[group] = 0
      this.emitted?.forget(group)
    }
  }

  /** True if a row may come to a group that is gone: then {@link revive} it. */
  get anyDead(): boolean {
    return this.#dead.size > 0
  }

  revive(group: number): void {
    if (this.#dead.size > 0) this.#dead.delete(group)
  }

  /**
   * Forgets the groups that are gone once they are the greater part, and no snapshot is under way.
   * @returns the others, if they have been renumbered: `live[i]` is now i
   */
  cleanUp(): Int32Array | null {
    if (this.#dead.size < DEAD_GROUPS_MIN && this.#dead.size < this.table.size) return null
    if (this.#dead.size * 2 <= this.table.size || this.changes?.owes === true) return null
    const live = this.live()
    this.#compact(live)
    return live
  }

  /** Forgets every group. */
  clear(): void {
    this.#compact(new Int32Array(0))
  }

  #compact(live: Int32Array): void {
    this.changes?.finish()
    const count = live.length
    this.table.compact(live, count)
    for (const accumulator of this.accumulators) accumulator.compact(live, count)
    this.touched?.forget(count)
    const { rowCounts } = this
    this.emitted?.compact(live, count)
    if (rowCounts !== null) {
      this.rowCounts = new Float64Array(Math.max(64, count))
      for (let i = 0; i < count; i++) this.rowCounts[i] = rowCounts[live[i]!]!
    }
    this.#dead.clear()
    this.changes?.renumbered()
    this.windows?.clear()
    this.#indexed = 0
    this.indexWindows()
  }
}

export interface GroupsOptions {
  /** Which key is the end of a window; null where groups do not close. */
  readonly endKey: number | null
  readonly changes: boolean
  readonly retracting: boolean
  /** Groups are buried when they have not been touched for long. */
  readonly timeToLive?: boolean
  readonly resultTypes: readonly DataType[]
}
