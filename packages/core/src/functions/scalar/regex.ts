import { array, BOOLEAN, INT, STRING } from '../../types/data-type.js'
import type { Value } from '../../types/data-type.js'
import { characterOfOffset } from '../../types/text.js'
import type { ScalarFunction, ScalarOverload } from '../function.js'
import { badArgument } from '../function-error.js'
import { compileLike, compileSimilar } from '../like-pattern.js'
import type { LinearRegex } from '../linear-regex.js'
import { memoize } from '../memoize.js'
import { compileRegex, compileReplacement } from '../regex-pattern.js'
import { INTEGER, overload, TEXT } from '../signature.js'
import { checkTextUnits } from './text-limit.js'

/**
 * Patterns. A search takes time in proportion to the text, whatever the pattern ({@link LinearRegex}); LIKE takes it in proportion to text
 * and pattern.
 */

/** The separator cannot stand in flags, so pattern and flags make one key. */
const regexOf = memoize((key: string) => {
  const cut = key.indexOf('\u0000')
  return compileRegex(key.slice(cut + 1), key.slice(0, cut))
})

function regex(pattern: string, flags = ''): LinearRegex {
  return regexOf(`${flags}\u0000${pattern}`)
}

const replacementOf = memoize(compileReplacement)

function replaceMatches(text: string, pattern: string, replacement: string, flags = 'g'): string {
  const parts = replacementOf(replacement)
  const expression = regex(pattern, flags)
  const found = flags.includes('g') ? expression.all(text) : [expression.first(text)].filter((match) => match !== null)
  let units = text.length
  let result = ''
  let from = 0
  for (const { index, end, groups } of found) {
    result += text.slice(from, index)
    for (const part of parts) {
      const piece = typeof part === 'string' ? part : groups[part] ?? ''
      result += piece
      units += piece.length
    }
    checkTextUnits(units)
    from = end
  }
  return result + text.slice(from)
}

/** A group of the first match. `group` null: the first group if the pattern has one, else the whole match. */
export function extractMatch(text: string, pattern: string, group: number | null): string | null {
  const match = regex(pattern).first(text)
  if (match === null) return null
  const { groups } = match
  const index = group ?? (groups.length > 1 ? 1 : 0)
  if (index < 0 || index >= groups.length) badArgument(`the pattern '${pattern}' has no group ${index}`)
  return groups[index]!
}

function groupsOfFirst(text: string, pattern: string, flags = ''): Value {
  const match = regex(pattern, flags).first(text)
  if (match === null) return null
  return match.groups.length === 1 ? match.groups : match.groups.slice(1)
}

function matchPosition(text: string, pattern: string): number {
  const match = regex(pattern).first(text)
  return match === null ? 0 : characterOfOffset(text, match.index) + 1
}

/** Refuses a literal pattern that is none before the job starts. */
const checkRegex = ([, pattern, flags]: readonly (Value | undefined)[]): void => {
  if (typeof pattern === 'string') compileRegex(pattern, typeof flags === 'string' ? flags : '')
}

/** {@link checkRegex} where the third argument is no flags. */
const checkPattern = ([text, pattern]: readonly (Value | undefined)[]): void => checkRegex([text, pattern])

/** A test of a text against a pattern that is compiled once for each distinct pattern and escape. */
function patternTest(compile: (pattern: string, escape: string | null) => (text: string) => boolean): ScalarOverload {
  return overload({
    args: [TEXT, TEXT, TEXT], optional: 1, returns: BOOLEAN,
    check: ([, pattern, escape = null]) => {
      if (typeof pattern === 'string' && (escape === null || typeof escape === 'string')) compile(pattern, escape)
    },
    make: () => {
      const plain = memoize((pattern) => compile(pattern, null))
      const escaped = memoize((key) => compile(key.slice(key.indexOf('\u0000') + 1), key.slice(0, key.indexOf('\u0000'))))
      return (text: string, pattern: string, escape?: string) =>
        (escape === undefined ? plain(pattern) : escaped(`${escape}\u0000${pattern}`))(text)
    },
  })
}

const regexTest = (flags: string, negated = false): ScalarOverload =>
  overload({ args: [TEXT, TEXT], returns: BOOLEAN, check: checkPattern, call: (text: string, pattern: string) => regex(pattern, flags).test(text) !== negated })

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
        args: [TEXT, TEXT, TEXT], returns: BOOLEAN, check: checkRegex,
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
    overloads: [overload({ args: [TEXT, TEXT, TEXT, TEXT], optional: 1, returns: STRING, check: ([text, pattern, , flags]) => checkRegex([text, pattern, flags]), call: replaceMatches })],
  },
  {
    name: 'regexp_extract', category: 'string', doc: 'A group of the first match, the whole match by default; NULL where there is none.',
    overloads: [overload({
      args: [TEXT, TEXT, INTEGER], optional: 1, returns: STRING, nullable: true, check: checkPattern,
      call: (text: string, pattern: string, group = 0) => extractMatch(text, pattern, group),
    })],
  },
  {
    name: 'regexp_substr', category: 'string', doc: 'The first match; NULL where there is none.',
    overloads: [overload({
      args: [TEXT, TEXT], returns: STRING, nullable: true, check: checkPattern,
      call: (text: string, pattern: string) => extractMatch(text, pattern, 0),
    })],
  },
  {
    name: 'regexp_extract_all', category: 'string', doc: 'A group of every match, the whole match by default.',
    overloads: [overload({
      args: [TEXT, TEXT, INTEGER], optional: 1, returns: array(STRING), check: checkPattern,
      call: (text: string, pattern: string, group = 0) => regex(pattern).all(text).map(({ groups }) => groups[group] ?? null),
    })],
  },
  {
    name: 'regexp_match', aliases: ['regexp_matches'], category: 'string',
    doc: 'The groups of the first match, or the match itself where the pattern has no group; NULL where there is none.',
    overloads: [overload({ args: [TEXT, TEXT, TEXT], optional: 1, returns: array(STRING), nullable: true, check: checkRegex, call: groupsOfFirst })],
  },
  {
    name: 'regexp_count', category: 'string', doc: 'Number of matches.',
    overloads: [overload({ args: [TEXT, TEXT], returns: INT, check: checkPattern, call: (text: string, pattern: string) => regex(pattern).all(text).length })],
  },
  {
    name: 'regexp_instr', category: 'string', doc: 'Where the first match begins, counted from 1; 0 where there is none.',
    overloads: [overload({ args: [TEXT, TEXT], returns: INT, check: checkPattern, call: matchPosition })],
  },
  {
    name: 'regexp_split', aliases: ['regexp_split_to_array'], category: 'string', doc: 'The parts of the text between the matches.',
    overloads: [overload({ args: [TEXT, TEXT], returns: array(STRING), check: checkPattern, call: (text: string, pattern: string) => splitAt(text, pattern) })],
  },
]

function splitAt(text: string, pattern: string): string[] {
  const parts: string[] = []
  let from = 0
  for (const { index, end } of regex(pattern).all(text)) {
    if (end === index && (index === 0 || index === text.length)) continue
    parts.push(text.slice(from, index))
    from = end
  }
  parts.push(text.slice(from))
  return parts
}
