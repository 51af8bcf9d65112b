import type { CallExpression } from './expression.js'
import type { EmitterTable } from './emitter.js'
import { arithmeticEmitters } from './inline-arithmetic.js'
import { comparisonEmitters, compareStored } from './inline-comparison.js'
import { nestedEmitters } from './inline-nested.js'
import { numberEmitters } from './inline-number.js'
import { patternEmitters } from './inline-pattern.js'
import { timeEmitters } from './inline-time.js'
import type { Operand } from './operand.js'
import { not } from './operand.js'
import type { RowCompiler } from './row-compiler.js'

/** The functions that have a text of their own, by name. What is not here, or gives null for its types, is called. */
const EMITTERS: ReadonlyMap<string, EmitterTable[string]> = new Map(Object.entries({ ...arithmeticEmitters, ...comparisonEmitters, ...numberEmitters, ...timeEmitters, ...patternEmitters, ...nestedEmitters }))

export function inlineCall(c: RowCompiler, e: CallExpression): Operand | null {
  return EMITTERS.get(e.name)?.(c, e) ?? null
}

/** Calls on bare columns that their stored form answers best, without making values of them. */
export function inlineOnColumns(c: RowCompiler, e: CallExpression): Operand | null {
  const arg = e.args[0]
  if (arg?.kind === 'column' && e.name === 'is null') return { value: c.nullOf(arg), isNull: 'false', representation: 'boolean' }
  if (arg?.kind === 'column' && e.name === 'is not null') return { value: not(c.nullOf(arg)), isNull: 'false', representation: 'boolean' }
  return compareStored(c, e)
}
