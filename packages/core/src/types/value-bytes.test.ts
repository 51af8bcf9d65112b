import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import type { Value } from './data-type.js'
import { rowBytes } from './value-bytes.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const ROWS = 20_000

/** Heap that so many rows take, each made anew. */
function measured(make: (i: number) => Value[]): { real: number; reckoned: number } {
  const rows = Array.from({ length: ROWS }, (): Value[] | null => null)
  collect()
  const before = process.memoryUsage()
  for (let i = 0; i < ROWS; i++) rows[i] = make(i)
  collect()
  const after = process.memoryUsage()
  const real = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
  return { real, reckoned: rows.reduce((sum, row) => sum + rowBytes(row!), 0) }
}

/** A string of its own, not a view of another. */
const text = (i: number, length: number): string => Buffer.from(String(i).padStart(length, 'x')).toString('latin1')

it.each<[string, (i: number) => Value[]]>([
  ['short texts', (i) => [text(i, 12), text(i, 8)]],
  ['long texts', (i) => [text(i, 300)]],
  ['integers and bigints', (i) => [i, BigInt(i) + 2n ** 60n, BigInt(i)]],
  ['doubles beside texts', (i) => [text(i, 10), i + 0.5]],
  ['arrays in arrays', (i) => [[text(i, 9), [i, null]], true]],
])('is right to within four tenths for %s', (_what, make) => {
  // Somebody else's garbage may be collected in between: the middle one of five counts.
  const ratios = Array.from({ length: 5 }, () => measured(make)).map(({ real, reckoned }) => reckoned / real).sort((a, b) => a - b)
  expect(ratios[2]).toBeGreaterThan(0.6)
  expect(ratios[2]).toBeLessThan(1.4)
})
