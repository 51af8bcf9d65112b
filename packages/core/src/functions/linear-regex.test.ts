import { describe, expect, it } from 'vitest'
import { MillraceError } from '../errors.js'
import { compileLike, compileSimilar } from './like-pattern.js'
import { compileRegex } from './regex-pattern.js'

/** Patterns with the texts on which engines that backtrack take exponential or cubic time. */
const TRAPS: readonly (readonly [string, string])[] = [
  ['(a+)+$', `${'a'.repeat(50_000)}!`], ['(a*)*$', `${'a'.repeat(50_000)}!`], ['(a|aa)+$', `${'a'.repeat(50_000)}!`], ['(a|a?)+$', `${'a'.repeat(50_000)}!`],
  ['(.*a){20}$', `${'a'.repeat(50_000)}!`], ['([a-zA-Z]+)*$', `${'a'.repeat(50_000)}!`], ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(50_000)],
  ['(x+x+)+y', 'x'.repeat(50_000)], ['(.*)*,(.*)*,(.*)*,\\d', 'a,'.repeat(25_000)], ['\\s*$', `${' '.repeat(50_000)}x`], ['a*a*a*a*a*a*a*b', 'a'.repeat(50_000)],
  ['^(\\w+\\s?)*$', `${'word '.repeat(10_000)}!`], ['^([\\w.]+)+@', 'a.'.repeat(25_000)], ['(<[^>]*>)*$', `${'<a>'.repeat(16_000)}!`],
  ['^\\s+|\\s+$', `x${' '.repeat(50_000)}x`], ['(?i)(ab|a|b)*c$', 'aB'.repeat(25_000)], ['(a{1,30}){1,30}b', 'a'.repeat(50_000)],
]

function elapsedMs(run: () => void): number {
  const start = performance.now()
  run()
  return performance.now() - start
}

describe('patterns made to take for ever', () => {
  it.each(TRAPS)('%j takes time in proportion to the text', (pattern, text) => {
    expect(elapsedMs(() => compileRegex(pattern, '').test(text))).toBeLessThan(1000)
    expect(elapsedMs(() => compileRegex(pattern, '').first(text))).toBeLessThan(1000)
  })

  it.each(TRAPS)('%j: all matches do, or are refused', (pattern, text) => {
    expect(elapsedMs(() => {
      try {
        compileRegex(pattern, '').all(text)
      } catch (error) {
        expect(error).toMatchObject({ code: 'FUNCTION_ARGUMENT' })
      }
    })).toBeLessThan(4000)
  })

  it('refuses matches after each of which the rest of the text is read again', () => {
    expect(() => compileRegex('a.*b|a', '').all('a'.repeat(50_000))).toThrow(/reads a text of 50000 characters again/)
    expect(compileRegex('a.*b|a', '').all('a'.repeat(5_000))).toHaveLength(5_000)
  })

  it.each(['\\s+', ',', '[,;]\\s*', '\\s*,\\s*', '(\\w+)', 'a|b', '\\d{1,3}', '^a', '(?:x|y)z'])('finds any number of matches of %j', (pattern) => {
    const text = 'ab, x'.repeat(40_000)
    expect(() => compileRegex(pattern, '').all(text)).not.toThrow()
  })

  it('takes SIMILAR TO and LIKE in bounded time', () => {
    const text = 'a'.repeat(50_000)
    expect(elapsedMs(() => compileSimilar('(a|aa)*b', null)(text))).toBeLessThan(1000)
    expect(elapsedMs(() => compileSimilar('%a%a%a%a%a%a%b', null)(text))).toBeLessThan(1000)
    expect(elapsedMs(() => compileLike('%a%a%a%a%a%a%a%b', null, false)(text))).toBeLessThan(1000)
    expect(elapsedMs(() => compileLike('%a_a%a_a%a_a%a_a%b', null, false)(text))).toBeLessThan(1000)
  })

  it('refuses patterns that are too large', () => {
    expect(() => compileSimilar('a'.repeat(20_000), null)).toThrow(MillraceError)
  })
})
