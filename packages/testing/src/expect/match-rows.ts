import type { Schema } from '@millrace/core'
import type { Change } from '../batch-text.js'
import { type ExpectedChange, sameChange } from './expected-rows.js'

export interface Unmatched {
  readonly missing: readonly ExpectedChange[]
  readonly unexpected: readonly Change[]
}

/**
 * Pairs expected rows with those that came, whatever their order, so that as many as can be are paired. An expected row with a matcher may
 * equal several: one that took a row which another needs takes another one instead.
 */
export function matchRows(expected: readonly ExpectedChange[], received: readonly Change[], schema: Schema): Unmatched {
  const takenBy = new Map<number, number>()
  const place = (e: number, tried: Set<number>): boolean => {
    for (let r = 0; r < received.length; r++) {
      if (tried.has(r) || !sameChange(expected[e]!, received[r]!, schema)) continue
      tried.add(r)
      const holder = takenBy.get(r)
      if (holder !== undefined && !(isFlexible(expected[holder]!) && place(holder, tried))) continue
      takenBy.set(r, e)
      return true
    }
    return false
  }
  const missing = expected.filter((_, e) => !place(e, new Set()))
  return { missing, unexpected: received.filter((_, r) => !takenBy.has(r)) }
}

/** Equal rows are worth the same; only one that equals different rows is worth moving. */
function isFlexible({ cells }: ExpectedChange): boolean {
  return cells.some((cell) => 'matcher' in cell)
}
