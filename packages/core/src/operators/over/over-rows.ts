import type { OverNode } from '../../plan/physical-over.js'
import { ROW_KIND_SIGN, type Batch } from '../../types/batch.js'
import type { Schema } from '../../types/data-type.js'
import { isRowError } from '../aggregate/group-emitter.js'
import type { OperatorContext, OperatorMeter } from '../operator.js'
import type { Row } from '../row-order.js'
import type { Evaluator } from './evaluator.js'
import { keptRow, type Partitions } from './partitions.js'
import type { RowEmitter } from './row-emitter.js'

/** A row that came into its partition, or (`sign` −1) was taken back from it. */
export type TakeRow<P> = (partition: P, row: Row, sign: number) => void

/**
 * How rows come to the operators of OVER: late ones are counted, the others outlive their batch and go to their partitions.
 *
 * @param isLate told what the watermark of the row's split was before it came
 */
export function takeRows<P>(
  batch: Batch, { watermarkColumn }: OverNode, schema: Schema, partitions: Partitions<P>, meter: OperatorMeter,
  isLate: (row: Row, seen: number) => boolean, take: TakeRow<P>,
): void {
  meter.rowsIn += batch.length
  const column = watermarkColumn === null ? null : batch.columns[watermarkColumn]!
  const partitionOf = partitions.find(batch)
  for (let i = 0; i < batch.length; i++) {
    const row = keptRow(batch, schema, i)
    if (isLate(row, column?.kind === 'f64' ? column.values[i]! : -Infinity)) {
      meter.rowsLate++
      continue
    }
    meter.rowsAggregated++
    take(partitionOf(i), row, signOf(batch, i))
  }
}

/** Rows of a snapshot, in any order. */
export function restoreRows<P>(
  batch: Batch, schema: Schema, partitions: Partitions<P>, take: (partition: P, row: Row, sign: number, i: number) => void,
): void {
  const partitionOf = partitions.find(batch)
  for (let i = 0; i < batch.length; i++) take(partitionOf(i), keptRow(batch, schema, i), signOf(batch, i), i)
}

function signOf({ rowKinds }: Batch, row: number): number {
  return rowKinds === null ? 1 : ROW_KIND_SIGN[rowKinds[row]!]!
}

/** Gives out a row with its results, the evaluator's next; a row for which there are none has failed. */
export function giveRow(row: Row, evaluator: Evaluator, emitter: RowEmitter, context: OperatorContext): void {
  try {
    emitter.push([...row, ...evaluator.next()])
  } catch (error) {
    if (!isRowError(error)) throw error
    context.rowFailed(error, null, 0)
  }
}

/** When the window of a row closes, of a partition by windows; +∞ where it has none. */
export function windowCloses(row: Row, { window }: OverNode): number {
  const end = window === null ? null : row[window.endColumn] as number | null
  return end === null ? Infinity : end + window!.allowedLatenessMicros
}
