import type { ErrorDetails, Span } from '../errors.js'
import { MillraceError } from '../errors.js'
import { maskSecrets } from './mask-secrets.js'

export interface Place {
  /** `file:line:column`, or `line:column` without a file; both count from 1, columns in characters. */
  readonly place: string
  /** The source line with its number, and under it carets below the span. */
  readonly excerpt: string
}

/** Characters of a source line that an excerpt shows; longer lines are cut around the span. */
const EXCERPT_CHARACTERS_MAX = 120

/** Finds a span in its text. A span over several lines is shown on its first. */
export function explainPlace(text: string, span: Span, fileName?: string): Place {
  const start = Math.max(0, Math.min(span.start, text.length))
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const lineEnd = endOfLine(text, lineStart)
  const line = text.slice(0, lineStart).split('\n').length
  const column = countCharacters(text.slice(lineStart, start)) + 1
  const position = `${line}:${column}`
  return {
    place: fileName === undefined ? position : `${fileName}:${position}`,
    excerpt: excerpt(text.slice(lineStart, lineEnd), line, start - lineStart, Math.min(span.end, lineEnd) - lineStart),
  }
}

/** Characters as a reader counts them: a surrogate pair is one. */
function countCharacters(text: string): number {
  return Array.from(text).length
}

function endOfLine(text: string, from: number): number {
  const newline = text.indexOf('\n', from)
  if (newline === -1) return text.length
  return text[newline - 1] === '\r' && newline > from ? newline - 1 : newline
}

function excerpt(source: string, line: number, start: number, end: number): string {
  let from = 0
  if (source.length > EXCERPT_CHARACTERS_MAX) from = Math.max(0, Math.min(start - 40, source.length - EXCERPT_CHARACTERS_MAX))
  const until = Math.min(source.length, from + EXCERPT_CHARACTERS_MAX)
  const before = `  ${line} | ${from > 0 ? '…' : ''}`
  const shown = source.slice(from, until) + (until < source.length ? '…' : '')
  const width = countCharacters(source.slice(start, Math.max(start, Math.min(end, until))))
  // Tabs stay tabs, so that the carets stand where the eye expects them.
  const indent = source.slice(from, start).replace(/[^\t]/gu, ' ')
  return `${before}${shown}\n${' '.repeat(before.length)}${indent}${'^'.repeat(Math.max(1, width))}`
}

/**
 * The error with its place and excerpt, and a message ready to print:
 *
 *     SQL_COLUMN_UNKNOWN  trades.sql:3:8  no column `symbl` in table `trades`
 *       3 | SELECT symbl, count(*) FROM trades GROUP BY symbl
 *                  ^^^^^
 *       columns here: symbol, price, quantity, ts.  did you mean `symbol`?
 *
 * An error without a span, or one that has its place already, comes back as it is. Values of secret options are not shown.
 *
 * @param secrets names of options that are secret, besides those that are by the look of them; see {@link maskSecrets}
 */
export function locateError(error: MillraceError, text: string, fileName?: string, secrets: Iterable<string> | 'unknown' = []): MillraceError {
  const { span } = error.details
  if (span === undefined || error.details.place !== undefined) return error
  const { place, excerpt: lines } = explainPlace(maskSecrets(text, secrets), span, fileName)
  const advice = adviceLine(error.details, error.message)
  const message = `${error.code}  ${place}  ${error.message}\n${lines}${advice === null ? '' : `\n  ${advice}`}`
  return new MillraceError(error.code, message, { ...error.details, place, excerpt: lines, summary: error.message }, { cause: error })
}

/** Names listed in a message at most. */
const ALTERNATIVES_MAX = 12

/** What would have been valid, as far as the message has not said it already. */
function adviceLine({ alternatives = [], alternativesTitle, suggestion }: ErrorDetails, message: string): string | null {
  const said = alternatives.length > 0 && alternatives.every((name) => message.includes(name))
  const shown = said ? '' : alternatives.slice(0, ALTERNATIVES_MAX).join(', ') + (alternatives.length > ALTERNATIVES_MAX ? ', …' : '')
  const title = typeof alternativesTitle === 'string' ? alternativesTitle : 'valid here'
  const asked = suggestion === undefined || message.includes('did you mean')
  const parts = [...(shown === '' ? [] : [`${title}: ${shown}.`]), ...(asked ? [] : [`did you mean \`${suggestion}\`?`])]
  return parts.length === 0 ? null : parts.join('  ')
}
