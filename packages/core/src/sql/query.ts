import type { Name, Query, QueryBody, SqlExpression } from './ast.js'
import { limitChain } from './chain.js'
import { parseExpressions } from './node-sql-parser.js'
import { readOrderBy } from './order-by.js'
import type { Parsing } from './parsing.js'
import { readSelect } from './select.js'
import { CLAUSE_WORDS } from './words.js'

/** `[WITH …] body [ORDER BY …] [LIMIT …] [OFFSET …] [EMIT …]`, without parentheses around it. */
export function readQuery(p: Parsing): Query {
  const { cursor } = p
  const { start } = cursor
  const withList = readWith(p)
  const body = readUnion(p)
  const orderBy = readOrderBy(p)
  return { kind: 'query', with: withList, body, orderBy, ...readLimits(p), span: cursor.spanFrom(start) }
}

function readWith(p: Parsing): Query['with'] {
  const { cursor } = p
  if (!cursor.take('WITH')) return []
  if (cursor.at('RECURSIVE') && cursor.peek(1).key !== 'AS') cursor.refuse('WITH RECURSIVE is not supported')
  return cursor.list(() => {
    const name = cursor.name('the name of a query')
    const columns: Name[] = cursor.at('(') ? cursor.parenthesised(() => cursor.list(() => cursor.name('the name of a column'))) : []
    cursor.expect('AS')
    return { name, columns, query: cursor.parenthesised(() => p.query()) }
  })
}

/** UNION and EXCEPT, left to right; INTERSECT binds more tightly. */
function readUnion(p: Parsing): QueryBody {
  const { cursor } = p
  const { start } = cursor
  let left = readIntersect(p)
  for (let links = 0; cursor.atAny(['UNION', 'EXCEPT', 'MINUS']); links++) {
    limitChain(p, links)
    const op = cursor.next().key === 'UNION' ? 'union' : 'except'
    const all = takeAll(p)
    const right = readIntersect(p)
    left = { kind: 'set operation', op, all, left, right, span: cursor.spanFrom(start) }
  }
  return left
}

function readIntersect(p: Parsing): QueryBody {
  const { cursor } = p
  const { start } = cursor
  let left = readTerm(p)
  for (let links = 0; cursor.take('INTERSECT'); links++) {
    limitChain(p, links)
    const all = takeAll(p)
    const right = readTerm(p)
    left = { kind: 'set operation', op: 'intersect', all, left, right, span: cursor.spanFrom(start) }
  }
  return left
}

function takeAll(p: Parsing): boolean {
  const all = p.cursor.take('ALL')
  if (!all) p.cursor.take('DISTINCT')
  return all
}

/** SELECT, VALUES or a query in parentheses, which are left out where they only group. */
function readTerm(p: Parsing): QueryBody {
  const { cursor } = p
  if (cursor.at('SELECT')) return readSelect(p)
  if (cursor.at('VALUES')) return readValues(p)
  if (cursor.at('TABLE')) cursor.refuse('TABLE t is not a query here: write SELECT * FROM t')
  if (!cursor.at('(')) cursor.fail('a query', ['SELECT', 'VALUES', 'WITH'])
  const query = cursor.parenthesised(() => p.query())
  const bare = query.with.length === 0 && query.orderBy.length === 0 && query.limit === null && query.offset === null && query.emit === null
  return bare ? query.body : query
}

function readValues(p: Parsing): QueryBody {
  const { cursor } = p
  const { start } = cursor
  cursor.expect('VALUES')
  const rows = cursor.list(() => {
    if (cursor.take('ROW') || cursor.at('(')) return cursor.parenthesised(() => cursor.list(() => p.write()))
    return [p.write()]
  })
  const span = cursor.spanFrom(start)
  const nodes = parseExpressions(rows.flat(), p.placeholders, span)
  let next = 0
  return { kind: 'values', rows: rows.map((row) => row.map(() => nodes[next++]!)), span }
}

/** LIMIT, OFFSET, FETCH FIRST and EMIT, each once and in any order. */
function readLimits(p: Parsing): Pick<Query, 'limit' | 'offset' | 'emit'> {
  const { cursor } = p
  const seen = new Set<string>()
  const once = (clause: string): void => {
    if (seen.has(clause)) cursor.refuse(`${clause} is given twice`, cursor.token, 'SQL_SYNTAX')
    seen.add(clause)
  }
  let limit: SqlExpression | null = null
  let offset: SqlExpression | null = null
  let emit: Query['emit'] = null
  for (;;) {
    if (cursor.at('LIMIT')) {
      once('LIMIT')
      cursor.next()
      limit = cursor.take('ALL') ? null : p.expression()
      if (cursor.at(',')) cursor.refuse('write LIMIT n OFFSET m')
    } else if (cursor.at('OFFSET')) {
      once('OFFSET')
      cursor.next()
      offset = p.expression()
      if (!cursor.take('ROW')) cursor.take('ROWS')
    } else if (cursor.at('FETCH')) {
      once('LIMIT')
      limit = readFetch(p)
    } else if (cursor.at('EMIT', 'CHANGES') || cursor.at('EMIT', 'FINAL')) {
      once('EMIT')
      cursor.next()
      emit = cursor.next().key === 'CHANGES' ? 'changes' : 'final'
    } else if (cursor.at('EMIT')) {
      cursor.next()
      cursor.fail('CHANGES or FINAL after EMIT', ['CHANGES', 'FINAL'])
    } else {
      return { limit, offset, emit }
    }
  }
}

/** `FETCH FIRST 5 ROWS ONLY` */
function readFetch(p: Parsing): SqlExpression {
  const { cursor } = p
  cursor.expect('FETCH')
  const { start } = cursor
  if (!cursor.take('FIRST') && !cursor.take('NEXT')) cursor.fail('FIRST or NEXT', ['FIRST', 'NEXT'])
  const one: SqlExpression = { kind: 'literal', type: 'integer', text: '1', span: cursor.spanFrom(start) }
  const limit = cursor.atAny(['ROW', 'ROWS']) ? one : p.expression()
  if (!cursor.take('ROW') && !cursor.take('ROWS')) cursor.fail('ROWS')
  if (cursor.at('WITH')) cursor.refuse('FETCH … WITH TIES is not supported')
  cursor.expect('ONLY')
  return limit
}

/** Raises the error of a query that goes on where it should have ended. */
export function failAfterQuery(p: Parsing, expected: string): never {
  for (const [word, advice] of ELSEWHERE) {
    if (p.cursor.at(word)) p.cursor.refuse(`${word} is not supported here: ${advice}`)
  }
  return p.cursor.fail(expected, CLAUSE_WORDS)
}

const ELSEWHERE = [
  ['INTO', 'write INSERT INTO table SELECT …'],
  ['CLUSTER', 'use ORDER BY'],
  ['FOR', 'FOR SYSTEM_TIME AS OF follows the name of a table'],
] as const
