import { describe, expect, test } from 'vitest'
import * as T from '../types/data-type.js'
import type { DataType } from '../types/data-type.js'
import { Dictionary } from '../types/dictionary.js'
import { callOf, castOf, fixedContext } from './arbitrary.test.kit.js'
import { generateCalcCode } from './calc-code.js'
import { columnOf, literalOf } from './expression.js'
import type { Expression } from './expression.js'
import { RowCompiler } from './row-compiler.js'
import type { VectorShape } from './vector-shape.js'

const column = (index: number, type: DataType, name = `c${index}`): Expression => columnOf(index, { name, type, nullable: true })
const shape = (kind: VectorShape['kind'], nulls = false, wide = false): VectorShape => ({ kind, nulls, wide })

/** The text generated for one expression: the row's statements and the value. */
function textOf(e: Expression, shapes: readonly VectorShape[], wide = false): string[] {
  const c = new RowCompiler({ shapes, wide, context: fixedContext })
  const { value, isNull } = c.compile(e)
  return [...c.body, `${value} | ${isNull}`]
}

describe('the text', () => {
  test('of the example of the compiler', () => {
    const product = callOf('*', column(0, T.BIGINT), castOf(column(1, T.INT), T.BIGINT))!
    expect(textOf(product, [shape('exact', true), shape('i32')])).toEqual([
      'const t1 = c0_values[i] * c1_values[i] + 0',
      'if ((t1 > 9007199254740991 || t1 < -9007199254740991) && !(c0_nulls[i] !== 0)) return i',
      't1 | (c0_nulls[i] !== 0)',
    ])
  })

  test('has no check where magnitudes exclude an overflow', () => {
    const wide = (c: number): Expression => castOf(column(c, T.INT), T.BIGINT)
    expect(textOf(callOf('+', wide(0), wide(1))!, [shape('i32'), shape('i32')])).toEqual(['const t1 = c0_values[i] + c1_values[i]', 't1 | false'])
  })

  test('has no branch for a DOUBLE', () => {
    const e = callOf('>', callOf('*', column(0, T.DOUBLE), column(1, T.DOUBLE))!, literalOf(1.5, T.DOUBLE))!
    expect(textOf(e, [shape('f64', true), shape('f64')])).toEqual(['((c0_values[i] * c1_values[i]) > 1.5) | (c0_nulls[i] !== 0)'])
  })

  test('evaluates what occurs twice once', () => {
    const product = (): Expression => callOf('*', column(0, T.BIGINT), column(1, T.BIGINT))!
    const lines = textOf(callOf('<', product(), product())!, [shape('exact'), shape('exact')])
    expect(lines.filter((line) => line.includes('*'))).toHaveLength(1)
  })

  test('looks a string up once a batch where it is compared with a dictionary', () => {
    const c = new RowCompiler({ shapes: [shape('dict')], wide: false, context: fixedContext })
    expect(c.compile(callOf('=', column(0, T.STRING), literalOf('ACME', T.STRING))!).value).toBe('(c0_codes[i] === c0_code_of_k0)')
    expect(c.prologue).toContain('const c0_code_of_k0 = columns[0].dictionary.find(k0)')
  })

  test('is the one that the documentation of the loop shows', () => {
    const code = generateCalcCode({
      filter: callOf('>', column(0, T.DOUBLE), literalOf(110, T.DOUBLE))!,
      computed: [{ expression: callOf('*', column(1, T.BIGINT), literalOf(2n, T.BIGINT))!, type: T.BIGINT }],
      shapes: [shape('f64'), shape('exact', true)], wide: false, context: fixedContext,
    })
    expect(String(code)).toBe(`function (columns, outputs, selection, start, length, count, run) {
  const c0_values = columns[0].values
  const c1_nulls = columns[1].nulls
  const c1_values = columns[1].values
  const o0_values = outputs[0].values
  const o0_nulls = outputs[0].nulls
  let n = count
  let i = start
  try {
    rows: for (; i < length; i++) {
      if (!(c0_values[i] > 110)) continue
      const t1 = c1_values[i] * 2 + 0
      if ((t1 > 9007199254740991 || t1 < -9007199254740991) && !(c1_nulls[i] !== 0)) break rows
      o0_values[n] = t1
      o0_nulls[n] = (c1_nulls[i] !== 0) ? 1 : 0
      selection[n++] = i
    }
  } catch (error) {
    run.error = error
  }
  run.count = n
  return i
}`)
  })
})

describe('nothing of the user gets into the text', () => {
  const hostile = ["'; throw 1; '", '`${process.exit(1)}`', '\u2028\u2029', '\\', '"', '*/', '__proto__', 'constructor', '</script>', '\n}', '{']

  test.each(hostile)('%j', (text) => {
    const string = column(0, T.STRING, text)
    const literal = literalOf(text, T.STRING)
    const expressions: Expression[] = [
      callOf('=', string, literal)!,
      callOf('<', string, literal)!,
      callOf('||', string, literal)!,
      { kind: 'case', branches: [{ when: callOf('=', literal, string)!, then: literal }], otherwise: string, type: T.STRING, nullable: true },
      { kind: 'call', name: 'coalesce', args: [string, literal], type: T.STRING, nullable: true },
      castOf(literal, T.BOOLEAN, true),
    ]
    for (const kind of ['text', 'utf8', 'dict'] as const) {
      const code = generateCalcCode({ filter: expressions[0]!, computed: expressions.map((expression) => ({ expression, type: expression.type })), shapes: [shape(kind, true)], wide: false, context: fixedContext })
      const generated = String(code)
      const plain = generated.replaceAll("''", '')
      expect(plain).not.toMatch(/['"`\\$\u2028\u2029]|__proto__|constructor|script|throw|process/)
      expect(generated).toMatch(/^[\x20-\x7e\n]*$/)
    }
  })

  test('a name that is no function of the catalogue is refused', () => {
    const e: Expression = { kind: 'call', name: 'constructor', args: [column(0, T.INT)], type: T.INT, nullable: true }
    expect(() => textOf(e, [shape('i32')])).toThrow('no function')
  })

  test('a number is written as digits whatever it is', () => {
    const numbers = [-0, NaN, Infinity, -Infinity, 1e300, 5e-324, -1]
    for (const number of numbers) {
      const c = new RowCompiler({ shapes: [], wide: false, context: fixedContext })
      const { value } = c.compile(literalOf(number, T.DOUBLE))
      expect(c.finish(['columns'], `return ${value}`)()).toBe(number)
    }
  })
})

describe('memoised results of a dictionary', () => {
  test('are computed once for every text, also over several batches and as the dictionary grows', () => {
    let calls = 0
    const context = { ...fixedContext }
    const dictionary = new Dictionary()
    const c = new RowCompiler({ shapes: [shape('dict', true)], wide: false, context })
    const upper = c.compile(callOf('upper', callOf('||', column(0, T.STRING), literalOf('!', T.STRING))!)!)
    const run = c.finish(['columns', 'length', 'out'], `${c.prologue.join('\n')}
      for (let i = 0; i < length; i++) {
        ${c.body.join('\n')}
        out.push(${upper.isNull} ? null : ${upper.value})
      }`)
    const batch = (texts: (string | null)[]): unknown[] => {
      const codes = Int32Array.from(texts, (text) => (text === null ? -1 : dictionary.codeOfText(text)))
      const out: unknown[] = []
      run([{ kind: 'dict', codes, dictionary: counted, nulls: Uint8Array.from(texts, (text) => Number(text === null)) }], texts.length, out)
      return out
    }
    // Counts how often the expression looks at a text.
    const texts = new Proxy(dictionary.texts, { get: (target, key) => (/^\d+$/.test(String(key)) && calls++, Reflect.get(target, key)) })
    const counted = { get size() { return dictionary.size }, texts } as unknown as Dictionary
    expect(batch(['a', 'b', null, 'a', 'a'])).toEqual(['A!', 'B!', null, 'A!', 'A!'])
    expect(calls).toBe(2)
    expect(batch(Array.from({ length: 50 }, (_, k) => `a${k % 25}`))).toEqual(Array.from({ length: 50 }, (_, k) => `A${k % 25}!`))
    expect(calls).toBe(27)
  })
})

test('a thousand conditions and a hundred levels compile', () => {
  const test = (k: number): Expression => callOf('=', column(0, T.INT), literalOf(k, T.INT))!
  const join = (name: string, a: Expression, b: Expression): Expression => ({ kind: 'call', name, args: [a, b], type: T.BOOLEAN, nullable: true })
  let chain = test(0)
  for (let k = 1; k < 1000; k++) chain = join('or', chain, test(k))
  let nest = test(0)
  for (let k = 1; k < 100; k++) nest = join(k % 2 === 0 ? 'and' : 'or', test(k), nest)
  for (const filter of [chain, nest]) {
    for (const shapes of [[shape('i32')], [shape('i32', true)]]) expect(generateCalcCode({ filter, computed: [], shapes, wide: false, context: fixedContext })).toBeTypeOf('function')
  }
})
