import { MillraceError } from '../../errors.js'
import { SINGLE_VALUES_MAX } from '../../limits.js'
import { array } from '../../types/data-type.js'
import type { Value } from '../../types/data-type.js'
import { equalValues } from '../../types/value.js'
import type { AggregateFunction } from '../function.js'
import { ANY } from '../signature.js'
import { aggregateOverload } from './define-aggregate.js'

interface Single {
  /** All rows there are: more than one may come and go again before anybody asks. */
  values: Value[]
}

function tooMany(): never {
  throw new MillraceError('SUBQUERY_ROWS', 'a sub-query that stands for one value gives more than one row; aggregate it, or add LIMIT 1')
}

/** What a sub-query that is a value becomes. */
export const singleValues: readonly AggregateFunction[] = [{
  name: 'single_value', doc: 'The value of the only row, NULL where there is none; more than one row is SUBQUERY_ROWS.', ordered: false,
  overloads: [aggregateOverload<Single>({
    args: [ANY], returns: ([a]) => a!, returnsLabel: 'any', state: ({ returns }) => [array(returns)],
    make: ({ returns }) => {
      const equal = equalValues(returns)
      return {
        create: () => ({ values: [] }),
        add(state, [value]) {
          if (state.values.length === SINGLE_VALUES_MAX) tooMany()
          state.values.push(value!)
        },
        retract(state, [value]) {
          const at = state.values.findIndex((known) => equal(known, value!))
          if (at !== -1) state.values.splice(at, 1)
        },
        merge(state, other) {
          if (state.values.length + other.values.length > SINGLE_VALUES_MAX) tooMany()
          state.values.push(...other.values)
        },
        result: (state) => (state.values.length > 1 ? tooMany() : state.values[0] ?? null),
        save: (state) => [state.values],
        load: ([values]) => ({ values: [...(values as readonly Value[])] }),
      }
    },
  })],
}]
