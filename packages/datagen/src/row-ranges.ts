import type { Split } from '@millrace/core'
import { SPLITS_MAX } from './limits.js'

/** What a split of generated rows is: rows `first`, `first + stride`, … below `end` (null: without end). */
export interface RowRange {
  readonly first: number
  readonly stride: number
  readonly end: number | null
}

/** Splits of a table that ends and is made as fast as possible: ranges of `size` rows, or of a multiple of it where those would be too many. */
export function rowRanges(what: 'rows' | 'events', count: number, size: number): Split[] {
  const step = size * Math.max(1, Math.ceil(count / (size * SPLITS_MAX)))
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => {
    const [first, end] = [i * step, Math.min(count, (i + 1) * step)]
    return { id: `${what} ${first}-${end}`, weight: end - first, bounded: true, detail: { first, stride: 1, end } satisfies RowRange }
  })
}
