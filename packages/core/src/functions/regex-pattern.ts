import { badArgument } from './function-error.js'

/**
 * Regular expressions as users of Flink (Java) and Postgres write them, turned into JavaScript's. Understood beyond JavaScript's own:
 * `[[:alpha:]]` and the other POSIX classes, `\A`, `\z`, `\Z`, `\m`, `\M`, `\y`, `\Q…\E`, a leading `(?i)`, and escapes
 * of signs that need none.
 * They match by code points.
 *
 * @param flags `i` ignores case, `m` (also `n`) lets `^` and `$` match at lines, `s` lets `.` match line ends, `g` is left to the caller
 * @throws MillraceError FUNCTION_ARGUMENT where the pattern or a flag is none
 */
export function compileRegex(pattern: string, flags: string): RegExp {
  const leading = /^\(\?([imsx]+)\)/.exec(pattern)
  const body = leading === null ? pattern : pattern.slice(leading[0].length)
  const all = new Set('u')
  for (const flag of (leading?.[1] ?? '') + flags) {
    if (flag === 'i' || flag === 's' || flag === 'm' || flag === 'n') all.add(flag === 'n' ? 'm' : flag)
    else if (flag !== 'g' && flag !== 'c') badArgument(`no flag \`${flag}\` for regular expressions; there are i, m, s, g`)
  }
  try {
    return new RegExp(translate(body), [...all].join(''))
  } catch (cause) {
    return badArgument(`'${pattern}' is no regular expression: ${(cause as Error).message.replace(/^Invalid regular expression: /, '')}`)
  }
}

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alpha: '\\p{L}', digit: '0-9', alnum: '\\p{L}\\p{N}', upper: '\\p{Lu}', lower: '\\p{Ll}', space: '\\s', blank: ' \\t',
  punct: '\\p{P}\\p{S}',
  xdigit: '0-9A-Fa-f', word: '\\w', cntrl: '\\p{Cc}', print: '\\P{C}', graph: '\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}',
}

/** Escapes that JavaScript lacks, by what they stand for. */
const FOREIGN_ESCAPES: Readonly<Record<string, string>> = {
  A: '(?<![^])', z: '(?![^])', Z: '(?=\\n?(?![^]))', m: '\\b(?=\\w)', M: '\\b(?<=\\w)', y: '\\b', Y: '\\B',
  h: '[ \\t]', e: '\\x1b', a: '\\x07',
}

/** Escapes that JavaScript's `u` mode knows. */
const KNOWN_ESCAPE = /[\^$\\.*+?()[\]{}|/dDwWsSbBnrtfvpPukxc0-9]/

function translate(pattern: string): string {
  let result = ''
  let inSet = false
  for (let i = 0; i < pattern.length; i++) {
    const unit = pattern[i]!
    if (unit === '\\') {
      const next = pattern[++i]
      if (next === undefined) return `${result}\\`
      if (next === 'Q') {
        const end = pattern.indexOf('\\E', i)
        const quoted = pattern.slice(i + 1, end < 0 ? undefined : end)
        result += quoted.replace(/[\^$\\.*+?()[\]{}|/]/g, '\\$&')
        i = end < 0 ? pattern.length : end + 1
      } else if (!inSet && Object.hasOwn(FOREIGN_ESCAPES, next)) result += FOREIGN_ESCAPES[next]
      else if (KNOWN_ESCAPE.test(next) || (inSet && next === '-')) result += `\\${next}`
      else result += next
    } else if (unit === '[' && inSet) {
      const named = /^\[:(\^?)(\w+):\]/.exec(pattern.slice(i, i + 16))
      const set = named && POSIX_CLASSES[named[2]!]
      result += set ?? '\\['
      if (set) i += named[0].length - 1
    } else {
      if (unit === '[') {
        inSet = true
        // A bracket right at the start of a set stands for itself.
        if (pattern[i + 1] === ']') {
          result += '[\\]'
          i++
          continue
        }
      } else if (unit === ']' && inSet) inSet = false
      else if ((unit === ']' || unit === '}') && !inSet && !opened(result, unit)) {
        result += `\\${unit}`
        continue
      }
      result += unit
    }
  }
  return result
}

/** Is there a `{` that this `}` may close? A lone one stands for itself. */
function opened(before: string, unit: string): boolean {
  return unit === '}' && /(?:^|[^\\])\{[^{}]*$|\\[pPuk][^}]*$/.test(before)
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
