import { array, BIGINT, DOUBLE, INT, row } from '../../types/data-type.js'
import type { DataType, Value } from '../../types/data-type.js'
import type { Accumulating, AggregateFunction } from '../function.js'
import { REAL } from '../signature.js'
import { aggregateOverload } from './define-aggregate.js'
import { keepFraction } from './quantile.js'

/** The result lies within this part of the true value. */
const RELATIVE_ERROR = 0.005
const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
const LOG_GAMMA = Math.log(GAMMA)

/** Bucket numbers: 0 for zero, ±(OFFSET + ⌈log_γ |x|⌉) for others, ±INFINITE for infinities; their order is that of the values. */
const OFFSET = 200_000
const INFINITE = 1_000_000

function bucketOf(value: number): number {
  if (value === 0) return 0
  if (!Number.isFinite(value)) return value > 0 ? INFINITE : -INFINITE
  const bucket = OFFSET + Math.ceil(Math.log(Math.abs(value)) / LOG_GAMMA)
  return value > 0 ? bucket : -bucket
}

function middleOf(bucket: number): number {
  if (bucket === 0) return 0
  if (Math.abs(bucket) === INFINITE) return bucket > 0 ? Infinity : -Infinity
  const magnitude = Math.min(GAMMA ** (Math.abs(bucket) - OFFSET) * (2 / (GAMMA + 1)), Number.MAX_VALUE)
  return bucket > 0 ? magnitude : -magnitude
}

/** Counts in buckets whose bounds grow by a fixed factor: addition in any order gives the same sketch. */
interface Sketch {
  readonly buckets: Map<number, number>
  fraction: Value
}

function count(state: Sketch, bucket: number, by: number): void {
  const sum = (state.buckets.get(bucket) ?? 0) + by
  if (sum === 0) state.buckets.delete(bucket)
  else state.buckets.set(bucket, sum)
}

const sketching: Accumulating<Sketch> = {
  create: () => ({ buckets: new Map(), fraction: null }),
  add(state, [value, fraction]) {
    keepFraction(state, fraction!)
    if (value !== null && !Number.isNaN(value)) count(state, bucketOf(value as number), 1)
  },
  retract(state, [value]) {
    if (value !== null && !Number.isNaN(value)) count(state, bucketOf(value as number), -1)
  },
  merge(state, other) {
    keepFraction(state, other.fraction)
    for (const [bucket, n] of other.buckets) count(state, bucket, n)
  },
  result(state) {
    if (state.buckets.size === 0 || state.fraction === null) return null
    const sorted = [...state.buckets].sort((a, b) => a[0] - b[0])
    const total = sorted.reduce((sum, [, n]) => sum + n, 0)
    const place = (state.fraction as number) * (total - 1)
    let passed = 0
    for (const [bucket, n] of sorted) {
      passed += n
      if (place < passed) return middleOf(bucket)
    }
    return middleOf(sorted.at(-1)![0])
  },
  save: (state) => [state.fraction, [...state.buckets].map(([bucket, n]) => [bucket, BigInt(n)])],
  load([fraction, entries]) {
    return { fraction: fraction!, buckets: new Map((entries as readonly [number, bigint][]).map(([bucket, n]) => [bucket, Number(n)])) }
  },
}

const STATE: readonly DataType[] = [DOUBLE, array(row([{ name: 'bucket', type: INT }, { name: 'count', type: BIGINT }]))]

export const approximateQuantiles: readonly AggregateFunction[] = [
  {
    name: 'approx_percentile', aliases: ['approx_quantile', 'percentile_approx'],
    doc: 'About the value below which a fraction (0 to 1) of all lie: within 0.5 % of it, in little memory. NaN is left out.',
    ordered: false,
    overloads: [aggregateOverload({ args: [REAL, REAL], returns: DOUBLE, state: STATE, make: () => sketching })],
  },
]
