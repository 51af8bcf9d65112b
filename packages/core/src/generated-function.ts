import { assert } from './errors.js'

/**
 * The one door through which text becomes code: nothing else in the repository makes functions of text (a test holds that).
 *
 * What generators write is made of words of our own, names that they number, numbers and signs. That is checked here, of every text,
 * before it is compiled: a string of the user's, an identifier or a key that got into it by a mistake is an INTERNAL error and never code.
 * There is no quote, no backslash, no template and no comment in the language that passes, so that nothing can be hidden, and of words
 * only those of {@link WORDS}, so that whatever passes can reach nothing but its arguments.
 *
 * @param parameters names of what the text is bound to
 * @param text the body of a function of these parameters, which returns what is wanted
 */
export function generatedFunction(parameters: readonly string[], text: string): (...values: unknown[]) => unknown {
  checkGenerated(parameters.join(' '))
  checkGenerated(text)
  // oxlint-disable-next-line no-new-func
  return new Function(...parameters, `'use strict'\n${text}`) as (...values: unknown[]) => unknown
}

/** @throws MillraceError INTERNAL where the text is not of the language of generated code */
export function checkGenerated(text: string): void {
  let end = 0
  TOKEN.lastIndex = 0
  for (let token = TOKEN.exec(text); token !== null; token = TOKEN.exec(text)) {
    if (token.index !== end) break
    const word = token[1]
    if (word !== undefined && !WORDS.has(word) && !NUMBERED.test(word)) refuse('a word that is not in WORDS', text, token.index)
    end = TOKEN.lastIndex
  }
  if (end !== text.length) refuse('a sign of no generator', text, end)
}

function refuse(what: string, text: string, at: number): never {
  assert(false, `generated code has ${what} at ${JSON.stringify(text.slice(at, at + 40))}`)
}

/**
 * A word, a number, a sign, the empty string, `'bigint'`, or space. No `//` and no `/*`: a slash is followed by neither. What begins
 * with a digit is a number to its end, so that no word hides behind one.
 */
const TOKEN = /([A-Za-z_][A-Za-z0-9_]*)|(?:0x[0-9a-f]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?n?)(?![A-Za-z0-9_$.])|''(?!')|'bigint'|[ \n]+|\/(?![/*])|[-+*%=!<>&|^~?:;,.()[\]{}]/gy

/** Names that generators number: `t7`, `k0_slots`, `c1_code_of_k2`, `n0`. */
const NUMBERED = /^[a-z]{1,6}\d+(?:_(?:[a-z]?\d+|[A-Za-z]+))*$/

/** Every word that a generator may write. Whoever teaches one a new word puts it here; it must lead to nothing but the arguments. */
const WORDS: ReadonlySet<string> = new Set((
  // of JavaScript
  'break catch const continue else error false for function if let new null return throw true try typeof while '
  + 'BigInt Infinity Math NaN Number abs floor fround imul max min sign trunc '
  // names of parameters and labels
  + 'columns outputs selection start length count run kinds from to closed tally env state bytes view p limit row rowsMax decode '
  // locals
  + 'at code d filtered fraction g i k m message minus n out passes record records rows stop stops tokens powers whole '
  // properties and methods of columns, outputs and tables of results
  + 'bytes codes dictionary ends fill find nulls starts states tableOf texts values wide '
  // … of key tables
  + 'anyDead beforeChange codeOf codeOfText codesOf groupOfCode groupOfNull groupsByCode interner marks put revive rowCounts slots touch turnedWide words '
  // … of accumulators
  + 'add addWide compensations counts enter leave merge push retract rowsFiltered rowsLate seen special spill sums '
  // … of decoders
  + 'coded dateAt end farEnd getInt32 holdsForText isUtf8 lastKind longDouble putOne scan stringEnd valueEnd'
).split(' ').filter((word) => word !== ''))
