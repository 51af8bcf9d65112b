import type { Query } from './ast.js'
import { limitChain, link, SETTLE_DEPTH } from './chain.js'
import type { Parsing } from './parsing.js'
import type { Written } from './placeholders.js'
import { LEVEL, within } from './placeholders.js'
import { plainCall } from './plain-call.js'
import { writePrimary } from './write-primary.js'
import { lookup } from '../lookup.js'

/** Writes an expression, with parentheses where Postgres' precedence asks for them. */
export function writeExpression(p: Parsing): Written {
  const written = writeOr(p)
  const { nesting } = p.cursor
  return nesting > 0 && nesting % SETTLE_DEPTH === 0 ? p.placeholders.atom(p.settle(written)) : written
}

function writeOr(p: Parsing): Written {
  return writeLogical(p, 'OR', LEVEL.or, writeAnd)
}

function writeAnd(p: Parsing): Written {
  return writeLogical(p, 'AND', LEVEL.and, writeNot)
}

/** AND inside OR gets parentheses: node-sql-parser gives both the same precedence. */
function writeLogical(p: Parsing, word: string, level: number, writeOperand: (p: Parsing) => Written): Written {
  const first = writeOperand(p)
  if (!p.cursor.at(word)) return first
  const terms = [within(first, LEVEL.not)]
  while (p.cursor.take(word)) {
    terms.push(within(writeOperand(p), LEVEL.not))
    limitChain(p, terms.length)
  }
  return { text: terms.join(` ${word} `), level }
}

function writeNot(p: Parsing): Written {
  const { start } = p.cursor
  if (!p.cursor.take('NOT')) return writeTests(p)
  const operand = p.cursor.nested(() => writeNot(p))
  return unary(p, 'not', operand, start)
}

function unary(p: Parsing, op: string, operand: Written, start: number): Written {
  const span = p.cursor.spanFrom(start)
  return p.placeholders.form([operand], ([node]) => ({ kind: 'unary', op, operand: node!, span }))
}

/** `… IS [NOT] NULL | TRUE | FALSE | UNKNOWN | JSON | DISTINCT FROM …` */
function writeTests(p: Parsing): Written {
  const { cursor } = p
  const { start } = cursor
  let left = writeComparison(p, start, writeRange(p))
  for (let links = 0; ; links++) {
    left = link(p, left, links)
    if (cursor.take('ISNULL')) left = unary(p, 'is null', left, start)
    else if (cursor.take('NOTNULL')) left = unary(p, 'is not null', left, start)
    else if (cursor.take('IS')) left = writeTest(p, left, start)
    else if (cursor.atAny(COMPARISONS)) left = writeComparison(p, start, left)
    else return left
  }
}

const TESTS: readonly string[] = ['NULL', 'TRUE', 'FALSE', 'UNKNOWN']

function writeTest(p: Parsing, left: Written, start: number): Written {
  const { cursor, placeholders } = p
  const not = cursor.take('NOT') ? 'not ' : ''
  for (const word of TESTS) {
    if (cursor.take(word)) return unary(p, `is ${not}${word.toLowerCase()}`, left, start)
  }
  if (cursor.take('DISTINCT', 'FROM')) {
    const right = writeComparison(p, cursor.start, writeRange(p))
    const span = cursor.spanFrom(start)
    return placeholders.form([left, right], ([a, b]) => ({ kind: 'binary', op: `is ${not}distinct from`, left: a!, right: b!, span }))
  }
  if (cursor.at('JSON')) {
    const { start: from, end } = cursor.next()
    const name = { text: 'is_json', quoted: false, span: { start: from, end } }
    const span = cursor.spanFrom(start)
    const test = placeholders.form([left], (args) => plainCall(name, args, span))
    return not === '' ? test : unary(p, 'not', test, start)
  }
  return cursor.fail(`${TESTS.join(', ')} or DISTINCT FROM after IS${not === '' ? '' : ' NOT'}`, [...TESTS, 'DISTINCT FROM'])
}

const COMPARISONS: readonly string[] = ['=', '<>', '!=', '<', '<=', '>', '>=']

/** `a = b = c` is `(a = b) = c`. */
function writeComparison(p: Parsing, start: number, first: Written): Written {
  const { cursor } = p
  let left = first
  for (let links = 0; cursor.atAny(COMPARISONS); links++) {
    left = link(p, left, links)
    const { key } = cursor.next()
    const op = key === '!=' ? '<>' : key
    if (cursor.token.kind === 'word' && ['ANY', 'SOME', 'ALL'].includes(cursor.token.key) && cursor.peek(1).key === '(') {
      left = writeQuantified(p, left, op, start)
      continue
    }
    const right = writeRange(p)
    left = { text: `${within(left, LEVEL.concatenation)} ${op} ${within(right, LEVEL.concatenation)}`, level: LEVEL.comparison }
  }
  return left
}

/** `= ANY (query)` is IN, `<> ALL (query)` is NOT IN; other quantified comparisons have no plan. */
function writeQuantified(p: Parsing, left: Written, op: string, start: number): Written {
  const { cursor } = p
  const word = cursor.next()
  const quantifier = word.key === 'ALL' ? 'ALL' : 'ANY'
  const negated = op === '<>' && quantifier === 'ALL'
  if (!cursor.atQuery(1)) cursor.refuse(`${word.text} takes a query here; for an array use array_contains(array, value)`, word)
  if (!negated && !(op === '=' && quantifier === 'ANY')) {
    cursor.refuse(`${op} ${word.text} (query) is not supported: compare with a query for the minimum or maximum`, word)
  }
  return inQuery(p, left, cursor.parenthesised(() => p.query()), negated, start)
}

function inQuery(p: Parsing, left: Written, query: Query, negated: boolean, start: number): Written {
  const span = p.cursor.spanFrom(start)
  return p.placeholders.form([left], ([operand]) => ({ kind: 'in query', operand: operand!, query, negated, span }))
}

const MATCHES: Readonly<Record<string, string>> = lookup({
  LIKE: 'like', ILIKE: 'ilike', SIMILAR: 'similar to', RLIKE: '~', '~': '~', '~*': '~*', '!~': '~', '!~*': '~*',
})

/** BETWEEN, IN and the pattern tests. */
function writeRange(p: Parsing): Written {
  const { cursor } = p
  const { start } = cursor
  let left = writeConcatenation(p)
  for (let links = 0; ; links++) {
    left = link(p, left, links)
    const negated = cursor.at('NOT')
    const word = negated ? cursor.peek(1).key : cursor.token.key
    if (word !== 'BETWEEN' && word !== 'IN' && MATCHES[word] === undefined) return left
    if (negated && MATCHES[word] !== undefined && !/^[A-Z]/.test(word)) cursor.fail('LIKE, ILIKE, SIMILAR TO, BETWEEN or IN after NOT')
    if (negated) cursor.next()
    if (word === 'BETWEEN') left = writeBetween(p, left, negated, start)
    else if (word === 'IN') left = writeIn(p, left, negated, start)
    else left = writeMatch(p, left, negated, start)
  }
}

function writeBetween(p: Parsing, left: Written, negated: boolean, start: number): Written {
  const { cursor } = p
  cursor.expect('BETWEEN')
  const symmetric = cursor.take('SYMMETRIC')
  if (!symmetric) cursor.take('ASYMMETRIC')
  const low = writeConcatenation(p)
  cursor.expect('AND')
  const high = writeConcatenation(p)
  if (symmetric) {
    const span = cursor.spanFrom(start)
    return p.placeholders.form([left, low, high], ([a, b, c]) => ({
      kind: 'between', operand: a!, low: b!, high: c!, negated, symmetric, span,
    }))
  }
  const operands = [left, low, high].map((operand) => within(operand, LEVEL.atom))
  return { text: `${operands[0]!}${negated ? ' NOT' : ''} BETWEEN ${operands[1]!} AND ${operands[2]!}`, level: LEVEL.range }
}

function writeIn(p: Parsing, left: Written, negated: boolean, start: number): Written {
  const { cursor, placeholders } = p
  cursor.expect('IN')
  if (cursor.at('(') && cursor.atQuery(1)) return inQuery(p, left, cursor.parenthesised(() => p.query()), negated, start)
  const items = cursor.parenthesised(() => cursor.list(() => p.write()))
  const span = cursor.spanFrom(start)
  // A long list is nearly always one of constants: it stays out of the canonical text.
  const known = items.map((item) => placeholders.atomOf(item))
  const open = items.filter((_, i) => known[i] === null)
  return placeholders.form([left, ...open], ([operand, ...rest]) => {
    let next = 0
    return { kind: 'in list', operand: operand!, list: known.map((node) => node ?? rest[next++]!), negated, span }
  })
}

function writeMatch(p: Parsing, left: Written, negated: boolean, start: number): Written {
  const { cursor, placeholders } = p
  const sign = cursor.next().key
  if (sign === 'SIMILAR') cursor.expect('TO')
  if (cursor.atAny(['ANY', 'SOME', 'ALL']) && cursor.peek(1).key === '(') {
    cursor.refuse('a pattern test takes one pattern: join several with OR')
  }
  const pattern = writeConcatenation(p)
  const escape = sign !== 'RLIKE' && /^[A-Z]/.test(sign) && cursor.take('ESCAPE') ? writeConcatenation(p) : null
  const span = cursor.spanFrom(start)
  const op = MATCHES[sign]!
  const no = negated !== sign.startsWith('!')
  return placeholders.form(escape === null ? [left, pattern] : [left, pattern, escape], ([a, b, c]) => ({
    kind: 'like', op, operand: a!, pattern: b!, escape: c ?? null, negated: no, span,
  }))
}

/** `||`, `->` and `->>`, looser than `+` as in Postgres. */
export function writeConcatenation(p: Parsing): Written {
  const { cursor, placeholders } = p
  let left = writeSum(p)
  let last: string | null = null
  for (let links = 0; cursor.atAny(['||', '->', '->>']); links++) {
    limitChain(p, links)
    const { key } = cursor.next()
    const right = writeSum(p)
    const before = last === null ? within(left, LEVEL.atom) : last === key ? left.text : placeholders.atom(p.settle(left)).text
    left = { text: `${before} ${key} ${within(right, LEVEL.atom)}`, level: LEVEL.concatenation }
    last = key
  }
  return left
}

const ARITHMETIC: readonly string[] = ['+', '-', '*', '/', '%']

/** A flat run of arithmetic, whose precedence node-sql-parser knows. */
function writeSum(p: Parsing): Written {
  const { cursor } = p
  const first = writeSigned(p)
  if (!cursor.atAny(ARITHMETIC)) return first
  const parts = [first.text]
  while (cursor.atAny(ARITHMETIC)) {
    parts.push(cursor.next().key, writeSigned(p).text)
    limitChain(p, parts.length / 2)
  }
  return { text: parts.join(' '), level: LEVEL.sum }
}

function writeSigned(p: Parsing): Written {
  const { start } = p.cursor
  if (!p.cursor.atAny(['-', '+'])) return writePrimary(p)
  const { key } = p.cursor.next()
  const operand = p.cursor.nested(() => writeSigned(p))
  return unary(p, key, operand, start)
}
