import { describe, expect, it } from 'vitest'
import { murmur2, partitionOfKey } from './murmur2.js'

/** As the Java client's own tests have them. */
const KNOWN: readonly (readonly [string, number])[] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
]

describe('murmur2', () => {
  it.each(KNOWN)('hashes %s as Kafka does', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash)
  })

  it('looks at nothing outside its bounds', () => {
    expect(murmur2(Buffer.from('--foobar--'), 2, 8)).toBe(-790332482)
  })

  it('drops the sign, and does not turn it', () => {
    expect(partitionOfKey(Buffer.from('21'), 0, 2, 10)).toBe((-973932308 & 0x7fff_ffff) % 10)
    expect(partitionOfKey(Buffer.from(''), 0, 0, 7)).toBeGreaterThanOrEqual(0)
  })
})
