import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32c } from './crc32c.js'

/** A byte at a time, by the definition. */
function slowly(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1
  for (let at = start; at < end; at++) {
    crc ^= bytes[at]!
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f6_3b78 : 0)
  }
  return ~crc >>> 0
}

describe('crc32c', () => {
  it('knows the checksums of RFC 3720', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe306_9283)
    expect(crc32c(new Uint8Array(32))).toBe(0x8a91_36aa)
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8_ab43)
    expect(crc32c(new Uint8Array(0))).toBe(0)
  })

  it('is what it is byte for byte, at any length and place', () => {
    const bytes = new Uint8Array(8000)
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.imul(i, 0x9e37_79b1) >>> 13
    fc.assert(fc.property(fc.nat(20), fc.nat(5000), (start, length) => {
      expect(crc32c(bytes.subarray(3), start, start + length)).toBe(slowly(bytes, 3 + start, 3 + start + length))
    }))
  })
})
