import { BIGINT, type Value } from '../../types/data-type.js'
import { SERIES_ROWS_MAX } from '../../limits.js'
import { badArgument } from '../function-error.js'
import { LONG, MOMENT, DAY_TIME } from '../signature.js'
import { tableOverload } from './define-table.js'
import type { TableFunction } from './table-function.js'

export const generateSeries: TableFunction = {
  name: 'generate_series', doc: 'The values from the first to the last, which is among them, in steps of 1 or of the third argument.',
  overloads: [
    tableOverload({
      args: [LONG, LONG, LONG], optional: 1, columns: [{ name: 'generate_series', type: BIGINT, nullable: false }],
      make: () => ([first, last, step = 1n], emit) => count(first as bigint, last as bigint, step as bigint, emit),
    }),
    tableOverload({
      args: [MOMENT, MOMENT, DAY_TIME],
      columns: ([first, last]) => [{ name: 'generate_series', type: precise(first!) < precise(last!) ? last! : first!, nullable: false }],
      columnsLabel: 'generate_series TIMESTAMP',
      make: () => ([first, last, step], emit) => countMicros(first as number, last as number, step as number, emit),
    }),
  ],
}

function precise(type: object): number {
  return 'precision' in type ? type.precision as number : 0
}

function count(first: bigint, last: bigint, step: bigint, emit: (row: readonly Value[]) => void): void {
  if (step === 0n) badArgument('the step of generate_series is zero')
  if ((last - first) / step >= SERIES_ROWS_MAX) badArgument(`generate_series gives at most ${SERIES_ROWS_MAX} rows`)
  const row: Value[] = [null]
  for (let value = first; step > 0n ? value <= last : value >= last; value += step) {
    row[0] = value
    emit(row)
  }
}

function countMicros(first: number, last: number, step: number, emit: (row: readonly Value[]) => void): void {
  if (step === 0) badArgument('the step of generate_series is zero')
  if ((last - first) / step >= SERIES_ROWS_MAX) badArgument(`generate_series gives at most ${SERIES_ROWS_MAX} rows`)
  const row: Value[] = [null]
  for (let value = first; step > 0 ? value <= last : value >= last; value += step) {
    row[0] = value
    emit(row)
  }
}
