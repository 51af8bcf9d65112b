import { DOUBLE } from '../../types/data-type.js'
import type { Value } from '../../types/data-type.js'
import { compareValues } from '../../types/value.js'
import type { AggregateFunction, AggregateOverload } from '../function.js'
import { ANY } from '../signature.js'
import { aggregateOverload } from './define-aggregate.js'

interface Placed {
  /** NaN until there is a row. */
  ordinal: number
  value: Value
}

/**
 * The value of the row with the least (`sign` −1) or greatest ordinal. A NULL there is the result. Rows of one ordinal
 * (which there are where the input has no order) are taken in the order of their values, so that the result is the same
 * for any number of workers.
 */
function placed(sign: 1 | -1): AggregateOverload {
  return aggregateOverload<Placed>({
    args: [ANY], returns: ([a]) => a!, returnsLabel: 'any', state: ({ returns }) => [DOUBLE, returns],
    make: ({ returns }) => {
      const compare = compareValues(returns)
      const take = (state: Placed, ordinal: number, value: Value): void => {
        const order = (ordinal - state.ordinal) * sign
        if (order < 0 || (order === 0 && compare(value, state.value) * sign <= 0)) return
        state.ordinal = ordinal
        state.value = value
      }
      return {
        create: () => ({ ordinal: NaN, value: null }),
        add: (state, [value, ordinal]) => take(state, Number(ordinal), value!),
        merge(state, other) {
          if (!Number.isNaN(other.ordinal)) take(state, other.ordinal, other.value)
        },
        result: (state) => state.value,
        save: (state) => [Number.isNaN(state.ordinal) ? null : state.ordinal, state.value],
        load: ([ordinal, value]) => ({ ordinal: ordinal === null ? NaN : (ordinal as number), value: value! }),
      }
    },
  })
}

export const firstAndLast: readonly AggregateFunction[] = [
  {
    name: 'first_value', aliases: ['first'], doc: 'The value of the first row, NULL where it is NULL.', ordered: true,
    overloads: [placed(-1)],
  },
  {
    name: 'last_value', aliases: ['last'], doc: 'The value of the last row, NULL where it is NULL.', ordered: true,
    overloads: [placed(1)],
  },
]
