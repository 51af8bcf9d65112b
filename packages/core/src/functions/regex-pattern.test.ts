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

  it.each([
    ['(a)\\1', /refers to what a group has matched/], ['(?<n>a)\\k<n>', /refers to what a group/], ['a(?=b)', /lookahead and atomic groups/],
    ['a(?!b)', /lookahead/], ['(?>a)b', /atomic/], ['a++', /nested repetition/], ['a\\Z', /write \\z/], ['a{1001}', /repeat count/],
    ['\\x{110000}', /escape/], ['(((a{100}){100}){100}){100}', /./], ['a'.repeat(10_001), /at most 10000/], ['\\u00', /not complete/],
  ])('refuses %j, which only backtracking can do or which is too much', (pattern, sentence) => {
    expect(() => compileRegex(pattern, '')).toThrow(sentence)
  })

  it.each([
    ['\\u0041\\x42\\x{43}', 'ABC', true], ['^\\ud83d\\ude00$', '😀', true], ['\\cJ', '\n', true], ['[\\b]', '\b', true], ['[\\h]', '\t', true], ['\\h', ' ', true],
    ['(?<=a)b', 'ab', true], ['(?<!a)b', 'ab', false], ['(?i:A)b', 'ab', true], ['(?i:A)b', 'aB', false], ['[^]a]', 'a', false], ['\\q', 'q', true],
    ['[[:^alpha:]]', 'a', false], ['\\yfoo\\y', 'a foo', true], ['\\p{Greek}', 'α', true], ['a.b', 'a\u2028b', true],
  ])('%j on %j: %s', (pattern, text, expected) => {
    expect(compileRegex(pattern, '').test(text)).toBe(expected)
  })

  it('finds what the regular expressions of JavaScript find', () => {
    const piece = fc.constantFrom('a', 'b', '[ab]', '[^a]', 'a*', 'b+', '.', '(a|b)', '(ab)?', '(?:a|ab)', 'b*?', 'a{1,2}', '\\b', '^', '$', '|', '\\w', '(b*)', '\\s*')
    const text = fc.string({ unit: fc.constantFrom(...'aab b😀'), maxLength: 12 })
    fc.assert(fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join('')), text, (pattern, subject) => {
      const ours = compileRegex(pattern, '')
      const theirs = [...subject.matchAll(new RegExp(pattern, 'gu'))]
      expect(ours.all(subject).map(({ index, groups }) => [index, groups[0]])).toEqual(theirs.map((match) => [match.index, match[0]]))
      expect(ours.test(subject)).toBe(theirs.length > 0)
    }), { numRuns: 3000 })
  })
})

describe('replacements', () => {
  it.each([['a$1b', ['a', 1, 'b']], ['\\2\\1', [2, 1]], ['$', ['$']], ['\\$1', ['$1']], ['\\\\', ['\\']], ['\\&', [0]], ['', []]])('%j',
    (text, parts) => {
    expect(compileReplacement(text)).toEqual(parts)
  })
})
