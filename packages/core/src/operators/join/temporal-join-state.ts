import type { TemporalJoinNode } from '../../plan/physical-join.js'
import type { ChangedSlots } from '../../state/changed-slots.js'
import { allRows } from '../../types/batch-buffer.js'
import type { Batch, BoolVector, F64Vector } from '../../types/batch.js'
import type { Schema } from '../../types/data-type.js'
import type { OperatorState, StateTable } from '../state.js'
import type { JoinKeys } from './join-keys.js'
import type { JoinSide } from './join-side.js'
import { rowsTable } from './rows-table.js'
import type { TimeHeap } from './time-heap.js'
import { VERSION, type Versions } from './versions.js'

/** What a join with versions remembers, as the operator holds it. */
export interface TemporalJoinMemory {
  readonly keys: JoinKeys
  readonly waiting: JoinSide
  readonly versions: Versions
  readonly dueRows: TimeHeap
  readonly dueVersions: TimeHeap
}

const WAITING = 0

/** The left rows that wait, and the versions that may yet be asked for. */
export class TemporalJoinState implements OperatorState {
  readonly tables: readonly StateTable[]
  readonly slots: readonly ChangedSlots[]
  readonly #memory: TemporalJoinMemory
  readonly #node: TemporalJoinNode
  readonly #schemas: readonly Schema[]

  constructor(
    memory: TemporalJoinMemory, node: TemporalJoinNode, schemas: readonly Schema[], sharedOutBy: readonly (readonly number[] | null)[] | undefined,
  ) {
    this.#memory = memory
    this.#node = node
    this.#schemas = schemas
    this.slots = [memory.waiting.changes, memory.versions.changes]
    this.tables = [rowsTable('left rows', schemas[0]!, [], sharedOutBy?.[0]), rowsTable('versions', schemas[1]!, VERSION, sharedOutBy?.[1])]
  }

  /** All is stored by slots. */
  snapshot(): void {}

  restore(table: number, batch: Batch): void {
    const { keys, waiting, versions, dueRows, dueVersions } = this.#memory
    const groups = keys.groupsOf(batch, table)
    waiting.reserveGroups(keys.size)
    versions.reserveGroups(keys.size)
    const times = (batch.columns[this.#node.sides[table]!.time] as F64Vector).values
    if (table === WAITING) {
      const slots = new Int32Array(batch.length)
      waiting.add(batch, allRows(batch.length), batch.length, groups, slots)
      for (let row = 0; row < batch.length; row++) dueRows.push(times[row]!, slots[row]!)
      return
    }
    const width = this.#schemas[1]!.length
    const deletions = (batch.columns[width] as BoolVector).values
    const arrivals = (batch.columns[width + 1] as F64Vector).values
    for (let row = 0; row < batch.length; row++) {
      dueVersions.push(times[row]!, versions.add(batch, row, groups[row]!, times[row]!, deletions[row] !== 0, arrivals[row]!))
    }
  }
}
