import { MillraceError } from '../errors.js'
import { compileLike } from '../functions/like-pattern.js'
import type { Emitter, EmitterTable } from './emitter.js'
import { not } from './operand.js'

/**
 * Text for LIKE with a constant pattern: the matcher is made once and is `k0` in
 *
 * ```js
 * (!(c0_nulls[i] !== 0) && k0(c0_values[i]))
 * ```
 *
 * Over a dictionary-coded column it is asked once for every distinct text, as every expression is.
 */
export const patternEmitters: EmitterTable = {
  like: matching(false),
  ilike: matching(true),
}

function matching(ignoreCase: boolean): Emitter {
  return (c, e) => {
    const [text, pattern, escape] = e.args
    if (text!.type.kind !== 'STRING' || pattern!.kind !== 'literal' || typeof pattern!.value !== 'string') return null
    if (escape !== undefined && (escape.kind !== 'literal' || typeof escape.value !== 'string')) return null
    const matcher = matcherOf(pattern!.value, escape === undefined ? null : String(escape.value), ignoreCase)
    if (matcher === null) return null
    const { value, isNull } = c.compile(text!)
    const test = `${c.constant(matcher)}(${value})`
    const isTrue = isNull === 'false' ? test : `(${not(isNull)} && ${test})`
    return { value: isTrue, isNull, representation: 'boolean', isTrue }
  }
}

/** Null for a pattern that is wrong: an error of the rows that come to it, which the function throws. */
function matcherOf(pattern: string, escape: string | null, ignoreCase: boolean): ((text: string) => boolean) | null {
  try {
    return compileLike(pattern, escape, ignoreCase)
  } catch (error) {
    if (error instanceof MillraceError) return null
    throw error
  }
}
