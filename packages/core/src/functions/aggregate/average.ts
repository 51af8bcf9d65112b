import { decimal, DECIMAL_PRECISION_MAX, DOUBLE, INTERVAL_SECOND } from '../../types/data-type.js'
import type { DataType } from '../../types/data-type.js'
import { divideHalfUp, powerOf10 } from '../../types/decimal.js'
import { checkDecimal } from '../../types/number-range.js'
import type { AggregateFunction } from '../function.js'
import { ANY_DECIMAL, DAY_TIME, LONG, REAL } from '../signature.js'
import { aggregateOverload } from './define-aggregate.js'
import { totalOfDoubleSum } from './double-sum.js'
import { approximateSum, decimalSumState, DOUBLE_SUM_STATE, exactSum, INTEGER_SUM_STATE, scaleOf } from './sum.js'

/** sum ÷ count as the nearest double, also where the sum is beyond 2⁵³. */
export function averageOfIntegers(sum: bigint, count: number): number {
  if (sum <= 9007199254740991n && sum >= -9007199254740991n) return Number(sum) / count
  const whole = sum / BigInt(count)
  const rest = sum - whole * BigInt(count)
  return Number(whole) + Number(rest) / count
}

/** sum ÷ count at the scale of the result, rounded half up. */
export function averageOfDecimals(sum: bigint, count: number, scale: number, resultScale: number): bigint {
  return divideHalfUp(sum * powerOf10(resultScale - scale), BigInt(count))
}

const integers = aggregateOverload({
  args: [LONG], returns: DOUBLE, state: INTEGER_SUM_STATE, make: () => exactSum((state) => averageOfIntegers(state.sum, state.count)),
})

const decimals = aggregateOverload({
  args: [ANY_DECIMAL], returns: ([a]) => decimal(DECIMAL_PRECISION_MAX, Math.max(scaleOf(a!), 6)), returnsLabel: 'DECIMAL(38, max(s, 6))',
  state: ({ args }) => decimalSumState(scaleOf(args[0]!)),
  make: ({ args, returns }) => {
    const type = returns as Extract<DataType, { kind: 'DECIMAL' }>
    const scale = scaleOf(args[0]!)
    return exactSum((state) => checkDecimal(averageOfDecimals(state.sum, state.count, scale, type.scale), type))
  },
})

const doubles = aggregateOverload({
  args: [REAL], returns: DOUBLE, state: DOUBLE_SUM_STATE, make: () => approximateSum((state) => totalOfDoubleSum(state) / state.count),
})

const intervals = aggregateOverload({
  args: [DAY_TIME], returns: INTERVAL_SECOND, state: DOUBLE_SUM_STATE,
  make: () => approximateSum((state) => Math.round(totalOfDoubleSum(state) / state.count) + 0),
})

export const averages: readonly AggregateFunction[] = [
  {
    name: 'avg', aliases: ['mean'], doc: 'Mean of the values; of decimals exact to max(s, 6) digits after the point.', ordered: false,
    overloads: [integers, decimals, doubles, intervals],
  },
]
