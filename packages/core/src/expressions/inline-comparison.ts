import type { DataType } from '../types/data-type.js'
import { sameType } from '../types/data-type.js'
import { compareText, utf8Encode } from '../types/text.js'
import type { Emitter, EmitterTable } from './emitter.js'
import type { CallExpression, Expression } from './expression.js'
import { anyOf, not } from './operand.js'
import type { Operand } from './operand.js'
import type { RowCompiler } from './row-compiler.js'
import { compareViews, equalsBytes } from './utf8-comparison.js'
import { lookup } from '../lookup.js'

/**
 * Text for comparisons: those of JavaScript, which for numbers are those of IEEE 754. `price > 110 AND symbol = 'ACME'`
 * over a DOUBLE and a dictionary-coded column, the name looked up once a batch:
 *
 * ```js
 * const c1_code_of_k0 = columns[1].dictionary.find(k0)
 * …
 * ((c0_values[i] > 110) && (c1_codes[i] === c1_code_of_k0))
 * ```
 */
export const comparisonEmitters: EmitterTable = {
  '=': comparison('==='),
  '<>': comparison('!=='),
  '<': comparison('<'),
  '<=': comparison('<='),
  '>': comparison('>'),
  '>=': comparison('>='),
  'is distinct from': (c, e) => distinction(c, e, true),
  'is not distinct from': (c, e) => distinction(c, e, false),
}

function comparison(sign: string): Emitter {
  return (c, e) => {
    const [x, y] = e.args as [Expression, Expression]
    if (!comparable(x.type, y.type)) return null
    const a = c.compile(x)
    const b = c.compile(y)
    const isNull = anyOf([a.isNull, b.isNull])
    if (x.type.kind !== 'STRING' || sign === '===' || sign === '!==') return { value: `(${a.value} ${sign} ${b.value})`, isNull, representation: 'boolean' }
    return guarded(isNull, `${c.constant(compareText)}(${a.value}, ${b.value}) ${sign} 0`)
  }
}

/** A test that must not be made beside a NULL. */
function guarded(isNull: string, test: string): Operand {
  const value = isNull === 'false' ? `(${test})` : `(${not(isNull)} && ${test})`
  return { value, isNull, representation: 'boolean', isTrue: value }
}

/** Have values of both types one representation, in which they compare? */
function comparable(x: DataType, y: DataType): boolean {
  switch (x.kind) {
    case 'BYTES': case 'ARRAY': case 'MAP': case 'ROW': case 'NULL': return false
    case 'STRING': case 'TIMESTAMP': case 'TIMESTAMP_LTZ': case 'TIME': return x.kind === y.kind
    default: return sameType(x, y)
  }
}

/** Doubles are left to their function, for which NaN is not distinct from NaN. */
function distinction(c: RowCompiler, e: CallExpression, distinct: boolean): Operand | null {
  const [x, y] = e.args as [Expression, Expression]
  if (!comparable(x.type, y.type) || x.type.kind === 'DOUBLE' || x.type.kind === 'FLOAT') return null
  const a = c.simple(c.compile(x))
  const b = c.simple(c.compile(y))
  const differ = a.isNull === 'false' && b.isNull === 'false'
    ? `(${a.value} !== ${b.value})`
    : `(${a.isNull} !== ${b.isNull} || (!${a.isNull} && ${a.value} !== ${b.value}))`
  return { value: distinct ? differ : `!${differ}`, isNull: 'false', representation: 'boolean' }
}

/** `column <sign> column or literal` over strings that can be compared as they are stored; null for everything else. */
export function compareStored(c: RowCompiler, e: CallExpression): Operand | null {
  const sign = SIGNS[e.name]
  if (sign === undefined) return null
  const [x, y] = e.args as [Expression, Expression]
  if (x.type.kind !== 'STRING' || y.type.kind !== 'STRING') return null
  if (y.kind === 'column' && x.kind === 'literal') return storedToLiteral(c, y.index, MIRRORED[sign]!, x.value, c.nullOf(y))
  if (x.kind !== 'column') return null
  if (y.kind === 'literal') return storedToLiteral(c, x.index, sign, y.value, c.nullOf(x))
  if (y.kind !== 'column' || c.shapes[x.index]!.kind !== 'utf8' || c.shapes[y.index]!.kind !== 'utf8') return null
  const isNull = anyOf([c.nullOf(x), c.nullOf(y)])
  return guarded(isNull, `${c.constant(compareViews)}(${viewText(c, x.index)}, ${viewText(c, y.index)}) ${sign} 0`)
}

const SIGNS: Readonly<Record<string, string>> = lookup({ '=': '===', '<>': '!==', '<': '<', '<=': '<=', '>': '>', '>=': '>=' })
const MIRRORED: Readonly<Record<string, string>> = lookup({ '===': '===', '!==': '!==', '<': '>', '<=': '>=', '>': '<', '>=': '<=' })

function storedToLiteral(c: RowCompiler, column: number, sign: string, literal: unknown, isNull: string): Operand | null {
  if (typeof literal !== 'string') return null
  const isEquality = sign === '===' || sign === '!=='
  switch (c.shapes[column]!.kind) {
    case 'dict': {
      if (!isEquality) return null
      const code = `c${column}_code_of_${c.constant(literal)}`
      c.once(code, `const ${code} = columns[${column}].dictionary.find(${c.constant(literal)})`)
      return { value: `(${c.columnArray(column, 'codes')}[i] ${sign} ${code})`, isNull, representation: 'boolean' }
    }
    case 'utf8': {
      const bytes = c.constant(utf8Encode(literal))
      if (!isEquality) return guarded(isNull, `${c.constant(compareViews)}(${viewText(c, column)}, ${bytes}, 0, ${bytes}.length) ${sign} 0`)
      return guarded(isNull, `${sign === '!==' ? '!' : ''}${c.constant(equalsBytes)}(${viewText(c, column)}, ${bytes})`)
    }
    default: return null
  }
}

function viewText(c: RowCompiler, column: number): string {
  return `${c.columnArray(column, 'bytes')}, ${c.columnArray(column, 'starts')}[i], ${c.columnArray(column, 'ends')}[i]`
}
