import type { MillraceError } from '../../errors.js'
import type { ColumnExpression, Expression } from '../../expressions/expression.js'
import type { WindowClose } from '../../plan/physical.js'
import type { Batch, BatchOrigin } from '../../types/batch.js'
import type { DataType } from '../../types/data-type.js'
import type { Accumulator } from './accumulator.js'

/** Takes batches into groups: the interpreted one is the definition, the generated one must not differ from it. */
export interface AggregateKernel {
  /**
   * Takes the rows of a batch. A row that fails, is filtered or late leaves no trace in any group.
   * @param closed the watermark that has closed windows: rows of a window that it has closed are late
   */
  run(batch: Batch, closed: number): void
}

/** What a kernel does with a row, in this order. */
export interface KernelSpec {
  readonly filter: Expression | null
  readonly keys: readonly Expression[]
  readonly calls: readonly KernelCall[]
  readonly window: WindowClose | null
  /** The inputs are partial states, to be merged. */
  readonly merging: boolean
  /** Rows are taken back from groups that may have been forgotten: those of a group without rows count for nothing. Interpreted only. */
  readonly ignoresUnknown?: boolean
  /** A column that says the group, found before; there are no keys then. Left out: groups are found by keys. */
  readonly group?: ColumnExpression
}

export interface KernelCall {
  /** FILTER (WHERE …): nothing else of the call is evaluated where it is not TRUE. */
  readonly filter: Expression | null
  /** Arguments, or columns of the partial state. */
  readonly inputs: readonly Expression[]
  readonly inputTypes: readonly DataType[]
  readonly accumulator: Accumulator
}

/** What becomes of the rows that do not go into a group. */
export interface KernelTally {
  rowsFiltered: number
  rowsAggregated: number
  rowsLate: number
}

/** {@link OperatorContext.rowFailed}. */
export type RowFailed = (error: MillraceError, origin: BatchOrigin | null, row: number) => void
