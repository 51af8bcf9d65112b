import { badArgument } from './function-error.js'
import { LinearRegex } from './linear-regex.js'
import { quoted } from './regex-pattern.js'

/** A compiled LIKE, ILIKE or SIMILAR TO pattern. */
export type Matcher = (text: string) => boolean

/** What a pattern is made of: literal text, `_` (any one character) and `%` (any characters). */
type Piece = string | typeof ANY_ONE | typeof ANY_MANY

const ANY_ONE = Symbol('_')
const ANY_MANY = Symbol('%')

/**
 * Compiles a LIKE pattern. Without wildcards, or with `%` alone, the search is done by the engine's own string functions and never
 * goes back; with `_` by characters, where a `%` may be tried again at every place.
 *
 * @param escape one character that makes the next `%`, `_` or itself literal; there is none by default
 * @throws MillraceError FUNCTION_ARGUMENT for an escape that is not one character or that escapes nothing
 */
export function compileLike(pattern: string, escape: string | null, ignoreCase: boolean): Matcher {
  const pieces = piecesOf(ignoreCase ? pattern.toLowerCase() : pattern, ignoreCase && escape !== null ? escape.toLowerCase() : escape)
  const match = pieces.includes(ANY_ONE) ? matchCharacters(pieces) : matchRuns(pieces as (string | typeof ANY_MANY)[])
  return ignoreCase ? (text) => match(text.toLowerCase()) : match
}

function piecesOf(pattern: string, escape: string | null): Piece[] {
  if (escape !== null && [...escape].length > 1) badArgument(`ESCAPE '${escape}' is longer than one character`)
  const pieces: Piece[] = []
  let literal = ''
  const flush = (piece: typeof ANY_ONE | typeof ANY_MANY): void => {
    if (literal !== '') pieces.push(literal)
    literal = ''
    if (piece === ANY_ONE || pieces.at(-1) !== ANY_MANY) pieces.push(piece)
  }
  const characters = [...pattern]
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!
    if (escape !== null && escape !== '' && character === escape) {
      const next = characters[++i]
      if (next !== '%' && next !== '_' && next !== escape) {
        badArgument(`the pattern '${pattern}' has an escape character before something other than %, _ or itself`)
      }
      literal += next
    } else if (character === '%') flush(ANY_MANY)
    else if (character === '_') flush(ANY_ONE)
    else literal += character
  }
  if (literal !== '') pieces.push(literal)
  return pieces
}

function matchRuns(pieces: readonly (string | typeof ANY_MANY)[]): Matcher {
  const texts = pieces.filter((piece) => piece !== ANY_MANY)
  if (texts.length === pieces.length) {
    const whole = texts.join('')
    return (text) => text === whole
  }
  const prefix = pieces[0] === ANY_MANY ? '' : texts.shift()!
  const suffix = pieces.at(-1) === ANY_MANY ? '' : texts.pop()!
  if (texts.length === 0) return (text) => text.length >= prefix.length + suffix.length && text.startsWith(prefix) && text.endsWith(suffix)
  const [only] = texts
  if (texts.length === 1 && prefix === '' && suffix === '') return (text) => text.includes(only!)
  return (text) => {
    if (!text.startsWith(prefix) || !text.endsWith(suffix)) return false
    let at = prefix.length
    for (const part of texts) {
      const found = text.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return at <= text.length - suffix.length
  }
}

function matchCharacters(pieces: readonly Piece[]): Matcher {
  const wanted = pieces.flatMap((piece): Piece[] => (typeof piece === 'string' ? [...piece] : [piece]))
  return (text) => {
    const characters = [...text]
    let at = 0
    let want = 0
    // Where to go on when what follows the last % does not fit here: one character further.
    let retryAt = 0
    let retryWant = -1
    while (at < characters.length) {
      const piece = wanted[want]
      if (piece === ANY_MANY) {
        retryWant = ++want
        retryAt = at
      } else if (want < wanted.length && (piece === ANY_ONE || piece === characters[at])) {
        at++
        want++
      } else if (retryWant >= 0) {
        want = retryWant
        at = ++retryAt
      } else return false
    }
    while (wanted[want] === ANY_MANY) want++
    return want === wanted.length
  }
}

/**
 * Compiles a SIMILAR TO pattern: `%` and `_` as in LIKE, `| * + ? {m,n} ( ) [ ]` as in regular expressions; it must
 * match the whole text.
 */
export function compileSimilar(pattern: string, escape: string | null): Matcher {
  let source = ''
  let inSet = false
  const characters = [...pattern]
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!
    if (escape !== null && escape !== '' && character === escape) {
      if (++i >= characters.length) badArgument(`the pattern '${pattern}' ends in its escape character`)
      source += quoted(characters[i]!)
    } else if (inSet) {
      source += character === '\\' || character === '[' ? `\\${character}` : character
      if (character === ']') inSet = false
    } else if (character === '%') source += '.*'
    else if (character === '_') source += '.'
    else if (character === '[') {
      inSet = true
      source += '['
    } else source += '|*+?{}()'.includes(character) ? character : quoted(character)
  }
  let regex: LinearRegex
  try {
    regex = new LinearRegex(`^(?:${source})$`, { ignoreCase: false, multiline: false, dotAll: true })
  } catch (cause) {
    return badArgument(`'${pattern.slice(0, 200)}' is no SIMILAR TO pattern: ${(cause as Error).message.replace(/^error parsing regexp: /, '')}`)
  }
  return (text) => regex.test(text)
}
