import { readdirSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkGenerated, generatedFunction } from './generated-function.js'

describe('the door to generated code', () => {
  it('lets through what generators write', () => {
    const text = 'return function (columns, length) {\n  const c0_values = columns[0].values\n  let t1 = 0\n  for (let i = 0; i < length; i++) {\n'
      + '    t1 += Math.trunc(c0_values[i] / 2.5e-7) + 0x9e3779b1 * (-1)\n  }\n  return t1 > 9007199254740991n ? NaN : t1\n}'
    expect(() => generatedFunction(['k0'], text)).not.toThrow()
  })

  it.each([
    'return process', 'return globalThis', 'k0.constructor', 'k0.__proto__', 'import(k0)', 'eval(k0)', 'new Function(k0)', 'return this', "k0['x']", 'k0["x"]', '`x`',
    '"x"', "'x'", '1//x', '1/* */', '// x', '\\u0065val(k0)', 'columns\u2028', 'columns\u2029', 'ä', 'k0\0', '0x1g', '1constructor', "''''", '$', '#a', '@a', '\ud800', 'a.b.c', 'async', 'await k0', 'yield',
    'with (k0) {}', 'delete k0', 'class', 'debugger', 'arguments', 'require(k0)', '\r', '\t', '<!-- x', '--> process',
  ])('keeps out %j', (text) => {
    expect(() => generatedFunction(['k0'], text)).toThrow(/broken rule: generated code has a (?:word that is not in WORDS|sign of no generator)/)
  })

  it('keeps out parameters that are no names', () => {
    expect(() => generatedFunction(['k0 = process'], 'return k0')).toThrow(/broken rule/)
  })

  it('keeps out every letter, quote and sign of strangers, wherever it stands', () => {
    const stranger = fc.constantFrom('"', "'", '`', '\\', '//', '/*', '\u2028', '\u2029', '\0', '#', '@', '$', 'é', 'constructor', 'eval')
    const own = fc.constantFrom('k0', 't1 ', '+', '(', ')', '[0]', ' ', '\n', '12', '.values')
    const around = fc.array(own, { maxLength: 4 }).map((pieces) => pieces.join(''))
    fc.assert(fc.property(around, stranger, around, (before, text, after) => {
      expect(() => checkGenerated(`${before} ${text} ${after}`)).toThrow(/broken rule/)
    }))
  })
})

describe('the sources', () => {
  const root = new URL('../../../', import.meta.url)
  const sources = ['packages', 'bench', 'scripts', 'examples', 'test'].flatMap((folder) => readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .map((file) => `${folder}/${file}`)
    .filter((file) => /\.(?:ts|mjs|cjs|js)$/.test(file) && !/(?:^|\/)(?:node_modules|dist)\//.test(file) && !/\.(?:d|test)\.ts$/.test(file)))

  it('make functions of text in one file', () => {
    const makers = sources.filter((file) => {
      const text = readFileSync(new URL(file, root), 'utf8')
      // Of `eval` lint takes care.
      return /\bnew Function\b|['"](?:node:)?vm['"]|(?<![\w.])Function\(|set(?:Timeout|Interval)\(['"`]/.test(text)
    })
    expect(sources.length).toBeGreaterThan(400)
    expect(makers).toEqual(['packages/core/src/generated-function.ts'])
  })
})
