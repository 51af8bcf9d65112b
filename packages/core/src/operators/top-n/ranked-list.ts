import type { RankFunction } from '../../plan/over.js'
import type { SlotOrder } from './slot-order.js'

/**
 * The places of the rows of a list, which is in order, as the function counts them; as many as are not beyond `to`.
 *
 * @param slots the list, from `start` on, `count` rows long
 * @returns as many places as rows are among the first
 */
export function placesOf(
  f: RankFunction, slots: Int32Array, start: number, count: number, to: number, order: SlotOrder, into: Float64Array,
): number {
  if (f === 'row_number') {
    const most = Math.min(count, to)
    for (let i = 0; i < most; i++) into[i] = i + 1
    return most
  }
  let place = 0
  for (let i = 0; i < count; i++) {
    const isNew = i === 0 || order.compareKeys(slots[start + i - 1]!, slots[start + i]!) !== 0
    if (isNew) place = f === 'rank' ? i + 1 : place + 1
    if (place > to) return i
    into[i] = place
  }
  return count
}
