import type { DataType } from '../types/data-type.js'
import { BIGINT, DOUBLE } from '../types/data-type.js'
import { commonType } from './coercion.js'
import { lookup } from '../lookup.js'

/**
 * A function that only has a meaning with OVER: its result depends on a row's place among the rows of its partition. All
 * aggregate functions can stand before OVER too; they are not listed here.
 */
export interface OverFunction {
  /** Canonical name, lower case. */
  readonly name: string
  /** One sentence for the reference page. */
  readonly doc: string
  readonly overloads: readonly { readonly signature: string }[]
  /** Number of arguments, least and most. */
  readonly arity: readonly [number, number]
  /** Place among the arguments of a count that must be constant (buckets, offset, n), or null. */
  readonly countAt: number | null
  /** The count where it is left out. */
  readonly defaultCount: number | null
  /**
   * - `rank`: a place in the partition, counted from its start
   * - `share`: needs to know how many rows the partition has
   * - `offset`: the value of a row so many places away
   * - `frame`: the value of a row of the frame
   */
  readonly kind: 'rank' | 'share' | 'offset' | 'frame'
  /** True if the result is never NULL. */
  readonly neverNull: boolean
  /** The type of the result by those of the arguments without the count; null where they do not fit. */
  returns(args: readonly DataType[]): DataType | null
}

const ofPlace = (name: string, kind: 'rank' | 'share', type: DataType, doc: string): OverFunction => ({
  name, doc, kind, overloads: [{ signature: `() → ${type.kind}` }], arity: [0, 0], countAt: null, defaultCount: null, neverNull: true,
  returns: () => type,
})

const ofOffset = (name: string, doc: string): OverFunction => ({
  name, doc, kind: 'offset', overloads: [{ signature: '(any[, INT][, any]) → any' }], arity: [1, 3], countAt: 1, defaultCount: 1, neverNull: false,
  returns: (args) => commonType(args),
})

const ofFrame = (name: string, signature: string, arity: OverFunction['arity'], doc: string): OverFunction => ({
  name, doc, kind: 'frame', overloads: [{ signature }], arity, countAt: arity[1] === 2 ? 1 : null, defaultCount: null, neverNull: false,
  returns: ([type]) => type!,
})

export const overFunctions: readonly OverFunction[] = [
  ofPlace('row_number', 'rank', BIGINT, 'The number of the row in its partition, from 1; rows that the order leaves equal go by their values.'),
  ofPlace('rank', 'rank', BIGINT, 'One more than the rows that come before: equal rows have one rank, and the next rank leaves a gap.'),
  ofPlace('dense_rank', 'rank', BIGINT, 'Like `rank`, without gaps.'),
  ofPlace('percent_rank', 'share', DOUBLE, '(rank − 1) ÷ (rows of the partition − 1); 0 in a partition of one row.'),
  ofPlace('cume_dist', 'share', DOUBLE, 'The share of rows that come before the row or are equal to it.'),
  {
    name: 'ntile', doc: 'The number, from 1, of the row’s bucket of so many buckets of about equal size; larger ones come first.', kind: 'share',
    overloads: [{ signature: '(INT) → BIGINT' }], arity: [1, 1], countAt: 0, defaultCount: null, neverNull: true, returns: () => BIGINT,
  },
  ofOffset('lag', 'The value of the row so many rows before (1), or the third argument where there is none.'),
  ofOffset('lead', 'The value of the row so many rows behind (1), or the third argument where there is none.'),
  ofFrame('first_value', '(any) → any', [1, 1], 'The value of the first row of the frame; with `IGNORE NULLS` the first that is not NULL.'),
  ofFrame('last_value', '(any) → any', [1, 1], 'The value of the last row of the frame; with `IGNORE NULLS` the last that is not NULL.'),
  ofFrame('nth_value', '(any, INT) → any', [2, 2], 'The value of the row of that number, from 1, in the frame.'),
]

const byName = new Map(overFunctions.map((f) => [f.name, f]))
const ALIASES: Readonly<Record<string, string>> = lookup({ first: 'first_value', last: 'last_value' })

/** By name in any case. */
export function findOver(name: string): OverFunction | undefined {
  const key = name.toLowerCase()
  return byName.get(ALIASES[key] ?? key)
}
