import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../errors.js'
import { compileRegex, compileReplacement } from './regex-pattern.js'

describe('regular expressions of Java and Postgres', () => {
  it.each([
    ['[[:alpha:]]+', '', 'äb', true], ['^[[:digit:][:space:]]+$', '', '1 2', true], ['[^[:alnum:]]', '', 'a1', false],
    ['a\\_b', '', 'a_b', true], ['a\\-b', '', 'a-b', true], ['[a\\-z]', '', '-', true],
    ['\\Aab\\z', '', 'ab', true], ['\\Aab\\z', 'm', 'ab\nab', false], ['\\mfoo\\M', '', 'a foo b', true], ['\\mfoo\\M', '', 'afoo', false],
    ['\\Qa.b\\E+', '', 'a.bb', true], ['\\Qa.b', '', 'axb', false],
    ['(?i)AB', '', 'ab', true], ['ab', 'i', 'AB', true], ['a.b', '', 'a\nb', false], ['a.b', 's', 'a\nb', true], ['^b', 'm', 'a\nb', true],
    ['^.$', '', '😀', true], ['a]', '', 'a]', true], ['a}', '', 'a}', true],
    ['a{2}', '', 'aa', true], ['[]a]', '', ']', true], ['[[]', '', '[', true], ['\\p{L}', '', 'é', true], ['x|', '', '', true],
    ['\\/\\:\\"', '', '/:"', true], ['\\d{3}-\\d{4}', '', '555-1234', true],
  ])('%j %j on %j: %s', (pattern, flags, text, expected) => {
    expect(compileRegex(pattern, flags).test(text)).toBe(expected)
  })

  it.each(['(', '[', '*', 'a{2,1}', '\\', '(?<n>a)(?<n>b)', '[z-a]'])('refuses %j with a sentence', (pattern) => {
    expect(() => compileRegex(pattern, '')).toThrow(/is no regular expression/)
  })

  it('refuses unknown flags', () => {
    expect(() => compileRegex('a', 'q')).toThrow(/no flag `q`/)
  })

  it('throws nothing but its own errors', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'ab\\[](){}|*+?^$.:-QEdwp0Lu'), maxLength: 14 }), (pattern) => {
      try {
        compileRegex(pattern, '')
      } catch (error) {
        expect(error).toBeInstanceOf(MillraceError)
      }
    }), { numRuns: 3000 })
  })

  it('leaves plain patterns as they are', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', 'b', '.', 'a*', '(a|b)', '[ab]', 'a{1,2}', '\\d', '\\.'), maxLength: 8 }),
      (pattern) => {
      expect(compileRegex(pattern, '').source).toBe(new RegExp(pattern, 'u').source)
    }))
  })
})

describe('replacements', () => {
  it.each([['a$1b', ['a', 1, 'b']], ['\\2\\1', [2, 1]], ['$', ['$']], ['\\$1', ['$1']], ['\\\\', ['\\']], ['\\&', [0]], ['', []]])('%j',
    (text, parts) => {
    expect(compileReplacement(text)).toEqual(parts)
  })
})
