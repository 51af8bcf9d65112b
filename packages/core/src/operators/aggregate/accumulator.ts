import type { Operand, RowCompiler } from '../../expressions/row-compiler.js'
import type { Vector } from '../../types/batch.js'
import type { DataType, Value } from '../../types/data-type.js'

/**
 * The states of one aggregate call for all groups of an operator, by group number.
 *
 * Two ways in: values one row at a time (the interpreted kernel), or a text that the generated loop is made of. One way
 * out and back: the columns of the partial state, which exchanges move and checkpoints store.
 */
export interface Accumulator {
  /** Makes room for groups 0 … groupCount − 1; new ones are empty. Called before the rows of a batch. */
  ensure(groupCount: number): void

  /** One row of arguments. */
  add(group: number, args: readonly Value[]): void
  /** Takes a row back. Only of accumulators that were made to. */
  retract(group: number, args: readonly Value[]): void
  /** One partial state, as values of its columns. */
  merge(group: number, state: readonly Value[]): void

  /** True if the emitted text needs arguments as values: `boxed`. Else it makes do with columns, numbers and NULLs. */
  readonly boxes: boolean
  /** True once the states hold numbers that only code for wide numbers can go on with. */
  readonly wide: boolean
  /**
   * Emits what `add` does for group `g` of row `i`. The arguments have been evaluated before: what is emitted does
   * not bail.
   */
  emitAdd(code: RowCompiler, args: readonly ArgOperand[]): void
  /** Emits what `retract` does. */
  emitRetract(code: RowCompiler, args: readonly ArgOperand[]): void
  /** Emits what `merge` does. */
  emitMerge(code: RowCompiler, state: readonly ArgOperand[]): void

  /**
   * Results of `groups[0 … count)`, valid until the next call.
   * @throws MillraceError NUMERIC_OVERFLOW where one of them leaves its type
   */
  results(groups: Int32Array, count: number): Vector
  /** Partial states, by column of the state, valid until the next call. */
  states(groups: Int32Array, count: number): Vector[]

  /** How a snapshot holds the states, where the partial ones do not tell all that taking rows back needs. */
  readonly stored?: StoredForm

  /** Makes group `to`, which is empty, what a group of another accumulator of the same class is. Left out: by {@link StoredForm}. */
  copyFrom?(source: Accumulator, from: number, to: number): void
  /** Puts partial states into groups that are empty, column by column. Left out: one by one, by {@link StoredForm}. */
  load?(groups: Int32Array, count: number, states: readonly Vector[]): void

  /** Empties one group. */
  reset(group: number): void
  /** Keeps `live[0 … count)`, ascending, alone: group `live[i]` becomes group i. */
  compact(live: Int32Array, count: number): void
  /** Estimate of the memory held. */
  readonly bytes: number
}

/** States as columns that a snapshot holds. */
export interface StoredForm {
  readonly types: readonly DataType[]
  /** Valid until the next call. */
  save(groups: Int32Array, count: number): Vector[]
  /** Puts a state into a group that is empty. */
  load(group: number, state: readonly Value[]): void
}

/** An evaluated argument. A string column has no `value` where the accumulator does not box. */
export interface ArgOperand extends Operand {
  /** A text that gives the argument in its `Value` form, NULL included; `''` where the accumulator does not box. */
  readonly boxed: string
}
