import { BIGINT, BOOLEAN } from '../../types/data-type.js'
import type { Accumulating, AggregateFunction, AggregateOverload } from '../function.js'
import { ANY_INTEGER, BOOL } from '../signature.js'
import { aggregateOverload } from './define-aggregate.js'

interface Truths {
  trues: number
  falses: number
}

/** Counts, so that rows can be taken back. */
function truths(result: (state: Truths) => boolean): Accumulating<Truths> {
  const count = (state: Truths, value: unknown, by: 1 | -1): void => {
    if (value === true) state.trues += by
    else if (value === false) state.falses += by
  }
  return {
    create: () => ({ trues: 0, falses: 0 }),
    add: (state, [value]) => count(state, value, 1),
    retract: (state, [value]) => count(state, value, -1),
    merge(state, other) {
      state.trues += other.trues
      state.falses += other.falses
    },
    result: (state) => (state.trues + state.falses === 0 ? null : result(state)),
    save: (state) => [BigInt(state.trues), BigInt(state.falses)],
    load: ([trues, falses]) => ({ trues: Number(trues), falses: Number(falses) }),
  }
}

const ofTruths = (result: (state: Truths) => boolean): readonly AggregateOverload[] =>
  [aggregateOverload({ args: [BOOL], returns: BOOLEAN, state: [BIGINT, BIGINT], make: () => truths(result) })]

interface Bits {
  bits: bigint | null
}

function bits(combine: (a: bigint, b: bigint) => bigint): readonly AggregateOverload[] {
  return [aggregateOverload<Bits>({
    args: [ANY_INTEGER], returns: ([a]) => a!, returnsLabel: 'integer', state: [BIGINT],
    make: ({ returns }) => {
      const take = (state: Bits, value: bigint): void => {
        state.bits = state.bits === null ? value : combine(state.bits, value)
      }
      return {
        create: () => ({ bits: null }),
        add(state, [value]) {
          if (value !== null) take(state, BigInt(value as number | bigint))
        },
        merge(state, other) {
          if (other.bits !== null) take(state, other.bits)
        },
        result: (state) => (state.bits === null || returns.kind === 'BIGINT' ? state.bits : Number(state.bits)),
        save: (state) => [state.bits],
        load: ([value]) => ({ bits: value as bigint | null }),
      }
    },
  })]
}

export const truthsAndBits: readonly AggregateFunction[] = [
  {
    name: 'bool_and', aliases: ['every'], doc: 'TRUE if all values are.', ordered: false, distinctIsNoop: true,
    overloads: ofTruths((state) => state.falses === 0),
  },
  {
    name: 'bool_or', aliases: ['any', 'some'], doc: 'TRUE if one value is.', ordered: false, distinctIsNoop: true,
    overloads: ofTruths((state) => state.trues > 0),
  },
  { name: 'bit_and', doc: 'Bits that are 1 in all values.', ordered: false, distinctIsNoop: true, overloads: bits((a, b) => a & b) },
  { name: 'bit_or', doc: 'Bits that are 1 in one value or more.', ordered: false, distinctIsNoop: true, overloads: bits((a, b) => a | b) },
  { name: 'bit_xor', doc: 'Bits that are 1 in an odd number of values.', ordered: false, overloads: bits((a, b) => a ^ b) },
]
