import { below } from './events.js'

/** Points between which the curve is taken to be straight. */
const POINTS = 4_096

const CURVE = Float64Array.from({ length: POINTS + 1 }, (_, i) => 100 * 10 ** ((6 * i) / POINTS))

/** A price in cents, between one dollar and a million, equally likely in every power of ten. @param bits 32 random ones */
export function priceOf(bits: number): number {
  const point = below(bits, POINTS)
  const share = ((bits >>> 0) / 4_294_967_296) * POINTS - point
  return Math.round(CURVE[point]! + (CURVE[point + 1]! - CURVE[point]!) * share)
}
