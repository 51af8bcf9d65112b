import { lz4Compress, snappyCompress } from '@platformatic/wasm-utils'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compressOf } from './compress.js'
import { unpacked } from './decompress.js'
import { Unpackable } from './snappy.js'

const RUNS = Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 100)
const TYPES = ['gzip', 'snappy', 'lz4', 'zstd'] as const

/** Bytes with something to be found again in them, near and far. */
const compressible = fc.array(fc.oneof(
  fc.uint8Array({ maxLength: 70 }), fc.tuple(fc.nat(255), fc.integer({ min: 1, max: 90_000 })).map(([byte, count]) => new Uint8Array(count).fill(byte)),
  fc.constantFrom('{"symbol":"AAPL","price":', ',"quantity":120}', 'abcabcabcabc').map((text) => Buffer.from(text)),
), { maxLength: 30 }).map((parts) => Buffer.concat([Buffer.from('.'), ...parts]))

describe('unpacking', () => {
  it.each(TYPES)('gives back what was packed: %s', async (type) => {
    const compress = (await compressOf(type))!
    fc.assert(fc.property(compressible, fc.nat(9), (bytes, before) => {
      const packed = Buffer.concat([Buffer.alloc(before), compress.compress(bytes), Buffer.alloc(3)])
      expect(Buffer.from(unpacked(compress.codec, packed, before, packed.length - 3)).equals(bytes)).toBe(true)
    }), { numRuns: RUNS })
  })

  it('takes plain snappy too, which others than the Java client write', () => {
    fc.assert(fc.property(compressible, (bytes) => {
      const packed = snappyCompress(bytes)
      expect(Buffer.from(unpacked(2, packed, 0, packed.length)).equals(bytes)).toBe(true)
    }), { numRuns: RUNS })
  })

  it('takes several frames of LZ4, and those that are to be skipped', () => {
    const frame = (text: string): Buffer => Buffer.from(lz4Compress(Buffer.from(text)))
    const skipped = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])
    const packed = Buffer.concat([frame('one '), skipped, frame('two')])
    expect(Buffer.from(unpacked(3, packed, 0, packed.length)).toString()).toBe('one two')
  })

  it.each(TYPES)('makes no more than it may of a few bytes: %s', async (type) => {
    const compress = (await compressOf(type))!
    const packed = compress.compress(Buffer.alloc(3_000_000))
    expect(packed.length).toBeLessThan(200_000)
    expect(() => unpacked(compress.codec, packed, 0, packed.length, 2_000_000)).toThrow(Unpackable)
    expect(unpacked(compress.codec, packed, 0, packed.length, 3_000_000)).toHaveLength(3_000_000)
  })

  it.each(TYPES)('refuses damage or gives something, and never anything else: %s', async (type) => {
    const compress = (await compressOf(type))!
    fc.assert(fc.property(compressible, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }), fc.nat(), (bytes, changes, cut) => {
      const packed = Buffer.from(compress.compress(bytes))
      for (const [at, byte] of changes) packed[at % packed.length] = byte
      try {
        unpacked(compress.codec, packed, 0, cut % 2 === 0 ? packed.length : cut % packed.length, 1_000_000)
      } catch (error) {
        expect(error).toBeInstanceOf(Unpackable)
      }
    }), { numRuns: RUNS })
  })

  it('knows no codec beyond those there are', () => {
    expect(() => unpacked(5, new Uint8Array(3), 0, 3)).toThrow(/compression 5 is not known/)
  })
})
