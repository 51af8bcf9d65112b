import { badArgument } from './function-error.js'
import { LinearRegex } from './linear-regex.js'

/**
 * Regular expressions as users of Flink (Java) and Postgres write them, turned into those of RE2, which take time in proportion to the
 * text ({@link LinearRegex}). Understood beyond RE2's own: `[[:alpha:]]` and the other POSIX classes over all of Unicode, `\m`, `\M`, `\y`,
 * `\Y`, `\h`, `\e`, `\uXXXX`, `\cX`, and escapes of signs that need none. They match by code points. What only backtracking can do is
 * refused: references to groups, lookahead, atomic groups.
 *
 * @param flags `i` ignores case, `m` (also `n`) lets `^` and `$` match at lines, `s` lets `.` match line ends, `g` is left to the caller
 * @throws MillraceError FUNCTION_ARGUMENT where the pattern or a flag is none
 */
export function compileRegex(pattern: string, flags: string): LinearRegex {
  const leading = /^\(\?([imsx]+)\)/.exec(pattern)
  const body = leading === null ? pattern : pattern.slice(leading[0].length)
  const all = new Set<string>()
  for (const flag of (leading?.[1] ?? '') + flags) {
    if (flag === 'i' || flag === 's' || flag === 'm' || flag === 'n') all.add(flag === 'n' ? 'm' : flag)
    else if (flag !== 'g' && flag !== 'c') badArgument(`no flag \`${flag}\` for regular expressions; there are i, m, s, g`)
  }
  try {
    return new LinearRegex(translate(body), { ignoreCase: all.has('i'), multiline: all.has('m'), dotAll: all.has('s') })
  } catch (cause) {
    return badArgument(`'${pattern.slice(0, 200)}' is no regular expression: ${reasonOf(cause as Error)}`)
  }
}

function reasonOf({ message }: Error): string {
  const reason = message.replace(/^error parsing regexp: /, '')
  return /`\(\?[=!>]/.test(reason) ? `${reason}; lookahead and atomic groups are not supported, for with them there is no bound on the time` : reason
}

const POSIX_CLASSES: ReadonlyMap<string, string> = new Map([
  ['alpha', '\\p{L}'], ['digit', '0-9'], ['alnum', '\\p{L}\\p{N}'], ['upper', '\\p{Lu}'], ['lower', '\\p{Ll}'], ['space', '\\s\\v'],
  ['blank', ' \\t'], ['punct', '\\p{P}\\p{S}'], ['xdigit', '0-9A-Fa-f'], ['word', '\\w'], ['cntrl', '\\p{Cc}'], ['print', '\\P{C}'],
  ['graph', '\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}'],
])

/** Escapes that RE2 lacks, by what they stand for outside of sets. */
const FOREIGN_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['m', '\\b(?<!\\w)'], ['M', '\\b(?<=\\w)'], ['y', '\\b'], ['Y', '\\B'], ['h', '[ \\t]'], ['e', '\\x1b'],
])

/** The same inside of sets. */
const SET_ESCAPES: ReadonlyMap<string, string> = new Map([['b', '\\x08'], ['h', ' \\t'], ['e', '\\x1b']])

/** What others understand and this does not: better refused than taken for a letter. */
const REFUSED_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['Z', 'write \\z for the end of the text'], ['G', 'it has no meaning here'], ['R', 'write (\\r\\n|\\n|\\r)'], ['X', 'write .'], ['N', 'write .'],
  ['C', 'there are no single bytes here'], ['K', 'use a group'],
])

/** Escapes of letters and digits that RE2 knows. */
const KNOWN_ESCAPE = /[dDwWsSbBAznrtfva0]/

function translate(pattern: string): string {
  let result = ''
  let inSet = false
  for (let i = 0; i < pattern.length; i++) {
    const unit = pattern[i]!
    if (unit === '\\') {
      const escape = escapeAt(pattern, i, inSet)
      result += escape.text
      i = escape.end - 1
    } else if (unit === '[' && inSet) {
      const named = /^\[:(\^?)(\w+):\]/.exec(pattern.slice(i, i + 16))
      const set = named === null ? undefined : named[1] === '' ? POSIX_CLASSES.get(named[2]!) : named[0]
      result += set ?? '\\['
      if (set !== undefined) i += named![0].length - 1
    } else {
      if (unit === '[') {
        inSet = true
        // A bracket right at the start of a set stands for itself.
        const negated = pattern[i + 1] === '^' ? '^' : ''
        if (pattern[i + 1 + negated.length] === ']') {
          result += `[${negated}\\]`
          i += 1 + negated.length
          continue
        }
      } else if (unit === ']' && inSet) inSet = false
      result += unit
    }
  }
  return result
}

/** The escape at `at`, as RE2 writes it, and where it ends. */
function escapeAt(pattern: string, at: number, inSet: boolean): { readonly text: string; readonly end: number } {
  const next = pattern[at + 1]
  const end = at + 2
  if (next === undefined) return { text: '\\', end }
  if (next === 'Q' && !inSet) {
    const close = pattern.indexOf('\\E', end)
    return { text: quoted(pattern.slice(end, close < 0 ? undefined : close)), end: close < 0 ? pattern.length : close + 2 }
  }
  const refused = REFUSED_ESCAPES.get(next)
  if (refused !== undefined) throw new Error(`\\${next} is not supported; ${refused}`)
  if ((next >= '1' && next <= '9') || (next === 'k' && !inSet)) {
    throw new Error(`\\${next} refers to what a group has matched, which is not supported, for with it there is no bound on the time`)
  }
  const special = /^(?:[pPx]\{[^}]*\}|[pP][A-Za-z]|x[0-9A-Fa-f]{2})/.exec(pattern.slice(at + 1))
  if (special !== null) return { text: `\\${special[0]}`, end: at + 1 + special[0].length }
  const coded = /^(?:u([dD][89abAB][0-9A-Fa-f]{2})\\u([dD][c-fC-F][0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|c([A-Za-z]))/.exec(pattern.slice(at + 1))
  if (coded !== null) return { text: `\\x{${codeOf(coded).toString(16)}}`, end: at + 1 + coded[0].length }
  const foreign = (inSet ? SET_ESCAPES : FOREIGN_ESCAPES).get(next)
  if (foreign !== undefined) return { text: foreign, end }
  if (/[pPxuc]/.test(next)) throw new Error(`\\${next} is not complete`)
  if (!/[0-9A-Za-z]/.test(next)) return { text: /[\x21-\x7e]/.test(next) ? `\\${next}` : next, end }
  return { text: KNOWN_ESCAPE.test(next) && !(inSet && /[BAz]/.test(next)) ? `\\${next}` : next, end }
}

function codeOf([, high, low, unit, braced, control]: RegExpExecArray): number {
  if (high !== undefined) return 0x10000 + (parseInt(high, 16) - 0xd800) * 0x400 + parseInt(low!, 16) - 0xdc00
  return control === undefined ? parseInt(unit ?? braced!, 16) : control.charCodeAt(0) % 32
}

/** A text that stands for itself. */
export function quoted(text: string): string {
  return text.replace(/[\^$\\.*+?()[\]{}|/]/g, '\\$&')
}

/** A replacement text with `$1`, `\1`, `$0`, `\0`, `\\` and `\$` as parts: strings and group numbers. */
export function compileReplacement(text: string): readonly (string | number)[] {
  const parts: (string | number)[] = []
  let literal = ''
  for (let i = 0; i < text.length; i++) {
    const unit = text[i]!
    const next = text[i + 1] ?? ''
    if ((unit === '$' || unit === '\\') && next >= '0' && next <= '9') {
      if (literal !== '') parts.push(literal)
      literal = ''
      parts.push(Number(next))
      i++
    } else if (unit === '\\' && next === '&') {
      if (literal !== '') parts.push(literal)
      literal = ''
      parts.push(0)
      i++
    } else if (unit === '\\' && next !== '') {
      literal += next
      i++
    } else literal += unit
  }
  if (literal !== '') parts.push(literal)
  return parts
}
