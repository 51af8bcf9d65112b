import { assert } from './errors.js'
import { BATCH_ROWS_MAX } from './limits.js'

/**
 * Slots as they are stored: Int32s; those that follow one another, as the slots of rows that have been added do, as the first of them and
 * the bitwise complement of how many they are, which is no slot.
 */
export function bytesOfSlots(slots: Int32Array): Uint8Array {
  const numbers = slots.length > 2 && slots.length <= BATCH_ROWS_MAX && areRun(slots) ? Int32Array.of(slots[0]!, ~slots.length) : slots.slice()
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
}

/** Bytes may lie anywhere; Int32s at multiples of 4. */
export function slotsOfBytes(bytes: Uint8Array): Int32Array {
  const copy = bytes.slice()
  const numbers = new Int32Array(copy.buffer, 0, copy.length >> 2)
  if (numbers.length !== 2 || numbers[1]! >= 0) return numbers
  const count = ~numbers[1]!
  assert(count <= BATCH_ROWS_MAX, 'slots that follow one another are those of a batch')
  return new Int32Array(count).map((_, i) => numbers[0]! + i)
}

function areRun(slots: Int32Array): boolean {
  for (let i = 1; i < slots.length; i++) if (slots[i] !== slots[i - 1]! + 1) return false
  return true
}
