import { MillraceError } from '../../errors.js'
import { batchOf, DELETE, INSERT, UPDATE_AFTER, UPDATE_BEFORE } from '../../types/batch.js'
import type { RowKind, Vector } from '../../types/batch.js'
import type { OperatorContext } from '../operator.js'
import type { Groups } from './groups.js'

/** Turns groups into batches of results or of partial states, or into what has changed of their results. */
export class GroupEmitter {
  readonly #groups: Groups
  readonly #context: OperatorContext
  #rows = new ChangeRows(64)

  constructor(groups: Groups, context: OperatorContext) {
    this.#groups = groups
    this.#context = context
  }

  /** Keys and results. A group whose result is out of range is reported as a failed row. */
  emitResults(groups: Int32Array): void {
    this.#inChunks(groups, this.#context.settings.batchRows, (chunk) => {
      const { vectors, kept } = this.#resultsOf(chunk)
      this.#push([...this.#groups.table.keyVectors(kept, kept.length), ...vectors], kept.length, null)
    })
  }

  /** Keys and partial states. */
  emitStates(groups: Int32Array): void {
    this.#inChunks(groups, this.#context.settings.batchRows, (chunk) => {
      const states = this.#groups.accumulators.flatMap((accumulator) => accumulator.states(chunk, chunk.length))
      this.#push([...this.#groups.table.keyVectors(chunk, chunk.length), ...states], chunk.length, null)
    })
  }

  /**
   * For every group its new result if it is not the one that was emitted last: `+I` the first time, then `-U` and `+U`,
   * and `-D` for a group that has lost its last row, or whose result no longer fits its type.
   */
  emitChanges(groups: Int32Array): void {
    this.#inChunks(groups, Math.max(1, this.#context.settings.batchRows >> 1), (chunk) => this.#emitChanges(chunk))
  }

  #emitChanges(chunk: Int32Array): void {
    const { rowCounts, table } = this.#groups
    const emitted = this.#groups.emitted!
    const present = rowCounts === null || table.columns.length === 0 ? chunk : chunk.filter((group) => rowCounts[group]! > 0)
    const { vectors, kept } = this.#resultsOf(present)
    const changed = emitted.changed(kept, kept.length, vectors)
    const rows = this.#rowsFor(2 * chunk.length)
    for (let i = 0; i < kept.length; i++) {
      const group = kept[i]!
      if (emitted.has[group] === 0) {
        rows.add(group, i, INSERT)
      } else if (changed[i] !== 0) {
        rows.add(group, EMITTED_BEFORE, UPDATE_BEFORE)
        rows.add(group, i, UPDATE_AFTER)
      }
    }
    for (let c = 0, k = 0; kept.length < chunk.length && c < chunk.length; c++) {
      const group = chunk[c]!
      if (kept[k] === group) k++
      else if (emitted.has[group] !== 0) rows.add(group, EMITTED_BEFORE, DELETE)
    }
    if (rows.count === 0) return
    const { groups, from, count } = rows
    const columns = [...table.keyVectors(groups, count), ...emitted.rows(vectors, from, groups, count)]
    emitted.remember(vectors, from, groups, count)
    for (let row = 0; row < count; row++) if (rows.kinds[row] === DELETE) emitted.forget(groups[row]!)
    this.#push(columns, count, rows.kinds)
  }

  #rowsFor(most: number): ChangeRows {
    if (this.#rows.groups.length < most) this.#rows = new ChangeRows(most)
    this.#rows.count = 0
    return this.#rows
  }

  /** The results of all groups that have one. Nearly always that is all of them, so only a failure looks at each alone. */
  #resultsOf(groups: Int32Array): { vectors: Vector[]; kept: Int32Array } {
    const { accumulators } = this.#groups
    try {
      return { vectors: accumulators.map((accumulator) => accumulator.results(groups, groups.length)), kept: groups }
    } catch (error) {
      if (!isRowError(error)) throw error
    }
    const kept = groups.filter((group) => this.#hasResult(group))
    return { vectors: accumulators.map((accumulator) => accumulator.results(kept, kept.length)), kept }
  }

  #hasResult(group: number): boolean {
    const one = Int32Array.of(group)
    try {
      for (const accumulator of this.#groups.accumulators) accumulator.results(one, 1)
      return true
    } catch (error) {
      if (!isRowError(error)) throw error
      this.#context.rowFailed(error, null, 0)
      return false
    }
  }

  #inChunks(groups: Int32Array, size: number, emit: (chunk: Int32Array) => void): void {
    for (let from = 0; from < groups.length; from += size) emit(groups.subarray(from, Math.min(from + size, groups.length)))
  }

  #push(columns: readonly Vector[], length: number, rowKinds: Uint8Array | null): void {
    if (length === 0) return
    this.#context.meter.rowsOut += length
    this.#context.output.push(batchOf(columns, length, rowKinds))
  }
}

/** In place of a row of the new results: the result that the group has emitted last. */
const EMITTED_BEFORE = -1

/** The rows of a batch of changes, before they have columns. */
class ChangeRows {
  readonly groups: Int32Array
  /** Row of the new results, or EMITTED_BEFORE. */
  readonly from: Int32Array
  readonly kinds: Uint8Array
  count = 0

  constructor(most: number) {
    this.groups = new Int32Array(most)
    this.from = new Int32Array(most)
    this.kinds = new Uint8Array(most)
  }

  add(group: number, from: number, kind: RowKind): void {
    const row = this.count++
    this.groups[row] = group
    this.from[row] = from
    this.kinds[row] = kind
  }
}

/** An error that belongs to its row and not to us. */
export function isRowError(error: unknown): error is MillraceError {
  return error instanceof MillraceError && error.domain === 'user' && error.code !== 'STATE_LIMIT' && error.code !== 'SQL_CHANGELOG'
}
