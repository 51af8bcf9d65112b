import type { ChangedSlots } from '../../state/changed-slots.js'
import { allRows } from '../../types/batch-buffer.js'
import type { Batch, BoolVector, F64Vector, I32Vector } from '../../types/batch.js'
import type { Schema } from '../../types/data-type.js'
import type { JoinTime } from '../../plan/physical-join.js'
import type { OperatorState, StateTable } from '../state.js'
import type { JoinKeys } from './join-keys.js'
import { COUNTS, type JoinSide } from './join-side.js'
import { rowsTable } from './rows-table.js'
import type { TimeHeap } from './time-heap.js'

/** What a join remembers, as the operator holds it. */
export interface JoinMemory {
  readonly keys: JoinKeys
  readonly sides: readonly JoinSide[]
  readonly due: readonly TimeHeap[]
  readonly bound: JoinTime | null
  /** Told of the slots of restored rows: their time to live begins anew. */
  restored(input: number, slots: Int32Array): void
}

/** The rows that are kept of both sides; of those whose matches are counted, how many they are and whether the row is out by itself. */
export class JoinState implements OperatorState {
  readonly tables: readonly StateTable[]
  readonly slots: readonly ChangedSlots[]
  readonly #memory: JoinMemory
  readonly #schemas: readonly Schema[]

  constructor(memory: JoinMemory, schemas: readonly Schema[], sharedOutBy: readonly (readonly number[] | null)[] | undefined, copied: number | null) {
    this.#memory = memory
    this.#schemas = schemas
    this.slots = memory.sides.map(({ changes }) => changes)
    this.tables = schemas.map((schema, side) => {
      return rowsTable(side === 0 ? 'left rows' : 'right rows', schema, memory.sides[side]!.counted ? COUNTS : [], sharedOutBy?.[side], copied === side)
    })
  }

  /** All is stored by slots. */
  snapshot(): void {}

  restore(table: number, batch: Batch): void {
    const { keys, sides, due, bound } = this.#memory
    const side = sides[table]!
    const groups = keys.groupsOf(batch, table)
    for (const each of sides) each.reserveGroups(keys.size)
    const slots = new Int32Array(batch.length)
    side.add(batch, allRows(batch.length), batch.length, groups, slots)
    this.#memory.restored(table, slots)
    const width = this.#schemas[table]!.length
    for (let i = 0; i < batch.length; i++) {
      if (side.counted) {
        side.matches[slots[i]!] = (batch.columns[width] as I32Vector).values[i]!
        side.shown[slots[i]!] = (batch.columns[width + 1] as BoolVector).values[i]!
      }
      if (bound === null) continue
      const { time, doneMicros } = bound.sides[table]!
      due[table]!.push((batch.columns[time] as F64Vector).values[i]! + doneMicros, slots[i]!)
    }
  }
}
