import { SQL_CHAIN_MAX } from '../limits.js'
import type { Parsing } from './parsing.js'
import type { Written } from './placeholders.js'

/** Past so many levels of calls and parentheses a part is read on its own, so that node-sql-parser's recursion stays flat. */
export const SETTLE_DEPTH = 16

/** The chain so far, read on its own now and then so that it does not nest, and refused past its limit. */
export function link(p: Parsing, left: Written, links: number): Written {
  limitChain(p, links)
  return links % SETTLE_DEPTH === SETTLE_DEPTH - 1 ? p.placeholders.atom(p.settle(left)) : left
}

export function limitChain(p: Parsing, links: number): void {
  if (links > SQL_CHAIN_MAX) {
    p.cursor.refuse(`a chain of more than ${SQL_CHAIN_MAX} links: use IN (…), VALUES or several steps`, p.cursor.token, 'SQL_TOO_COMPLEX')
  }
}
