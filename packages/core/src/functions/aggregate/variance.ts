import { BIGINT, DOUBLE } from '../../types/data-type.js'
import type { DataType, Value } from '../../types/data-type.js'
import type { Accumulating, AggregateFunction, AggregateOverload } from '../function.js'
import { REAL } from '../signature.js'
import { aggregateOverload } from './define-aggregate.js'
import { dividedBy, exactSum, minus, plus, scaled, times, ZERO, type DoubleDouble } from './double-double.js'

/**
 * Count, and sums of the distances from an origin and of their squares. The origin is the first value, so that the sums are small where
 * the values are close to each other; rows can come, go and be merged in any order with no digits lost.
 */
interface Moments {
  count: number
  origin: number
  sum: DoubleDouble
  squares: DoubleDouble
}

const noMoments = (): Moments => ({ count: 0, origin: 0, sum: ZERO, squares: ZERO })

function addMoment(state: Moments, value: number): void {
  if (state.count === 0) state.origin = value
  const distance = exactSum(value, -state.origin)
  state.count++
  state.sum = plus(state.sum, distance)
  state.squares = plus(state.squares, times(distance, distance))
}

function retractMoment(state: Moments, value: number): void {
  if (state.count <= 1) {
    Object.assign(state, noMoments())
    return
  }
  const distance = exactSum(value, -state.origin)
  state.count--
  state.sum = minus(state.sum, distance)
  state.squares = minus(state.squares, times(distance, distance))
}

function mergeMoments(state: Moments, other: Moments): void {
  if (other.count === 0) return
  if (state.count === 0) {
    Object.assign(state, other)
    return
  }
  const shift = exactSum(other.origin, -state.origin)
  state.squares = plus(state.squares, shiftedProducts(other.squares, other.sum, other.sum, shift, shift, other.count))
  state.sum = plus(state.sum, plus(other.sum, scaled(shift, other.count)))
  state.count += other.count
}

/** Σ (x + s)(y + t) from Σ xy, Σ x and Σ y. */
function shiftedProducts(
  products: DoubleDouble, sumX: DoubleDouble, sumY: DoubleDouble, shiftX: DoubleDouble, shiftY: DoubleDouble, count: number,
): DoubleDouble {
  return plus(plus(products, plus(times(sumX, shiftY), times(sumY, shiftX))), scaled(times(shiftX, shiftY), count))
}

/** Σ (x − mean of x)(y − mean of y), from sums of distances. */
function centred(products: DoubleDouble, sumX: DoubleDouble, sumY: DoubleDouble, count: number): number {
  const { high, low } = minus(products, dividedBy(times(sumX, sumY), count))
  return high + low
}

function moments(result: (state: Moments) => number | null): Accumulating<Moments> {
  return {
    create: noMoments,
    add(state, [value]) {
      if (value !== null) addMoment(state, value as number)
    },
    retract(state, [value]) {
      if (value !== null) retractMoment(state, value as number)
    },
    merge: mergeMoments,
    result,
    save: ({ count, origin, sum, squares }) => [BigInt(count), origin, sum.high, sum.low, squares.high, squares.low],
    load: ([count, origin, sumHigh, sumLow, squaresHigh, squaresLow]) => ({
      count: Number(count), origin: origin as number, sum: loaded(sumHigh, sumLow), squares: loaded(squaresHigh, squaresLow),
    }),
  }
}

const loaded = (high: Value | undefined, low: Value | undefined): DoubleDouble => ({ high: high as number, low: low as number })

const ofMoments = (result: (state: Moments) => number | null): readonly AggregateOverload[] =>
  [aggregateOverload({ args: [REAL], returns: DOUBLE, state: [BIGINT, ...doubles(5)], make: () => moments(result) })]

const doubles = (count: number): DataType[] => Array.from({ length: count }, () => DOUBLE)

const spreadOf = ({ squares, sum, count }: Moments): number => Math.max(0, centred(squares, sum, sum, count))
const population = (state: Moments): number | null => (state.count === 0 ? null : spreadOf(state) / state.count)
const sample = (state: Moments): number | null => (state.count < 2 ? null : spreadOf(state) / (state.count - 1))
const rootOf = (variance: (state: Moments) => number | null) => (state: Moments): number | null => {
  const value = variance(state)
  return value === null ? null : Math.sqrt(value)
}

/** The same for two variables together. */
interface JointMoments {
  readonly x: Moments
  readonly y: Moments
  products: DoubleDouble
}

function addPair(state: JointMoments, x: number, y: number): void {
  addMoment(state.x, x)
  addMoment(state.y, y)
  state.products = plus(state.products, times(exactSum(x, -state.x.origin), exactSum(y, -state.y.origin)))
}

function retractPair(state: JointMoments, x: number, y: number): void {
  state.products = state.x.count <= 1 ? ZERO : minus(state.products, times(exactSum(x, -state.x.origin), exactSum(y, -state.y.origin)))
  retractMoment(state.x, x)
  retractMoment(state.y, y)
}

function mergePairs(state: JointMoments, other: JointMoments): void {
  const { x, y } = other
  if (x.count === 0) return
  const [shiftX, shiftY] = state.x.count === 0 ? [ZERO, ZERO] : [exactSum(x.origin, -state.x.origin), exactSum(y.origin, -state.y.origin)]
  state.products = plus(state.products, shiftedProducts(other.products, x.sum, y.sum, shiftX, shiftY, x.count))
  mergeMoments(state.x, x)
  mergeMoments(state.y, y)
}

function jointMoments(result: (state: JointMoments) => Value): Accumulating<JointMoments> {
  return {
    create: () => ({ x: noMoments(), y: noMoments(), products: ZERO }),
    add(state, [x, y]) {
      if (x !== null && y !== null) addPair(state, x as number, y as number)
    },
    merge: mergePairs,
    result,
    save: ({ x, y, products }) => [
      BigInt(x.count), ...[x, y].flatMap((m) => [m.origin, m.sum.high, m.sum.low, m.squares.high, m.squares.low]), products.high,
      products.low,
    ],
    load: ([count, ...parts]) => {
      const momentsFrom = (at: number): Moments => ({
        count: Number(count), origin: parts[at] as number, sum: loaded(parts[at + 1], parts[at + 2]),
        squares: loaded(parts[at + 3], parts[at + 4]),
      })
      return { x: momentsFrom(0), y: momentsFrom(5), products: loaded(parts[10], parts[11]) }
    },
  }
}

const pairs = (make: () => Accumulating<JointMoments>): readonly AggregateOverload[] =>
  [aggregateOverload({ args: [REAL, REAL], returns: DOUBLE, state: [BIGINT, ...doubles(12)], make })]

const covariance = (result: (state: JointMoments) => number | null): readonly AggregateOverload[] => pairs(() => ({
  ...jointMoments(result),
  retract(state, [x, y]) {
    if (x !== null && y !== null) retractPair(state, x as number, y as number)
  },
}))

const sharedSpreadOf = ({ x, y, products }: JointMoments): number => centred(products, x.sum, y.sum, x.count)

/**
 * NULL where one variable never changes. It is a ratio of spreads, so the last digits that taking back an outlier leaves behind would
 * make any number of it: it takes no rows back.
 */
function correlation(state: JointMoments): number | null {
  if (state.x.count < 2) return null
  const spread = Math.sqrt(spreadOf(state.x) * spreadOf(state.y))
  return spread === 0 ? null : Math.max(-1, Math.min(1, sharedSpreadOf(state) / spread))
}

export const variances: readonly AggregateFunction[] = [
  {
    name: 'stddev_samp', aliases: ['stddev'], doc: 'Standard deviation of a sample; NULL for fewer than two values.', ordered: false,
    overloads: ofMoments(rootOf(sample)),
  },
  { name: 'stddev_pop', doc: 'Standard deviation of a population.', ordered: false, overloads: ofMoments(rootOf(population)) },
  {
    name: 'var_samp', aliases: ['variance'], doc: 'Variance of a sample; NULL for fewer than two values.', ordered: false,
    overloads: ofMoments(sample),
  },
  { name: 'var_pop', doc: 'Variance of a population.', ordered: false, overloads: ofMoments(population) },
  {
    name: 'covar_samp', doc: 'Covariance of a sample of pairs; NULL for fewer than two.', ordered: false,
    overloads: covariance((s) => (s.x.count < 2 ? null : sharedSpreadOf(s) / (s.x.count - 1))),
  },
  {
    name: 'covar_pop', doc: 'Covariance of a population of pairs.', ordered: false,
    overloads: covariance((s) => (s.x.count === 0 ? null : sharedSpreadOf(s) / s.x.count)),
  },
  { name: 'corr', doc: 'Correlation of pairs, from −1 to 1.', ordered: false, overloads: pairs(() => jointMoments(correlation)) },
]
