import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteReader } from './byte-reader.js'
import { ByteWriter } from './byte-writer.js'

function written(write: (into: ByteWriter) => void): ByteReader {
  const into = new ByteWriter(1)
  write(into)
  return new ByteReader(into.finish().slice())
}

const hex = (write: (into: ByteWriter) => void): string => Buffer.from(written(write).bytes).toString('hex')

describe('ByteWriter', () => {
  it('writes what the protocol says', () => {
    expect(hex((into) => into.int8(-1).int16(258).int32(-2).int64(1))).toBe('ff0102fffffffe0000000000000001')
    expect(hex((into) => into.string('é').nullableString(null).compactString('ab').compactNullableString(null))).toBe('0002c3a9ffff03616200')
    expect(hex((into) => into.bytes(Uint8Array.of(9)).nullableBytes(null).noTags())).toBe('0000000109ffffffff00')
    expect(hex((into) => into.uvarint(300).varint(-1).varint(63).varint(64).varlong(-1n))).toBe('ac02017e800101')
    expect(hex((into) => into.array([1, 2], (n, to) => to.int8(n)).nullableArray(null, () => undefined).compactArray(['x'], (s, to) => to.compactString(s)))).toBe('000000020102ffffffff020278')
  })

  it('grows, patches and starts over', () => {
    const into = new ByteWriter(1)
    into.int32(0).raw(new Uint8Array(1000).fill(7)).patchInt32(0, 1000)
    expect(into.length).toBe(1004)
    expect(new ByteReader(into.finish()).int32()).toBe(1000)
    into.reset()
    expect(into.int8(1).finish()).toEqual(Uint8Array.of(1))
  })
})

describe('ByteReader', () => {
  it('reads back whatever was written', () => {
    fc.assert(fc.property(
      fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.integer(), fc.integer({ min: 0, max: 0xffff_ffff }),
      fc.option(fc.string({ unit: 'binary', maxLength: 20 })), fc.option(fc.uint8Array({ maxLength: 20 })), fc.array(fc.integer({ min: -32768, max: 32767 }), { maxLength: 9 }), fc.boolean(),
      (long, wide, int, unsigned, text, bytes, shorts, flag) => {
        const from = written((into) => into.int64(long).int64(wide).varlong(long).int32(int).varint(int).uvarint(unsigned).uint32(unsigned).nullableString(text)
          .compactNullableString(text).nullableBytes(bytes).array(shorts, (n, to) => to.int16(n)).compactArray(shorts, (n, to) => to.varint(n)).boolean(flag))
        expect([from.int64(), from.bigint64(), from.varlong(), from.int32(), from.varint(), from.uvarint(), from.uint32()]).toEqual([long, wide, long, int, int, unsigned, unsigned])
        expect([from.nullableString(), from.compactNullableString(), from.nullableBytes()]).toEqual([text, text, bytes])
        expect([from.array((f) => f.int16()), from.compactArray((f) => f.varint()), from.boolean(), from.remaining]).toEqual([shorts, shorts, flag, 0])
      },
    ))
  })

  it('stays within its bytes whatever they are', () => {
    const reads: ((from: ByteReader) => unknown)[] = [
      (f) => f.int8(), (f) => f.int16(), (f) => f.int32(), (f) => f.int64(), (f) => f.bigint64(), (f) => f.uvarint(), (f) => f.varint(), (f) => f.varlong(), (f) => f.string(),
      (f) => f.compactString(), (f) => f.byteString(), (f) => f.array((g) => g.int16()), (f) => f.compactArray((g) => g.string()), (f) => f.skipTags(), (f) => f.view(f.int32()),
    ]
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), fc.array(fc.nat(reads.length - 1), { maxLength: 8 }), (bytes, end, plan) => {
      const limit = Math.min(end, bytes.length)
      const from = new ByteReader(bytes, 0, limit)
      try {
        for (const step of plan) reads[step]!(from)
      } catch (error) {
        expect(error).toMatchObject({ code: 'KAFKA_PROTOCOL' })
      }
      expect(from.offset).toBeLessThanOrEqual(limit)
    }))
  })

  it('refuses numbers beyond what a number holds', () => {
    expect(() => written((into) => into.int64(2n ** 60n)).int64()).toThrow(/beyond all offsets/)
    expect(() => written((into) => into.varlong(2n ** 60n)).varlong()).toThrow(/beyond all offsets/)
    expect(() => new ByteReader(Uint8Array.of(255, 255, 255, 255, 255, 255)).uvarint()).toThrow(/too long/)
  })

  it('gives views and not copies', () => {
    const bytes = Uint8Array.of(0, 0, 0, 2, 5, 6, 7)
    const view = new ByteReader(bytes).byteString()
    bytes[4] = 9
    expect(view).toEqual(Uint8Array.of(9, 6))
    expect(view.buffer).toBe(bytes.buffer)
  })
})
