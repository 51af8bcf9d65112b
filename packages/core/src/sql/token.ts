import type { Span } from '../errors.js'

/**
 * One token of a SQL text.
 *
 * `key` is what grammar rules compare: a word in upper case, a symbol as it is, and the empty string for everything
 * that is never a keyword (quoted names, strings, numbers, the end). `text` is the meaning: a word as written, a quoted
 * name or a string without its quotes and escapes, the digits of a number.
 */
export interface Token extends Span {
  readonly kind: 'word' | 'quoted' | 'string' | 'bytes' | 'number' | 'symbol' | 'end'
  readonly key: string
  readonly text: string
}

/** How a message names a token: `` `FROM` ``, or the end of the text. Long ones are cut. */
export function tokenLabel(token: Token, text: string): string {
  if (token.kind === 'end') return 'the end of the text'
  const raw = text.slice(token.start, token.end)
  return `\`${raw.length > 40 ? `${raw.slice(0, 37)}…` : raw}\``
}
