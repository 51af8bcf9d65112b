import type { Value } from '../../types/data-type.js'
import { compareValues } from '../../types/value.js'
import type { AggregateFunction, AggregateOverload } from '../function.js'
import { ANY } from '../signature.js'
import { aggregateOverload } from './define-aggregate.js'

interface Extreme {
  value: Value
}

/** `sign` 1 for the greatest, −1 for the least. NaN counts as greatest, as in ORDER BY. */
function extreme(sign: 1 | -1): AggregateOverload {
  return aggregateOverload<Extreme>({
    args: [ANY], returns: ([a]) => a!, returnsLabel: 'any', state: ({ returns }) => [returns],
    make: ({ returns }) => {
      const compare = compareValues(returns)
      const take = (state: Extreme, value: Value): void => {
        if (value !== null && (state.value === null || compare(value, state.value) * sign > 0)) state.value = value
      }
      return {
        create: () => ({ value: null }),
        add: (state, [value]) => take(state, value!),
        merge: (state, other) => take(state, other.value),
        result: (state) => state.value,
        save: (state) => [state.value],
        load: ([value]) => ({ value: value! }),
      }
    },
  })
}

interface Chosen {
  value: Value
  key: Value
}

/**
 * The value beside the greatest (least) key. Rows whose key is NULL are left out. Of several rows with that key the
 * one with the least value counts, so that the result does not depend on the order of rows.
 */
function chosenBy(sign: 1 | -1): AggregateOverload {
  return aggregateOverload<Chosen>({
    args: [ANY, ANY], returns: ([a]) => a!, returnsLabel: 'any', state: ({ args }) => args,
    make: ({ args }) => {
      const compareKeys = compareValues(args[1]!)
      const compareChosen = compareValues(args[0]!)
      const take = (state: Chosen, value: Value, key: Value): void => {
        if (key === null) return
        const order = state.key === null ? 1 : compareKeys(key, state.key) * sign
        if (order < 0 || (order === 0 && compareChosen(value, state.value) >= 0)) return
        state.value = value
        state.key = key
      }
      return {
        create: () => ({ value: null, key: null }),
        add: (state, [value, key]) => take(state, value!, key!),
        merge: (state, other) => take(state, other.value, other.key),
        result: (state) => state.value,
        save: (state) => [state.value, state.key],
        load: ([value, key]) => ({ value: value!, key: key! }),
      }
    },
  })
}

export const extremes: readonly AggregateFunction[] = [
  { name: 'min', doc: 'The least value.', ordered: false, distinctIsNoop: true, overloads: [extreme(-1)] },
  { name: 'max', doc: 'The greatest value.', ordered: false, distinctIsNoop: true, overloads: [extreme(1)] },
  {
    name: 'any_value', doc: 'One of the values that are not NULL (the least).', ordered: false, distinctIsNoop: true,
    overloads: [extreme(-1)],
  },
  {
    name: 'min_by', aliases: ['arg_min'], doc: 'The first argument of the row in which the second is least.', ordered: false,
    distinctIsNoop: true,
    overloads: [chosenBy(-1)],
  },
  {
    name: 'max_by', aliases: ['arg_max'], doc: 'The first argument of the row in which the second is greatest.', ordered: false,
    distinctIsNoop: true,
    overloads: [chosenBy(1)],
  },
]
