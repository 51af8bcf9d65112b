import { MillraceError } from '../../errors.js'
import type { AggregateNode } from '../../plan/physical.js'
import type { Batch } from '../../types/batch.js'
import { batchOf } from '../../types/batch.js'
import { DOUBLE, INT } from '../../types/data-type.js'
import { readValue } from '../../types/vector-access.js'
import { eachPiece, NumbersTable, stateField } from '../state-rows.js'
import type { OperatorState } from '../state.js'
import type { Accumulator } from './accumulator.js'
import { GroupsState } from './groups-state.js'
import type { Groups } from './groups.js'
import type { WindowQueues } from './window-queues.js'

interface Sliced {
  closed(): number
  /** Slices have been added to the groups, `sides[i]` saying where the next one was in its queue. */
  restored(sides: readonly number[]): void
  resumed(closed: number, window: number): void
}

/**
 * What an aggregate over slices remembers: its slices with their states, oldest first, and the side of its queue that each was on; then
 * how far time and windows have come. The states of newer slices together are made anew.
 */
export function slicedState(
  node: AggregateNode, groups: Groups, fresh: () => readonly Accumulator[], sharedOutBy: readonly number[] | null, queues: WindowQueues, sliced: Sliced,
): OperatorState {
  const endKey = node.window!.endKey
  const fromKey = node.slices!.from ? node.keys.length - 1 : -1
  const owning = [...node.keys.keys()].filter((k) => k !== endKey && k !== fromKey)
  const stored = new GroupsState(node, groups, fresh, sharedOutBy)
  const width = stored.table.schema.length
  const place = sharedOutBy === null ? { keys: owning.length === 0 ? null : owning, ...(owning.length === 0 ? { unkeyed: 'part' as const } : {}) } : {}
  const slices = { ...stored.table, ...place, name: 'slices', schema: [...stored.table.schema, stateField('side', INT, false)] }
  // Behind a barrier time is the same on all workers, but one without rows has not opened the last windows: the latest counts, not the least.
  const progress = new NumbersTable('progress', ['closed', 'window, negated'])
  let closedSoFar: number | null = null
  return {
    tables: [slices, progress],
    snapshot: (write) => {
      eachPiece(inOrder(groups, endKey), (piece) => write(0, withSides(stored.rowsOf(piece), piece, queues)))
      progress.write(write, 1, [sliced.closed(), -queues.window])
    },
    restore: (table, batch) => {
      if (table === 1) {
        const stored = readValue(batch.columns[0]!, DOUBLE, 0) as number
        if (closedSoFar !== null && closedSoFar !== stored) throw new MillraceError('RESTORE_MISMATCH', TIMES_DIFFER)
        closedSoFar = stored
        const [closed, window] = progress.restore(batch)
        return sliced.resumed(closed!, -window!)
      }
      stored.restore(batchOf(batch.columns.slice(0, width), batch.length))
      sliced.restored(Array.from({ length: batch.length }, (_, i) => readValue(batch.columns[width]!, INT, i) as number))
    },
  }
}

/** Where groups live with their split, every worker has its own time: what some have let go of, others have not put out yet. */
const TIMES_DIFFER = 'workers that keep overlapping windows by the split key of their table had come to different times; go on with as many workers as before'

/** All slices, by their ends. */
function inOrder(groups: Groups, endKey: number): Int32Array {
  const live = groups.live()
  const ends = groups.table.keyVector(endKey, live, live.length)
  const values = ends.kind === 'f64' ? ends.values : new Float64Array(live.length)
  return Int32Array.from([...live.keys()].sort((a, b) => values[a]! - values[b]!), (i) => live[i]!)
}

function withSides(batch: Batch, slices: Int32Array, queues: WindowQueues): Batch {
  const sides = Int32Array.from(slices, (slice) => queues.sideOf(slice))
  return batchOf([...batch.columns, { kind: 'i32', values: sides, nulls: null }], batch.length)
}
