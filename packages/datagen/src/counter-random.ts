/**
 * A random number as a function of (seed, row): any row can be made without those before it, so that ranges of rows are
 * splits and every worker count gives the same table.
 *
 * Source of the mixing: the 32-bit finaliser of MurmurHash3, twice over the row's two halves.
 */
export function randomBits(seed: number, row: number): number {
  const low = row | 0
  const high = (row / 4_294_967_296) | 0
  return finalise(Math.imul(low, 0x9e3779b1) ^ finalise(seed ^ Math.imul(high + 1, 0x85ebca77)))
}

/** Uniform in [0, 1) with 53 random bits. */
export function randomUnit(seed: number, row: number): number {
  const upper = randomBits(seed, row) >>> 5
  const lower = randomBits(seed ^ 0x5bd1e995, row) >>> 6
  return (upper * 67_108_864 + lower) / 9_007_199_254_740_992
}

/** A seed for one column of one table. */
export function columnSeed(seed: number, column: string): number {
  let h = seed | 0
  for (let i = 0; i < column.length; i++) h = finalise(h ^ column.charCodeAt(i))
  return h
}

function finalise(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
