import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BATCH_ROWS_MAX } from './limits.js'
import { bytesOfSlots, slotsOfBytes } from './stored-slot-numbers.js'

it('slots come back, whether they follow one another or not, wherever their bytes lie', () => {
  const slots = fc.oneof(
    fc.array(fc.nat(2 ** 31 - 1), { maxLength: 20 }),
    fc.tuple(fc.nat(2 ** 30), fc.nat(BATCH_ROWS_MAX + 1)).map(([first, count]) => Array.from({ length: count }, (_, i) => first + i)),
  )
  fc.assert(fc.property(slots, fc.nat(7), (numbers, shift) => {
    const bytes = bytesOfSlots(Int32Array.from(numbers))
    const shifted = new Uint8Array(bytes.length + shift)
    shifted.set(bytes, shift)
    expect([...slotsOfBytes(shifted.subarray(shift))]).toEqual(numbers)
  }))
})

it('those of rows that were added take eight bytes', () => {
  expect(bytesOfSlots(Int32Array.from({ length: 4_096 }, (_, i) => 70_000 + i)).length).toBe(8)
  expect(bytesOfSlots(Int32Array.of(1, 2, 4)).length).toBe(12)
})

it('are copied: whoever has written them uses the array again', () => {
  const slots = Int32Array.of(5, 9, 7)
  const bytes = bytesOfSlots(slots)
  slots.fill(0)
  expect([...slotsOfBytes(bytes)]).toEqual([5, 9, 7])
})
