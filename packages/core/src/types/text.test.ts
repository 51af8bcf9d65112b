import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  characterOfOffset, compareText, offsetOfCharacter, sliceText, textLength, utf8DecodeStrict, utf8Encode, wellFormed,
} from './text.js'

const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '｡', '\ud7ff', '\ue000', '\uffff', '😀', '\u{10ffff}', '') })

describe('text', () => {
  it('compares by UTF-8 bytes', () => {
    fc.assert(fc.property(text, text, (a, b) => {
      expect(Math.sign(compareText(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))))
    }))
  })

  it('counts and cuts by code points', () => {
    fc.assert(fc.property(text, fc.integer({ min: -2, max: 12 }), fc.integer({ min: -2, max: 12 }), (value, start, end) => {
      const characters = [...value]
      expect(textLength(value)).toBe(characters.length)
      expect(sliceText(value, start, end)).toBe(end <= start ? '' : characters.slice(Math.max(start, 0), Math.max(end, 0)).join(''))
      const place = Math.min(Math.max(start, 0), characters.length)
      expect(characterOfOffset(value, offsetOfCharacter(value, place))).toBe(place)
    }))
  })

  it('repairs surrogates that stand alone', () => {
    expect(wellFormed('a\ud800b')).toBe('a\ufffdb')
    expect(wellFormed('a😀b')).toBe('a😀b')
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (value) =>
      { expect(utf8DecodeStrict(utf8Encode(wellFormed(value)))).toBe(wellFormed(value)) }))
    expect(utf8DecodeStrict(Uint8Array.of(0xff))).toBeNull()
  })
})
