import { RE2JS } from 're2js'
import { badArgument } from './function-error.js'

/** Where a pattern fits a text, in UTF-16 units. */
export interface RegexMatch {
  readonly index: number
  readonly end: number
  /** The whole match, then its groups; null for a group that took no part. */
  readonly groups: readonly (string | null)[]
}

/** Units of a regular expression or SIMILAR TO pattern. Past it FUNCTION_ARGUMENT: the time of a search grows with the pattern too. */
const PATTERN_UNITS_MAX = 10_000

/** Instructions of a compiled pattern, which repetitions like `{1000}` multiply. Past it FUNCTION_ARGUMENT. */
const PROGRAM_STEPS_MAX = 20_000

/**
 * Units that the searches for all matches of one text may read again, for patterns that can read far beyond a match (`a.*b|a`). Past it
 * FUNCTION_ARGUMENT: there would be no linear time. Up to some 8,000 units it refuses nothing.
 */
const UNITS_READ_AGAIN_MAX = 33_554_432

/**
 * A regular expression whose search takes time in proportion to the text, whatever the pattern and the text: patterns come from SQL, and
 * both may come from data. The syntax is RE2's; this is the only file that knows the library.
 */
export class LinearRegex {
  readonly #program: RE2JS
  readonly #readsOnce: boolean

  /**
   * @param source in the syntax of RE2
   * @throws Error with a sentence where the source is no regular expression of that syntax
   */
  constructor(source: string, flags: { readonly ignoreCase: boolean; readonly multiline: boolean; readonly dotAll: boolean }) {
    if (source.length > PATTERN_UNITS_MAX) throw new Error(`it is ${source.length} characters long; at most ${PATTERN_UNITS_MAX} are allowed`)
    const lookbehinds = /\(\?<[=!]/.test(source) ? RE2JS.LOOKBEHINDS : 0
    this.#program = RE2JS.compile(source, (flags.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) | (flags.multiline ? RE2JS.MULTILINE : 0)
      | (flags.dotAll ? RE2JS.DOTALL : 0) | lookbehinds)
    if (this.#program.programSize() > PROGRAM_STEPS_MAX) throw new Error('its repetitions multiply to too many steps')
    this.#readsOnce = readsOnce(source)
  }

  /** Groups of the pattern, the whole match not counted. */
  get groupCount(): number {
    return this.#program.groupCount()
  }

  test(text: string): boolean {
    return this.#program.test(text)
  }

  first(text: string): RegexMatch | null {
    const matcher = this.#program.matcher(text)
    return matcher.find() ? matchOf(matcher) : null
  }

  /** @throws MillraceError FUNCTION_ARGUMENT where it would take too long */
  all(text: string): RegexMatch[] {
    const matcher = this.#program.matcher(text)
    const matches: RegexMatch[] = []
    for (let unread = 0; matcher.find();) {
      const match = matchOf(matcher)
      matches.push(match)
      if (this.#readsOnce) continue
      unread += text.length - match.end
      if (unread > UNITS_READ_AGAIN_MAX) {
        badArgument(`the pattern '${this.#program.pattern().slice(0, 80)}' reads a text of ${text.length} characters again after each of its matches`
          + `, of which there are more than ${matches.length}; write it without alternatives, or cut the text first`)
      }
    }
    return matches
  }
}

function matchOf(matcher: ReturnType<RE2JS['matcher']>): RegexMatch {
  const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, group) => matcher.group(group))
  return { index: matcher.start(), end: matcher.end(), groups }
}

/**
 * Do the searches for all matches read no part of a text more than a few times? So it is where nothing is repeated without bound (a search
 * then reads no further than the pattern is long), or where the only such repetitions are of single characters at the very start and end
 * of a pattern without alternatives, `\s*,\s*`: one at the end reads what belongs to the match, and one at the start reads a run of its
 * characters to its end, behind which the next match lies.
 */
function readsOnce(source: string): boolean {
  const pieces: readonly string[] = source.match(PIECE) ?? []
  const unbounded = pieces.flatMap((piece, at) => (isUnbounded(piece) ? [at] : []))
  if (unbounded.length === 0) return true
  if (pieces.includes('|') || pieces.includes('?') || pieces.some((piece, at) => pieces[at - 1] === ')' && /^[*+{]/.test(piece))) return false
  const last = pieces.findLastIndex((piece) => piece !== ')' && piece !== '$')
  const first = pieces.findIndex((piece) => piece !== '(' && piece !== '^')
  return unbounded.every((at) => at === first + 1 || at === last)
}

/** A set, an escape, a repetition, or one character. */
const PIECE = /\[(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\\.|\{\d*,?\d*\}|[^]/gu

function isUnbounded(piece: string): boolean {
  return piece === '*' || piece === '+' || /^\{\d*,\}$/.test(piece)
}
