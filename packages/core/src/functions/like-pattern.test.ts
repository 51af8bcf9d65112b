import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileLike, compileSimilar } from './like-pattern.js'

/** LIKE as a regular expression, the obviously right way. */
function asRegex(pattern: string, escape: string | null): RegExp {
  let source = ''
  let escaped = false
  for (const character of pattern) {
    if (!escaped && character === escape) escaped = true
    else {
      source += escaped || (character !== '%' && character !== '_') ? character.replace(/[\\^$.*+?()[\]{}|]/, '\\$&') : character === '%'
        ? '.*' : '.'
      escaped = false
    }
  }
  return new RegExp(`^${source}$`, 'su')
}

const text = fc.string({ unit: fc.constantFrom('a', 'b', '😀', '\n', '.'), maxLength: 12 })
const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '%', '%', '_', '😀', '.'), maxLength: 8 })

describe('LIKE', () => {
  it('agrees with a regular expression', () => {
    fc.assert(fc.property(text, pattern, (t, p) => {
      expect(compileLike(p, null, false)(t)).toBe(asRegex(p, null).test(t))
    }), { numRuns: 5000 })
  })

  it('agrees with one where characters are escaped', () => {
    const escaped = fc.array(fc.constantFrom('a', '%', '_', '!%', '!_', '!!'), { maxLength: 6 }).map((parts) => parts.join(''))
    const withSigns = fc.string({ unit: fc.constantFrom('a', '%', '_', '!'), maxLength: 6 })
    fc.assert(fc.property(withSigns, escaped, (t, p) => {
      expect(compileLike(p, '!', false)(t)).toBe(asRegex(p, '!').test(t))
    }), { numRuns: 3000 })
  })

  it('takes time in proportion to the text where a regular expression would not', () => {
    const long = 'a'.repeat(20_000)
    expect(compileLike('%a%a%a%a%a%a%a%a%b', null, false)(long)).toBe(false)
    expect(compileLike('%a_a%a_a%a_a%b', null, false)(long.slice(0, 2000))).toBe(false)
  })

  it('refuses escapes that are none', () => {
    expect(() => compileLike('a', '##', false)).toThrow(/longer than one/)
    expect(() => compileLike('a#b', '#', false)).toThrow(/before something other/)
    expect(compileLike('a\\%', '\\', false)('a%')).toBe(true)
    expect(compileLike('a', '', false)('a')).toBe(true)
  })
})

describe('SIMILAR TO', () => {
  it.each([
    ['abc', '%(b|d)%', true], ['abc', '(b|d)', false], ['aaa', 'a{2,3}', true], ['a\nb', 'a_b', true], ['a-b', '[a-c\\-]+', true],
    ['a', 'a?', true], ['$', '$', true], ['ab', 'a.', false],
  ])('%j fits %j: %s', (value, similar, expected) => {
    expect(compileSimilar(similar, null)(value)).toBe(expected)
  })

  it('escapes and refuses', () => {
    expect(compileSimilar('50#%', '#')('50%')).toBe(true)
    expect(() => compileSimilar('(a', null)).toThrow(/no SIMILAR TO pattern/)
    expect(() => compileSimilar('a#', '#')).toThrow(/ends in its escape/)
  })
})
