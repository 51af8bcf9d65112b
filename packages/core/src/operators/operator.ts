import type { FunctionContext } from '../functions/function.js'
import type { PlanSettings } from '../plan/physical.js'
import type { BatchOrigin } from '../types/batch.js'
import type { Element } from '../types/element.js'
import type { MillraceError } from '../errors.js'
import type { OperatorState } from './state.js'
import type { SpillStore } from '../state/spill-store.js'

/** Takes the elements of an edge. */
export interface Output {
  push(element: Element): void
}

/**
 * One operator of one worker's pipeline, built from its plan node.
 *
 * `push` is called by the loop's thread only, never concurrently or re-entrantly, and never after End has come on every
 * input. It calls `output.push` any number of times before it returns. What it pushes is valid until that inner call
 * returns, so its arrays can be reused.
 */
export interface Operator {
  /** @param input index of the edge, 0 but for operators with several inputs */
  push(element: Element, input: number): void
  /** What it remembers between two elements; absent where that is nothing. */
  readonly state?: OperatorState
}

export interface OperatorContext extends FunctionContext {
  readonly output: Output
  readonly settings: PlanSettings
  readonly meter: OperatorMeter
  /**
   * By input: its columns by whose hash rows have come to this worker, in the order of the hash; null where that was not by hash. For
   * the keys of state tables (see `StateTable.keys`). Absent in operators that are built alone: all keys, in their order.
   */
  readonly sharedOutBy?: readonly (readonly number[] | null)[]
  /** Where the operator's groups go when they take more memory than their share. Absent: they stay. */
  readonly spill?: SpillShare
  /**
   * An expression failed on a row: follows the node's `onError`. Returns if the row is to be dropped (it has been
   * counted and, for dead-letter, written); throws `error`, completed with place and operator, under `fail`.
   */
  rowFailed(error: MillraceError, origin: BatchOrigin | null, row: number): void
  /** Asks the whole job to end early: nothing more is needed of its inputs (LIMIT). */
  requestStop(): void
}

/** One operator's share of what lies beyond memory. */
export interface SpillShare {
  readonly store: SpillStore
  /** Memory for what the operator keeps. Past it that moves into the store. */
  readonly bytesMax: number
}

/** What an operator counts, for conservation and for the live counters. All start at 0 and belong to one operator. */
export interface OperatorMeter {
  rowsIn: number
  rowsOut: number
  /** Rows that a filter, LIMIT or OFFSET dropped. */
  rowsFiltered: number
  /** Rows that went into an aggregate's groups (rowsOut of an aggregate counts its results). */
  rowsAggregated: number
  rowsLate: number
  rowsFailed: number
  groups: number
  stateBytes: number
}

export function newMeter(): OperatorMeter {
  return { rowsIn: 0, rowsOut: 0, rowsFiltered: 0, rowsAggregated: 0, rowsLate: 0, rowsFailed: 0, groups: 0, stateBytes: 0 }
}
