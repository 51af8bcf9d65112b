import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileJsonPath, findJson } from './json-path.js'
import { compactJson, jsonAsText, wholeJson } from './json-text.js'

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('JSON text', () => {
  it('is what JSON.parse takes', () => {
    const soup = fc.string({ unit: fc.constantFrom('{', '}', '[', ']', ':', ',', '"', '"a"', '1', '-', '.5', 'e3', 'true', 'null', ' ',
      '\\', '\\u00', '0', '\n'), maxLength: 10 })
    fc.assert(fc.property(soup, (text) => { expect(wholeJson(text) !== null).toBe(parses(text)) }), { numRuns: 5000 })
    fc.assert(fc.property(fc.json(), fc.nat(2), (text, blanks) =>
      { expect(wholeJson(' '.repeat(blanks) + text + '\n')).toEqual({ start: blanks, end: blanks + text.length }) }))
  })

  it('is compact without its blanks', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      const spaced = JSON.stringify(value, null, 2)
      expect(compactJson(spaced, wholeJson(spaced)!)).toBe(JSON.stringify(value))
    }))
  })

  it('follows paths as JavaScript would', () => {
    const key = fc.constantFrom('a', 'b', 'a b', '', '"', '\\', '😀', '__proto__')
    const value = fc.letrec((tie) => ({
      node: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.constantFrom(null, true, 'text'), fc.array(tie('node'), { maxLength: 3 }),
        fc.array(fc.tuple(key, tie('node')), { maxLength: 3 }).map((entries) => new Map(entries))),
    })).node
    const step = fc.oneof(key, fc.integer({ min: -2, max: 2 }))
    const stringify = (v: unknown): string =>
      (v instanceof Map ? `{${[...v].map(([k, w]) => `${JSON.stringify(k)}:${stringify(w)}`).join(', ')}}` : Array.isArray(v)
        ? `[${v.map(stringify).join(' ,')}]` : JSON.stringify(v))
    fc.assert(fc.property(value, fc.array(step, { maxLength: 3 }), (root, steps) => {
      let expected: unknown = root
      for (const s of steps) expected = typeof s === 'string' ? (expected instanceof Map ? expected.get(s) : undefined)
        : Array.isArray(expected) ? expected.at(s) : undefined
      const path = '$' + steps.map((s) => (typeof s === 'number' ? `[${s}]` : `['${s.replace(/[\\']/g, '\\$&')}']`)).join('')
      const text = stringify(root)
      const found = findJson(text, compileJsonPath(path))!
      if (expected === undefined) expect(found).toEqual([])
      else expect(found.map((slice) => text.slice(slice.start, slice.end))).toEqual([stringify(expected)])
    }), { numRuns: 500 })
  })

  it('does not overflow the stack', () => {
    expect(wholeJson('['.repeat(100_000))).toBeNull()
    expect(wholeJson('['.repeat(900) + ']'.repeat(900))).not.toBeNull()
  })

  it('turns lone surrogates into well-formed text', () => {
    const text = '"\\ud800"'
    expect(jsonAsText(text, wholeJson(text)!)).toBe('\ufffd')
  })

  it.each(['a', '$a', '$.', '$[', '$[x]', '$..a', '$.a b', '$[1'])('refuses the path %j', (path) => {
    expect(() => compileJsonPath(path)).toThrow(/is no JSON path/)
  })
})
