import type { MillraceError } from '../errors.js'
import type { Batch } from '../types/batch.js'

/** Filters and projects batches. {@link CalcKernel} is the fast one, {@link InterpretedCalc} its oracle. */
export interface Calc {
  /**
   * Evaluates filter and projection on every row.
   *
   * @returns the rows for which the filter is TRUE and nothing failed, valid until the next `run` and as long as `batch`
   * is; `null` where there is none. Row kinds and origin are kept, the origin answers for the rows of the result.
   * @throws what the {@link RowErrorHandler} throws
   */
  run(batch: Batch): Batch | null
  /** Rows of the last `run` whose filter was FALSE or NULL. */
  readonly rowsFiltered: number
  /** Rows of the last `run` that failed and were dropped. */
  readonly rowsFailed: number
  /** Where each row of the last result was in the batch; not to be looked at where all rows passed. */
  readonly selection: Int32Array
}

/** Told of every row that fails, in order. Returns to drop the row, throws to stop. */
export type RowErrorHandler = (error: MillraceError, batch: Batch, row: number) => void

/** The handler for whoever gives none: the first error stops. */
export function throwRowError(error: MillraceError): never {
  throw error
}
