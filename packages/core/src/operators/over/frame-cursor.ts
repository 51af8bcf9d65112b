import { unreachable } from '../../errors.js'
import type { Frame, FrameEdge } from '../../plan/over.js'
import type { SortKey } from '../../plan/physical.js'
import type { Schema, Value } from '../../types/data-type.js'
import { compareValues } from '../../types/value.js'
import type { PartitionRows } from './partition-rows.js'
import type { Peers } from './peers.js'

/**
 * The rows of a frame, positions `start` … `end − 1`, as the current row moves on. Neither edge ever goes back: that is what
 * lets sums and the like be kept up row by row.
 */
export class FrameCursor {
  start: number
  end: number
  readonly #rows: PartitionRows
  readonly #frame: Frame
  readonly #descending: boolean
  readonly #nullsFirst: boolean
  readonly #compare: ((a: Value, b: Value) => number) | null

  constructor(frame: Frame, rows: PartitionRows, order: readonly SortKey[], schema: Schema) {
    this.#frame = frame
    this.#rows = rows
    this.start = rows.first
    this.end = rows.first
    this.#descending = order[0]?.descending ?? false
    this.#nullsFirst = order[0]?.nullsFirst ?? true
    const edge = [frame.start, frame.end].find((e) => 'by' in e && e.by.kind === 'values')
    this.#compare = edge === undefined || !('by' in edge) || edge.by.kind !== 'values' ? null : compareValues(schema[edge.by.key]!.type)
  }

  advance(position: number, peers: Peers): void {
    const end = this.#edge(this.#frame.end, position, peers, false)
    const start = this.#edge(this.#frame.start, position, peers, true)
    this.end = Math.max(this.end, Math.min(end, this.#rows.end))
    this.start = Math.max(this.start, Math.min(start, this.end))
  }

  #edge(edge: FrameEdge, position: number, peers: Peers, isStart: boolean): number {
    switch (edge.kind) {
      case 'unbounded preceding': return this.start
      case 'unbounded following': return this.#rows.end
      case 'current row':
        if (this.#frame.unit === 'rows') return isStart ? position : position + 1
        return isStart ? peers.start : peers.end
      case 'preceding': case 'following': {
        const { by } = edge
        if (by.kind === 'values') return this.#valueEdge(by.key, by.bound, position, peers, isStart)
        const at = edge.kind === 'preceding' ? position - by.rows : position + by.rows
        return Math.max(this.#rows.first, isStart ? at : at + 1)
      }
      default: return unreachable(edge)
    }
  }

  /** Where the key is NULL the equals of the row are its frame. */
  #valueEdge(key: number, bound: number, position: number, peers: Peers, isStart: boolean): number {
    const rows = this.#rows
    if (rows.at(position)[key] === null) return isStart ? peers.start : peers.end
    const limit = rows.at(position)[bound]!
    let at = isStart ? this.start : this.end
    while (at < rows.end && this.#isBefore(rows.at(at)[key]!, limit, isStart)) at++
    return at
  }

  /** Whether a key lies outside, before the start; or still inside, before the end. */
  #isBefore(key: Value, limit: Value, isStart: boolean): boolean {
    if (key === null) return this.#nullsFirst
    const order = this.#descending ? this.#compare!(limit, key) : this.#compare!(key, limit)
    return isStart ? order < 0 : order <= 0
  }
}
