import { BIGINT } from '../../types/data-type.js'
import type { Value } from '../../types/data-type.js'
import type { Accumulating, AggregateFunction } from '../function.js'
import { ANY, BOOL } from '../signature.js'
import { aggregateOverload } from './define-aggregate.js'

/** Numbers are enough: nobody counts 2⁵³ rows. */
interface Count {
  count: number
}

function counting(counts: (args: readonly Value[]) => boolean): Accumulating<Count> {
  return {
    create: () => ({ count: 0 }),
    add(state, args) {
      if (counts(args)) state.count++
    },
    retract(state, args) {
      if (counts(args)) state.count--
    },
    merge(state, other) {
      state.count += other.count
    },
    result: (state) => BigInt(state.count),
    save: (state) => [BigInt(state.count)],
    load: ([count]) => ({ count: Number(count) }),
  }
}

const star = aggregateOverload({ args: [], returns: BIGINT, state: [BIGINT], neverNull: true, make: () => counting(() => true) })

const values = aggregateOverload({
  args: [ANY], rest: ANY, returns: BIGINT, state: [BIGINT], neverNull: true,
  make: () => counting((args) => !args.includes(null)),
})

const whereTrue = aggregateOverload({
  args: [BOOL], returns: BIGINT, state: [BIGINT], neverNull: true, make: () => counting((args) => args[0] === true),
})

export const counts: readonly AggregateFunction[] = [
  { name: 'count', doc: 'Rows, or rows in which no argument is NULL.', ordered: false, overloads: [star, values] },
  { name: 'count_if', aliases: ['countif'], doc: 'Rows for which the condition is TRUE.', ordered: false, overloads: [whereTrue] },
]
