import type { AggregateFunction } from '../function.js'
import { approximateCounts } from './approximate-count.js'
import { approximateQuantiles } from './approximate-quantile.js'
import { averages } from './average.js'
import { counts } from './count.js'
import { extremes } from './extreme.js'
import { firstAndLast } from './first-last.js'
import { gatherings } from './gather.js'
import { quantiles } from './quantile.js'
import { singleValues } from './single-value.js'
import { sums } from './sum.js'
import { truthsAndBits } from './truth.js'
import { variances } from './variance.js'

export const aggregateFunctions: readonly AggregateFunction[] = [
  ...counts,
  ...sums,
  ...averages,
  ...extremes,
  ...variances,
  ...truthsAndBits,
  ...firstAndLast,
  ...gatherings,
  ...quantiles,
  ...singleValues,
  ...approximateCounts,
  ...approximateQuantiles,
]
