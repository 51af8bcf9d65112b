import type { Span } from '../errors.js'
import { SQL_GROUPING_SETS_MAX } from '../limits.js'
import type { Parsing } from './parsing.js'
import type { Written } from './placeholders.js'

/** GROUP BY before its expressions are read: sets are indexes into them. */
export interface WrittenGroupBy {
  readonly expressions: readonly Written[]
  readonly sets: readonly (readonly number[])[]
  readonly span: Span
}

/**
 * `GROUP BY a, ROLLUP (b, c), …`: each element gives a list of grouping sets, and the sets of the whole are their
 * combinations. An expression that occurs twice is kept once.
 */
export function readGroupBy(p: Parsing): WrittenGroupBy | null {
  const { cursor } = p
  const { start } = cursor
  if (!cursor.take('GROUP')) return null
  cursor.expect('BY')
  const expressions: Written[] = []
  const indexes = new Map<string, number>()
  const index = (): number => {
    const from = cursor.start
    const written = p.write()
    const key = canonical(cursor.text.slice(from, cursor.end))
    const known = indexes.get(key) ?? expressions.push(written) - 1
    indexes.set(key, known)
    return known
  }
  const elements = cursor.list(() => readElement(p, index))
  let sets: number[][] = [[]]
  for (const element of elements) {
    sets = sets.flatMap((set) => element.map((more) => union(set, more)))
    if (sets.length > SQL_GROUPING_SETS_MAX) {
      cursor.refuse(`more than ${SQL_GROUPING_SETS_MAX} grouping sets`, cursor.spanFrom(start), 'SQL_TOO_COMPLEX')
    }
  }
  return { expressions, sets, span: cursor.spanFrom(start) }
}

/** Unquoted names match without regard to case; strings and quoted names do not. */
function canonical(text: string): string {
  return text.replace(/'[^']*'|"[^"]*"|`[^`]*`|[^'"`]+/g, (part) => (/^['"`]/.test(part) ? part : part.toLowerCase().replace(/\s+/g, ' ')))
}

function union(a: readonly number[], b: readonly number[]): number[] {
  return [...new Set([...a, ...b])]
}

/** The grouping sets of one element. */
function readElement(p: Parsing, index: () => number): number[][] {
  const { cursor } = p
  if (cursor.take('GROUPING', 'SETS')) return cursor.parenthesised(() => cursor.list(() => readElement(p, index)).flat())
  if (cursor.at('ROLLUP', '(')) {
    cursor.next()
    const parts = readParts(p, index)
    return Array.from({ length: parts.length + 1 }, (_, i) => parts.slice(0, parts.length - i).reduce(union, []))
  }
  if (cursor.at('CUBE', '(')) {
    cursor.next()
    const parts = readParts(p, index)
    if (2 ** parts.length > SQL_GROUPING_SETS_MAX) cursor.refuse('a CUBE of too many expressions', cursor.token, 'SQL_TOO_COMPLEX')
    return subsets(parts)
  }
  return [readSet(p, index)]
}

/** All combinations of the parts, from all of them to none, the first part varying most slowly. */
function subsets([first, ...rest]: readonly number[][]): number[][] {
  if (first === undefined) return [[]]
  const others = subsets(rest)
  return [...others.map((other) => union(first, other)), ...others]
}

function readParts(p: Parsing, index: () => number): number[][] {
  return p.cursor.parenthesised(() => p.cursor.list(() => readSet(p, index)))
}

/** One expression, or several in parentheses that only group them. */
function readSet(p: Parsing, index: () => number): number[] {
  const { cursor } = p
  if (cursor.take('(', ')')) return []
  const after = cursor.at('(') ? cursor.peek(cursor.closing(0) + 1) : null
  const list = after !== null && !cursor.atQuery(1) && (after.kind === 'end' || AFTER_LIST.has(after.key))
  return list ? union(cursor.parenthesised(() => cursor.list(index)), []) : [index()]
}

const AFTER_LIST: ReadonlySet<string> = new Set([
  ',', ')', ';', 'HAVING', 'QUALIFY', 'WINDOW', 'ORDER', 'LIMIT', 'OFFSET', 'FETCH', 'EMIT', 'UNION', 'INTERSECT', 'EXCEPT', 'MINUS',
])
