import type { DataType } from '../types/data-type.js'

/** How a value is held in generated code. `number` for exact types too, as long as they are narrow. */
export type Representation = 'number' | 'bigint' | 'boolean' | 'string' | 'any'

/**
 * The value of an expression in the generated code of one row, as texts to be put into larger expressions. Both are free
 * of side effects and cheap enough to be written once or twice; who writes them more often asks for {@link RowCompiler.once}.
 */
export interface Operand {
  /** Has the representation even where the value is NULL (except `string` and `any`), but means nothing then. */
  readonly value: string
  /** `'false'` when the value is never NULL, `'true'` when it always is. */
  readonly isNull: string
  readonly representation: Representation
  /** Index of the input column, when the expression is a bare column. */
  readonly column?: number
  /** Whole numbers: the largest magnitude that it can have, if less than what the type allows. */
  readonly bound?: number
  /** Booleans: a text that is true exactly where the value is TRUE, if there is a shorter one than `!isNull && value`. */
  readonly isTrue?: string
}

export function representationOf(type: DataType, wide: boolean): Representation {
  switch (type.kind) {
    case 'BOOLEAN': return 'boolean'
    case 'TINYINT': case 'SMALLINT': case 'INT': case 'FLOAT': case 'DOUBLE': return 'number'
    case 'DATE': case 'TIME': case 'TIMESTAMP': case 'TIMESTAMP_LTZ': case 'INTERVAL_MONTH': case 'INTERVAL_SECOND': return 'number'
    case 'BIGINT': case 'DECIMAL': return wide ? 'bigint' : 'number'
    case 'STRING': return 'string'
    case 'BYTES': case 'ARRAY': case 'MAP': case 'ROW': case 'NULL': return 'any'
  }
}

/** What a variable of the representation starts with: what stands beside a NULL. */
export function blankOf(representation: Representation): string {
  switch (representation) {
    case 'number': return '0'
    case 'bigint': return '0n'
    case 'boolean': return 'false'
    case 'string': return "''"
    case 'any': return 'null'
  }
}

/** True where one of the texts is: for the NULL of a strict call. */
export function anyOf(conditions: readonly string[]): string {
  const distinct = [...new Set(conditions)].filter((text) => text !== 'false')
  if (distinct.includes('true')) return 'true'
  if (distinct.length === 0) return 'false'
  return distinct.length === 1 ? distinct[0]! : `(${distinct.join(' || ')})`
}

/** True where all of the texts are. */
export function allOf(conditions: readonly string[]): string {
  const distinct = [...new Set(conditions)].filter((text) => text !== 'true')
  if (distinct.includes('false')) return 'false'
  if (distinct.length === 0) return 'true'
  return distinct.length === 1 ? distinct[0]! : `(${distinct.join(' && ')})`
}

export function not(condition: string): string {
  if (condition === 'true') return 'false'
  return condition === 'false' ? 'true' : `!${condition}`
}

/** The text in parentheses, if it does not stand in them already: what follows an `if`. */
export function parenthesised(text: string): string {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++
    else if (text[i] === ')') depth--
    if (depth === 0 && i < text.length - 1) return `(${text})`
  }
  return text.startsWith('(') ? text : `(${text})`
}

/** A double as JavaScript text. */
export function numberText(value: number): string {
  if (Object.is(value, -0)) return '(-0)'
  return value < 0 ? `(${value})` : String(value)
}
