import { describe, expect, it } from 'vitest'
import { SPLITS_MAX } from './limits.js'
import { type RowRange, rowRanges } from './row-ranges.js'

describe('ranges of rows', () => {
  it.each([[1, 10], [10, 10], [11, 10], [10 * SPLITS_MAX, 10], [10 * SPLITS_MAX + 1, 10], [10 ** 12, 100_000], [2 ** 53 - 1, 1_000]])('of %d rows, %d each', (count, size) => {
    const splits = rowRanges('rows', count, size)
    expect(splits.length).toBeLessThanOrEqual(SPLITS_MAX)
    const ranges = splits.map(({ detail }) => detail as RowRange)
    expect(ranges[0]!.first).toBe(0)
    ranges.forEach(({ first, end }, i) => {
      expect(end).toBe(ranges[i + 1]?.first ?? count)
      expect(first % size).toBe(0)
    })
    expect(new Set(splits.map(({ id }) => id)).size).toBe(splits.length)
  })

  it('has none without rows', () => {
    expect(rowRanges('rows', 0, 10)).toEqual([])
  })
})
