import { MillraceError } from '../../errors.js'
import { batchOf, DELETE, INSERT, UPDATE_AFTER, UPDATE_BEFORE } from '../../types/batch.js'
import type { RowKind, Vector } from '../../types/batch.js'
import type { DataType, Value } from '../../types/data-type.js'
import { readValue } from '../../types/vector-access.js'
import { vectorBuilderOf, type VectorBuilder } from '../../types/vector-builder.js'
import { valueKey } from '../../state/value-key.js'
import type { OperatorContext } from '../operator.js'
import type { Groups } from './groups.js'

/** Turns groups into batches of results or of partial states, or into what has changed of their results. */
export class GroupEmitter {
  readonly #groups: Groups
  readonly #context: OperatorContext
  readonly #resultTypes: readonly DataType[]
  readonly #results: readonly VectorBuilder[]

  constructor(groups: Groups, resultTypes: readonly DataType[], context: OperatorContext) {
    this.#groups = groups
    this.#context = context
    this.#resultTypes = resultTypes
    this.#results = resultTypes.map((type) => vectorBuilderOf(type))
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
    const rows: number[] = []
    const kinds: RowKind[] = []
    for (const builder of this.#results) builder.reset()
    const append = (group: number, values: readonly Value[], kind: RowKind): void => {
      rows.push(group)
      kinds.push(kind)
      this.#results.forEach((builder, r) => builder.append(values[r]!))
    }
    kept.forEach((group, i) => {
      const after = this.#resultTypes.map((type, r) => readValue(vectors[r]!, type, i))
      const before = emitted[group]
      if (before === undefined) {
        append(group, after, INSERT)
      } else {
        if (this.#same(before, after)) return
        append(group, before, UPDATE_BEFORE)
        append(group, after, UPDATE_AFTER)
      }
      emitted[group] = after
    })
    if (kept.length < chunk.length) {
      const still = new Set(kept)
      for (const group of chunk) {
        if (still.has(group) || emitted[group] === undefined) continue
        append(group, emitted[group], DELETE)
        emitted[group] = undefined
      }
    }
    if (rows.length === 0) return
    const keys = table.keyVectors(Int32Array.from(rows), rows.length)
    this.#push([...keys, ...this.#results.map((builder) => builder.finish(rows.length))], rows.length, Uint8Array.from(kinds))
  }

  #same(before: readonly Value[], after: readonly Value[]): boolean {
    return before.every((value, r) => {
      if (typeof value !== 'object' || value === null) return Object.is(value, after[r])
      return valueKey(value, this.#resultTypes[r]!) === valueKey(after[r], this.#resultTypes[r]!)
    })
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

/** An error that belongs to its row and not to us. */
export function isRowError(error: unknown): error is MillraceError {
  return error instanceof MillraceError && error.domain === 'user' && error.code !== 'STATE_LIMIT' && error.code !== 'SQL_CHANGELOG'
}
