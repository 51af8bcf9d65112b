import { MillraceError } from '../../errors.js'
import type { AggregateNode } from '../../plan/physical.js'
import type { F64Vector } from '../../types/batch.js'
import { DOUBLE } from '../../types/data-type.js'
import { readValue } from '../../types/vector-access.js'
import { NumbersTable } from '../state-rows.js'
import type { OperatorState } from '../state.js'
import type { Accumulator } from './accumulator.js'
import { GroupsState } from './groups-state.js'
import type { Groups } from './groups.js'
import type { WindowQueues } from './window-queues.js'

interface Sliced {
  closed(): number
  /** Slices have been added to the groups, `sides[i]` saying where the next one was in its queue. */
  restored(sides: Float64Array): void
  resumed(closed: number, window: number): void
}

/**
 * What an aggregate over slices remembers: its slices with their states, and the side of its queue that each was on; then
 * how far time and windows have come. The states of newer slices together are made anew.
 */
export function slicedState(
  node: AggregateNode, groups: Groups, fresh: () => readonly Accumulator[], sharedOutBy: readonly number[] | null, queues: WindowQueues, sliced: Sliced,
): OperatorState {
  const endKey = node.window!.endKey
  const fromKey = node.slices!.from ? node.keys.length - 1 : -1
  const owning = [...node.keys.keys()].filter((k) => k !== endKey && k !== fromKey)
  const stored = new GroupsState(node, groups, fresh, sharedOutBy, { added: { name: 'side', of: (slice) => queues.sideOf(slice) } })
  groups.changes = stored.changes
  const place = sharedOutBy === null ? { keys: owning.length === 0 ? null : owning, ...(owning.length === 0 ? { unkeyed: 'part' as const } : {}) } : {}
  const slices = { ...stored.table, ...place, name: 'slices' }
  // Behind a barrier time is the same on all workers, but one without rows has not opened the last windows: the latest counts, not the least.
  const progress = new NumbersTable('progress', ['closed', 'window, negated'])
  let closedSoFar: number | null = null
  return {
    tables: [slices, progress],
    slots: [stored.changes],
    snapshot: (write) => progress.write(write, 1, [sliced.closed(), -queues.window]),
    restore: (table, batch) => {
      if (table === 1) {
        const stored = readValue(batch.columns[0]!, DOUBLE, 0) as number
        if (closedSoFar !== null && closedSoFar !== stored) throw new MillraceError('RESTORE_MISMATCH', TIMES_DIFFER)
        closedSoFar = stored
        const [closed, window] = progress.restore(batch)
        return sliced.resumed(closed!, -window!)
      }
      stored.restore(batch)
      sliced.restored((batch.columns.at(-1) as F64Vector).values)
    },
  }
}

/** Where groups live with their split, every worker has its own time: what some have let go of, others have not put out yet. */
const TIMES_DIFFER = 'workers that keep overlapping windows by the split key of their table had come to different times; go on with as many workers as before'
