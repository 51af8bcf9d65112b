import { array, BOOLEAN, INT, STRING } from '../../types/data-type.js'
import type { Value } from '../../types/data-type.js'
import { characterOfOffset } from '../../types/text.js'
import type { ScalarFunction, ScalarOverload } from '../function.js'
import { badArgument } from '../function-error.js'
import { compileLike, compileSimilar } from '../like-pattern.js'
import { memoize } from '../memoize.js'
import { compileRegex, compileReplacement } from '../regex-pattern.js'
import { INTEGER, overload, TEXT } from '../signature.js'

/**
 * Patterns. LIKE takes time in proportion to the text; a regular expression runs on the engine of JavaScript, and one
 * with nested repetition can take very long on a text made for it.
 */

/** The separator cannot stand in flags, so pattern and flags make one key. */
const regexOf = memoize((key: string) => {
  const cut = key.indexOf('\u0000')
  return compileRegex(key.slice(cut + 1), key.slice(0, cut))
})

function regex(pattern: string, flags = ''): RegExp {
  return regexOf(`${flags}\u0000${pattern}`)
}

const replacementOf = memoize(compileReplacement)

function replaceMatches(text: string, pattern: string, replacement: string, flags = 'g'): string {
  const parts = replacementOf(replacement)
  const expression = regex(pattern, flags)
  const found = flags.includes('g') ? [...text.matchAll(globalOf(expression))] : [expression.exec(text)].filter((match) => match !== null)
  let result = ''
  let from = 0
  for (const match of found) {
    result += text.slice(from, match.index)
    for (const part of parts) result += typeof part === 'string' ? part : match[part] ?? ''
    from = match.index + match[0].length
  }
  return result + text.slice(from)
}

const globals = new WeakMap<RegExp, RegExp>()

function globalOf(expression: RegExp): RegExp {
  let global = globals.get(expression)
  if (global === undefined) {
    global = new RegExp(expression.source, `${expression.flags}g`)
    globals.set(expression, global)
  }
  global.lastIndex = 0
  return global
}

/** A group of the first match. `group` null: the first group if the pattern has one, else the whole match. */
export function extractMatch(text: string, pattern: string, group: number | null): string | null {
  const match = regex(pattern).exec(text)
  if (match === null) return null
  const index = group ?? (match.length > 1 ? 1 : 0)
  if (index < 0 || index >= match.length) badArgument(`the pattern '${pattern}' has no group ${index}`)
  return match[index] ?? null
}

function groupsOfFirst(text: string, pattern: string, flags = ''): Value {
  const match = regex(pattern, flags).exec(text)
  if (match === null) return null
  return match.length === 1 ? [match[0]] : match.slice(1).map((group) => group ?? null)
}

function countMatches(text: string, pattern: string): number {
  return [...text.matchAll(globalOf(regex(pattern)))].length
}

function matchPosition(text: string, pattern: string): number {
  const match = regex(pattern).exec(text)
  return match === null ? 0 : characterOfOffset(text, match.index) + 1
}

/** A test of a text against a pattern that is compiled once for each distinct pattern and escape. */
function patternTest(compile: (pattern: string, escape: string | null) => (text: string) => boolean): ScalarOverload {
  return overload({
    args: [TEXT, TEXT, TEXT], optional: 1, returns: BOOLEAN,
    make: () => {
      const plain = memoize((pattern) => compile(pattern, null))
      const escaped = memoize((key) => compile(key.slice(key.indexOf('\u0000') + 1), key.slice(0, key.indexOf('\u0000'))))
      return (text: string, pattern: string, escape?: string) =>
        (escape === undefined ? plain(pattern) : escaped(`${escape}\u0000${pattern}`))(text)
    },
  })
}

const regexTest = (flags: string, negated = false): ScalarOverload =>
  overload({ args: [TEXT, TEXT], returns: BOOLEAN, call: (text: string, pattern: string) => regex(pattern, flags).test(text) !== negated })

export const patterns: readonly ScalarFunction[] = [
  {
    name: 'like', category: 'comparison',
    doc: 'Does the whole text fit the pattern? `%` stands for any characters, `_` for one; a third argument escapes them.',
    overloads: [patternTest((pattern, escape) => compileLike(pattern, escape, false))],
  },
  {
    name: 'ilike', category: 'comparison', doc: '`like` without regard to case.',
    overloads: [patternTest((pattern, escape) => compileLike(pattern, escape, true))],
  },
  {
    name: 'similar to', category: 'comparison', doc: 'Does the whole text fit a pattern of `%`, `_` and `| * + ? {m,n} ( ) [ ]`?',
    overloads: [patternTest(compileSimilar)],
  },
  {
    name: '~', aliases: ['regexp', 'regexp_like', 'rlike'], category: 'comparison',
    doc: 'Does the regular expression match somewhere in the text?',
    overloads: [
      regexTest(''),
      overload({
        args: [TEXT, TEXT, TEXT], returns: BOOLEAN,
        call: (text: string, pattern: string, flags: string) => regex(pattern, flags).test(text),
      }),
    ],
  },
  { name: '~*', category: 'comparison', doc: '`~` without regard to case.', overloads: [regexTest('i')] },
  { name: '!~', category: 'comparison', doc: 'Does the regular expression match nowhere in the text?', overloads: [regexTest('', true)] },
  { name: '!~*', category: 'comparison', doc: '`!~` without regard to case.', overloads: [regexTest('i', true)] },
  {
    name: 'regexp_replace', category: 'string',
    doc: 'The text with every match replaced; `$1` or `\\1` in the replacement is a group. Flags without `g` replace the first match only.',
    overloads: [overload({ args: [TEXT, TEXT, TEXT, TEXT], optional: 1, returns: STRING, call: replaceMatches })],
  },
  {
    name: 'regexp_extract', category: 'string', doc: 'A group of the first match, the whole match by default; NULL where there is none.',
    overloads: [overload({
      args: [TEXT, TEXT, INTEGER], optional: 1, returns: STRING, nullable: true,
      call: (text: string, pattern: string, group = 0) => extractMatch(text, pattern, group),
    })],
  },
  {
    name: 'regexp_substr', category: 'string', doc: 'The first match; NULL where there is none.',
    overloads: [overload({
      args: [TEXT, TEXT], returns: STRING, nullable: true,
      call: (text: string, pattern: string) => extractMatch(text, pattern, 0),
    })],
  },
  {
    name: 'regexp_extract_all', category: 'string', doc: 'A group of every match, the whole match by default.',
    overloads: [overload({
      args: [TEXT, TEXT, INTEGER], optional: 1, returns: array(STRING),
      call: (text: string, pattern: string, group = 0) => [...text.matchAll(globalOf(regex(pattern)))].map((match) => match[group] ?? null),
    })],
  },
  {
    name: 'regexp_match', aliases: ['regexp_matches'], category: 'string',
    doc: 'The groups of the first match, or the match itself where the pattern has no group; NULL where there is none.',
    overloads: [overload({ args: [TEXT, TEXT, TEXT], optional: 1, returns: array(STRING), nullable: true, call: groupsOfFirst })],
  },
  {
    name: 'regexp_count', category: 'string', doc: 'Number of matches.',
    overloads: [overload({ args: [TEXT, TEXT], returns: INT, call: countMatches })],
  },
  {
    name: 'regexp_instr', category: 'string', doc: 'Where the first match begins, counted from 1; 0 where there is none.',
    overloads: [overload({ args: [TEXT, TEXT], returns: INT, call: matchPosition })],
  },
  {
    name: 'regexp_split', aliases: ['regexp_split_to_array'], category: 'string', doc: 'The parts of the text between the matches.',
    overloads: [overload({ args: [TEXT, TEXT], returns: array(STRING), call: (text: string, pattern: string) => splitAt(text, pattern) })],
  },
]

/** `String.split` would add the groups of the pattern to the parts. */
function splitAt(text: string, pattern: string): string[] {
  const parts: string[] = []
  let from = 0
  for (const match of text.matchAll(globalOf(regex(pattern)))) {
    if (match[0] === '' && (match.index === 0 || match.index === text.length)) continue
    parts.push(text.slice(from, match.index))
    from = match.index + match[0].length
  }
  parts.push(text.slice(from))
  return parts
}
