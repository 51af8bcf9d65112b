import { DOUBLE, INT, STRING } from '../../types/data-type.js'
import type { ScalarFunction } from '../function.js'
import { badArgument } from '../function-error.js'
import { INTEGER, overload } from '../signature.js'

/** Chance, from the job's seeded generator. */

const HEX = '0123456789abcdef'

function uuid(random: () => number): string {
  let digits = ''
  for (let i = 0; i < 32; i++) digits += i === 12 ? '4' : HEX[i === 16 ? 8 + Math.floor(random() * 4) : Math.floor(random() * 16)]
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`
}

export const randoms: readonly ScalarFunction[] = [
  {
    name: 'random', aliases: ['rand'], category: 'context',
    doc: 'A number from 0 to below 1, by chance. The job’s option `seed` makes it repeatable.',
    overloads: [overload({ args: [], returns: DOUBLE, deterministic: false, make: (_, context) => () => context.random() })],
  },
  {
    name: 'rand_integer', category: 'context', doc: 'A whole number from 0 to below the argument, by chance.',
    overloads: [overload({
      args: [INTEGER], returns: INT, deterministic: false,
      make: (_, context) => (bound: number) =>
        (bound < 1 ? badArgument('rand_integer needs a bound of at least 1') : Math.floor(context.random() * bound)),
    })],
  },
  {
    name: 'uuid', aliases: ['gen_random_uuid'], category: 'context', doc: 'A universally unique identifier (version 4), by chance.',
    overloads: [overload({ args: [], returns: STRING, deterministic: false, make: (_, context) => () => uuid(() => context.random()) })],
  },
]
