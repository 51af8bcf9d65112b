import { BIGINT, decimal, DECIMAL_PRECISION_MAX, DOUBLE, INTERVAL_SECOND } from '../../types/data-type.js'
import type { DataType, Value } from '../../types/data-type.js'
import { checkBigint, checkDecimal } from '../../types/number-range.js'
import type { Accumulating, AggregateFunction } from '../function.js'
import { ANY_DECIMAL, DAY_TIME, LONG, REAL } from '../signature.js'
import type { Parameter } from '../signature.js'
import { aggregateOverload } from './define-aggregate.js'
import { addToDoubleSum, emptyDoubleSum, mergeDoubleSum, totalOfDoubleSum } from './double-sum.js'
import type { DoubleSum } from './double-sum.js'

export interface ExactSum {
  sum: bigint
  /** Of values that are not NULL. */
  count: number
}

/** Sums bigints without limit: only the result has a range. The saved sum may have more digits than its column's type. */
export function exactSum(result: (state: ExactSum) => Value): Accumulating<ExactSum> {
  return {
    create: () => ({ sum: 0n, count: 0 }),
    add(state, [value]) {
      if (value === null) return
      state.sum += value as bigint
      state.count++
    },
    retract(state, [value]) {
      if (value === null) return
      state.sum -= value as bigint
      state.count--
    },
    merge(state, other) {
      state.sum += other.sum
      state.count += other.count
    },
    result: (state) => (state.count === 0 ? null : result(state)),
    save: (state) => [state.sum, BigInt(state.count)],
    load: ([sum, count]) => ({ sum: sum as bigint, count: Number(count) }),
  }
}

export interface ApproximateSum extends DoubleSum {
  count: number
}

export function approximateSum(result: (state: ApproximateSum) => Value): Accumulating<ApproximateSum> {
  return {
    create: () => ({ ...emptyDoubleSum(), count: 0 }),
    add(state, [value]) {
      if (value === null) return
      addToDoubleSum(state, value as number)
      state.count++
    },
    retract(state, [value]) {
      if (value === null) return
      addToDoubleSum(state, -(value as number))
      state.count--
    },
    merge(state, other) {
      mergeDoubleSum(state, other)
      state.count += other.count
    },
    result: (state) => (state.count === 0 ? null : result(state)),
    save: (state) => [state.sum, state.compensation, BigInt(state.count)],
    load: ([sum, compensation, count]) => ({ sum: sum as number, compensation: compensation as number, count: Number(count) }),
  }
}

/** State columns of {@link exactSum} over integers, and of {@link approximateSum}. */
export const INTEGER_SUM_STATE: readonly DataType[] = [decimal(DECIMAL_PRECISION_MAX, 0), BIGINT]
export const DOUBLE_SUM_STATE: readonly DataType[] = [DOUBLE, DOUBLE, BIGINT]

export const decimalSumState = (scale: number): readonly DataType[] => [decimal(DECIMAL_PRECISION_MAX, scale), BIGINT]

/** Any integer becomes a BIGINT first; a bare NULL too. */
const integers = aggregateOverload({
  args: [LONG], returns: BIGINT, state: INTEGER_SUM_STATE,
  make: ({ returns }) => exactSum((state) => checkBigint(state.sum, returns)),
})

const decimals = aggregateOverload({
  args: [ANY_DECIMAL], returns: ([a]) => decimal(DECIMAL_PRECISION_MAX, scaleOf(a!)), returnsLabel: 'DECIMAL(38, s)',
  state: ({ args }) => decimalSumState(scaleOf(args[0]!)),
  make: ({ returns }) => exactSum((state) => checkDecimal(state.sum, returns as Extract<DataType, { kind: 'DECIMAL' }>)),
})

const doubles = aggregateOverload({ args: [REAL], returns: DOUBLE, state: DOUBLE_SUM_STATE, make: () => approximateSum(totalOfDoubleSum) })

const intervals = aggregateOverload({
  args: [DAY_TIME as Parameter], returns: INTERVAL_SECOND, state: DOUBLE_SUM_STATE, make: () => approximateSum(totalOfDoubleSum),
})

export function scaleOf(type: DataType): number {
  return type.kind === 'DECIMAL' ? type.scale : 0
}

export const sums: readonly AggregateFunction[] = [
  {
    name: 'sum', doc: 'Sum of the values; exact for integers and decimals, NUMERIC_OVERFLOW where it leaves its type.', ordered: false,
    overloads: [integers, decimals, doubles, intervals],
  },
]
