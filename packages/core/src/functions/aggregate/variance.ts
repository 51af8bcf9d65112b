import { BIGINT, DOUBLE } from '../../types/data-type.js'
import type { Value } from '../../types/data-type.js'
import type { Accumulating, AggregateFunction, AggregateOverload } from '../function.js'
import { REAL } from '../signature.js'
import { aggregateOverload } from './define-aggregate.js'

/** Count, mean and sum of squared distances from the mean (Welford); parts are joined by Chan's formula. */
interface Moments {
  count: number
  mean: number
  squares: number
}

function addMoment(state: Moments, value: number): void {
  state.count++
  const distance = value - state.mean
  state.mean += distance / state.count
  state.squares += distance * (value - state.mean)
}

function retractMoment(state: Moments, value: number): void {
  if (state.count <= 1) {
    state.count = 0
    state.mean = 0
    state.squares = 0
    return
  }
  const mean = state.mean - (value - state.mean) / (state.count - 1)
  state.squares = Math.max(0, state.squares - (value - state.mean) * (value - mean))
  state.mean = mean
  state.count--
}

function mergeMoments(state: Moments, other: Moments): void {
  if (other.count === 0) return
  const count = state.count + other.count
  const distance = other.mean - state.mean
  state.squares += other.squares + ((distance * distance * state.count) / count) * other.count
  state.mean += (distance * other.count) / count
  state.count = count
}

function moments(result: (state: Moments) => number | null): Accumulating<Moments> {
  return {
    create: () => ({ count: 0, mean: 0, squares: 0 }),
    add(state, [value]) {
      if (value !== null) addMoment(state, value as number)
    },
    retract(state, [value]) {
      if (value !== null) retractMoment(state, value as number)
    },
    merge: mergeMoments,
    result,
    save: (state) => [BigInt(state.count), state.mean, state.squares],
    load: ([count, mean, squares]) => ({ count: Number(count), mean: mean as number, squares: squares as number }),
  }
}

const ofMoments = (result: (state: Moments) => number | null): readonly AggregateOverload[] =>
  [aggregateOverload({ args: [REAL], returns: DOUBLE, state: [BIGINT, DOUBLE, DOUBLE], make: () => moments(result) })]

const population = (state: Moments): number | null => (state.count === 0 ? null : state.squares / state.count)
const sample = (state: Moments): number | null => (state.count < 2 ? null : state.squares / (state.count - 1))
const rootOf = (variance: (state: Moments) => number | null) => (state: Moments): number | null => {
  const value = variance(state)
  return value === null ? null : Math.sqrt(value)
}

/** The same for two variables together. */
interface JointMoments {
  count: number
  meanX: number
  meanY: number
  squaresX: number
  squaresY: number
  products: number
}

function addPair(state: JointMoments, x: number, y: number): void {
  state.count++
  const distanceX = x - state.meanX
  const distanceY = y - state.meanY
  state.meanX += distanceX / state.count
  state.meanY += distanceY / state.count
  state.squaresX += distanceX * (x - state.meanX)
  state.squaresY += distanceY * (y - state.meanY)
  state.products += distanceX * (y - state.meanY)
}

function mergePairs(state: JointMoments, other: JointMoments): void {
  if (other.count === 0) return
  const count = state.count + other.count
  const share = (state.count / count) * other.count
  const distanceX = other.meanX - state.meanX
  const distanceY = other.meanY - state.meanY
  state.squaresX += other.squaresX + distanceX * distanceX * share
  state.squaresY += other.squaresY + distanceY * distanceY * share
  state.products += other.products + distanceX * distanceY * share
  state.meanX += (distanceX * other.count) / count
  state.meanY += (distanceY * other.count) / count
  state.count = count
}

function jointMoments(result: (state: JointMoments) => Value): Accumulating<JointMoments> {
  return {
    create: () => ({ count: 0, meanX: 0, meanY: 0, squaresX: 0, squaresY: 0, products: 0 }),
    add(state, [x, y]) {
      if (x !== null && y !== null) addPair(state, x as number, y as number)
    },
    merge: mergePairs,
    result,
    save: (s) => [BigInt(s.count), s.meanX, s.meanY, s.squaresX, s.squaresY, s.products],
    load: ([count, meanX, meanY, squaresX, squaresY, products]) => ({
      count: Number(count), meanX: meanX as number, meanY: meanY as number, squaresX: squaresX as number, squaresY: squaresY as number,
      products: products as number,
    }),
  }
}

const ofPairs = (result: (state: JointMoments) => number | null): readonly AggregateOverload[] => [
  aggregateOverload({
    args: [REAL, REAL], returns: DOUBLE, state: [BIGINT, DOUBLE, DOUBLE, DOUBLE, DOUBLE, DOUBLE], make: () => jointMoments(result),
  }),
]

/** NULL where one variable never changes. */
function correlation(state: JointMoments): number | null {
  const spread = Math.sqrt(state.squaresX * state.squaresY)
  return state.count < 2 || spread === 0 ? null : Math.max(-1, Math.min(1, state.products / spread))
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
    overloads: ofPairs((s) => (s.count < 2 ? null : s.products / (s.count - 1))),
  },
  {
    name: 'covar_pop', doc: 'Covariance of a population of pairs.', ordered: false,
    overloads: ofPairs((s) => (s.count === 0 ? null : s.products / s.count)),
  },
  { name: 'corr', doc: 'Correlation of pairs, from −1 to 1.', ordered: false, overloads: ofPairs(correlation) },
]
