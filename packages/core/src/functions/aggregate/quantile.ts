import { array, BIGINT, DOUBLE, isNumeric, row } from '../../types/data-type.js'
import type { DataType, Value } from '../../types/data-type.js'
import { compareValues } from '../../types/value.js'
import { valueKey } from '../../state/value-key.js'
import type { Accumulating, AggregateFunction, AggregateOverload } from '../function.js'
import { badArgument } from '../function-error.js'
import { ANY, REAL } from '../signature.js'
import type { Parameter } from '../signature.js'
import { aggregateOverload } from './define-aggregate.js'

/** Distinct values with how often each came, and the fraction asked for. */
interface Histogram {
  readonly counts: Map<string, { readonly value: Value; count: number }>
  fraction: Value
}

type Result = (sorted: readonly { readonly value: Value; readonly count: number }[], total: number, fraction: number) => Value

/** Exact for any split of the rows, because it keeps every distinct value. `fraction` null: the second argument says. */
function histogram(type: DataType, fraction: number | null, result: Result): Accumulating<Histogram> {
  const compare = compareValues(type)
  const count = (state: Histogram, value: Value, by: number): void => {
    const key = valueKey(value, type)
    const entry = state.counts.get(key)
    if (entry === undefined) state.counts.set(key, { value, count: by })
    else if ((entry.count += by) === 0) state.counts.delete(key)
  }
  return {
    create: () => ({ counts: new Map(), fraction }),
    add(state, [value, asked]) {
      if (fraction === null) keepFraction(state, asked!)
      if (value !== null) count(state, value!, 1)
    },
    retract(state, [value]) {
      if (value !== null) count(state, value!, -1)
    },
    merge(state, other) {
      if (fraction === null) keepFraction(state, other.fraction)
      for (const entry of other.counts.values()) count(state, entry.value, entry.count)
    },
    result(state) {
      if (state.counts.size === 0 || state.fraction === null) return null
      const sorted = [...state.counts.values()].sort((a, b) => compare(a.value, b.value))
      return result(sorted, sorted.reduce((total, entry) => total + entry.count, 0), state.fraction as number)
    },
    save: (state) => [state.fraction, [...state.counts.values()].map((entry) => [entry.value, BigInt(entry.count)])],
    load([saved, entries]) {
      const state: Histogram = { counts: new Map(), fraction: saved! }
      for (const [value, n] of entries as readonly [Value, bigint][]) count(state, value, Number(n))
      return state
    },
  }
}

export function keepFraction(state: { fraction: Value }, asked: Value): void {
  if (asked === null || asked === state.fraction) return
  if (!((asked as number) >= 0 && (asked as number) <= 1)) badArgument(`a percentile is between 0 and 1, not ${String(asked)}`)
  if (state.fraction !== null) badArgument('the fraction of a percentile is the same for all rows')
  state.fraction = asked
}

const stateOf = (type: DataType): readonly DataType[] => [DOUBLE, array(row([{ name: 'value', type }, { name: 'count', type: BIGINT }]))]

/** The value at a place (from 0) in the sorted sequence. */
function valueAt(sorted: readonly { readonly value: Value; readonly count: number }[], place: number): Value {
  let passed = 0
  for (const entry of sorted) {
    passed += entry.count
    if (place < passed) return entry.value
  }
  return sorted.at(-1)!.value
}

/** Between the two nearest values in proportion. */
const continuous: Result = (sorted, total, fraction) => {
  const place = fraction * (total - 1)
  const below = valueAt(sorted, Math.floor(place)) as number
  const above = valueAt(sorted, Math.ceil(place)) as number
  return below === above ? below : below + (above - below) * (place - Math.floor(place))
}

/** The first value at which so large a part of all is reached. */
const discrete: Result = (sorted, total, fraction) => valueAt(sorted, Math.max(0, Math.ceil(fraction * total) - 1))

/** The value that came most often, the least of several. */
const mostFrequent: Result = (sorted) => sorted.reduce((best, entry) => (entry.count > best.count ? entry : best)).value

const ORDERED: Parameter = { label: 'any', accept: (t) => (t.kind === 'NULL' || isNumeric(t) || t.kind !== 'MAP' ? t : null) }

const withFraction = (value: Parameter, result: Result, returns: DataType | null): AggregateOverload => aggregateOverload({
  args: [value, REAL], returns: returns ?? (([a]) => a!), returnsLabel: 'any', state: ({ args }) => stateOf(args[0]!),
  make: ({ args }) => histogram(args[0]!, null, result),
})

export const quantiles: readonly AggregateFunction[] = [
  {
    name: 'percentile_cont', aliases: ['percentile'],
    doc: 'The value below which a fraction (0 to 1) of all lie, between two neighbours in proportion.', ordered: false,
    overloads: [withFraction(REAL, continuous, DOUBLE)],
  },
  {
    name: 'percentile_disc', doc: 'The first value in order at which a fraction (0 to 1) of all is reached.', ordered: false,
    overloads: [withFraction(ORDERED, discrete, null)],
  },
  {
    name: 'median', doc: 'The middle value, or the mean of the two in the middle.', ordered: false,
    overloads: [
      aggregateOverload({ args: [REAL], returns: DOUBLE, state: stateOf(DOUBLE), make: () => histogram(DOUBLE, 0.5, continuous) }),
    ],
  },
  {
    name: 'mode', doc: 'The value that is most frequent, the least of several.', ordered: false,
    overloads: [
      aggregateOverload({
        args: [ANY], returns: ([a]) => a!, returnsLabel: 'any', state: ({ args }) => stateOf(args[0]!),
        make: ({ args }) => histogram(args[0]!, 0, mostFrequent),
      }),
    ],
  },
]
