import type { Name, SqlExpression } from './ast.js'
import { link } from './chain.js'
import { nameOf } from './cursor.js'
import type { Parsing } from './parsing.js'
import type { Written } from './placeholders.js'
import { plainCall } from './plain-call.js'
import { readType } from './type-syntax.js'
import { isReserved, BARE_CALLS, CLAUSE_WORDS } from './words.js'
import { writeCall } from './write-call.js'
import { writeLiteral } from './write-literal.js'

/** An operand with all that is hung on its end: `a.b.c`, `f(x)[1].y::INT AT TIME ZONE 'UTC'`. */
export function writePrimary(p: Parsing): Written {
  const { cursor } = p
  const { start } = cursor
  let left = writeOperand(p)
  for (let links = 0; ; links++) {
    left = link(p, left, links)
    if (cursor.take('::')) left = writeCast(p, left, start)
    else if (cursor.at('[')) left = writeSubscript(p, left, start)
    else if (cursor.take('.')) left = writeField(p, left, start)
    else if (cursor.take('AT', 'TIME', 'ZONE')) left = writeZone(p, left, start)
    else if (cursor.at('COLLATE')) cursor.refuse('COLLATE is not supported: strings compare by their UTF-8 bytes')
    else return left
  }
}

function writeCast(p: Parsing, left: Written, start: number): Written {
  const type = readType(p.cursor)
  const span = p.cursor.spanFrom(start)
  return p.placeholders.form([left], ([operand]) => ({ kind: 'cast', operand: operand!, type, tolerant: false, span }))
}

function writeSubscript(p: Parsing, left: Written, start: number): Written {
  const { cursor } = p
  cursor.expect('[')
  const index = cursor.nested(() => p.write())
  if (cursor.at(':')) cursor.refuse('array slices are not supported: use array_slice(array, from, to)')
  cursor.expect(']')
  const span = cursor.spanFrom(start)
  return p.placeholders.form([left, index], ([operand, node]) => ({ kind: 'subscript', operand: operand!, index: node!, span }))
}

function writeField(p: Parsing, left: Written, start: number): Written {
  if (p.cursor.at('*')) p.cursor.refuse('the fields of a row are named one by one: (row).field')
  const name = p.cursor.anyName('the name of a field')
  const span = p.cursor.spanFrom(start)
  return p.placeholders.form([left], ([operand]) => ({ kind: 'field', operand: operand!, name, span }))
}

/** `x AT TIME ZONE z` is timezone(z, x), as in Postgres. */
function writeZone(p: Parsing, left: Written, start: number): Written {
  const zone = writeOperand(p)
  const span = p.cursor.spanFrom(start)
  return p.placeholders.form([zone, left], (args) => plainCall({ text: 'timezone', quoted: false, span }, args, span))
}

function writeOperand(p: Parsing): Written {
  const { cursor } = p
  const { token } = cursor
  const literal = writeLiteral(p)
  if (literal !== null) return literal
  if (token.key === '(') return writeParentheses(p)
  if (token.kind === 'quoted') return writeName(p)
  if (token.kind !== 'word') return cursor.fail('an expression')
  switch (token.key) {
    case 'CASE': return cursor.nested(() => writeCase(p))
    case 'EXISTS': if (cursor.peek(1).key === '(') return writeExists(p); break
    case 'CAST': case 'TRY_CAST': if (cursor.peek(1).key === '(') return writeCastCall(p); break
    case 'ARRAY': case 'MAP': if (cursor.peek(1).key === '[') return writeItems(p, token.key === 'ARRAY' ? 'array' : 'map', ']'); break
    case 'ROW': if (cursor.peek(1).key === '(') return writeItems(p, 'row', ')'); break
    case 'NOT': return cursor.fail('an expression (put NOT … in parentheses)')
  }
  const call = cursor.peek(1).key === '('
  if (isReserved(token.key) && !(call && (token.key === 'LEFT' || token.key === 'RIGHT'))) return cursor.fail('an expression', CLAUSE_WORDS)
  if (BARE_CALLS.has(token.key) && !call && cursor.peek(1).key !== '.') {
    const name = nameOf(cursor.next())
    return p.placeholders.atom(plainCall(name, [], name.span))
  }
  return writeName(p)
}

/** `( … )` is an expression, a row or a query. */
function writeParentheses(p: Parsing): Written {
  const { cursor, placeholders } = p
  const { start } = cursor
  if (cursor.atQuery(1)) {
    const query = cursor.parenthesised(() => p.query())
    return placeholders.atom({ kind: 'scalar query', query, span: cursor.spanFrom(start) })
  }
  const items = cursor.parenthesised(() => cursor.list(() => p.write()))
  const span = cursor.spanFrom(start)
  if (items.length === 1) return placeholders.parenthesised(items[0]!, span)
  return placeholders.form(items, (nodes) => ({ kind: 'row', items: nodes, span }))
}

function writeExists(p: Parsing): Written {
  const { cursor } = p
  const { start } = cursor
  cursor.expect('EXISTS')
  if (!cursor.atQuery(1)) {
    cursor.next()
    cursor.fail('a query', ['SELECT'])
  }
  const query = cursor.parenthesised(() => p.query())
  return p.placeholders.atom({ kind: 'exists', query, span: cursor.spanFrom(start) })
}

function writeCastCall(p: Parsing): Written {
  const { cursor } = p
  const { start } = cursor
  const tolerant = cursor.next().key === 'TRY_CAST'
  const { operand, type } = cursor.parenthesised(() => {
    const operand = p.write()
    cursor.expect('AS')
    return { operand, type: readType(cursor) }
  })
  const span = cursor.spanFrom(start)
  return p.placeholders.form([operand], ([node]) => ({ kind: 'cast', operand: node!, type, tolerant, span }))
}

/** `ARRAY[…]`, `MAP[k, v, …]`, `ROW(…)`. */
function writeItems(p: Parsing, kind: 'array' | 'map' | 'row', close: string): Written {
  const { cursor } = p
  const { start } = cursor
  cursor.next()
  cursor.next()
  const items = cursor.at(close) ? [] : cursor.nested(() => cursor.list(() => p.write()))
  cursor.expect(close)
  const span = cursor.spanFrom(start)
  if (kind === 'map' && items.length % 2 === 1) cursor.refuse('a map takes a value for each key: MAP[key, value, …]', span, 'SQL_SYNTAX')
  return p.placeholders.form(items, (nodes) => ({ kind, items: nodes, span }))
}

function writeCase(p: Parsing): Written {
  const { cursor } = p
  const { start } = cursor
  cursor.expect('CASE')
  const operand = cursor.at('WHEN') ? [] : [p.write()]
  const parts: Written[] = []
  do {
    cursor.expect('WHEN')
    parts.push(p.write())
    cursor.expect('THEN')
    parts.push(p.write())
  } while (cursor.at('WHEN'))
  const otherwise = cursor.take('ELSE') ? [p.write()] : []
  if (!cursor.take('END')) cursor.fail(otherwise.length === 0 ? 'WHEN, ELSE or END' : 'END', ['WHEN', 'ELSE', 'END'])
  const span = cursor.spanFrom(start)
  return p.placeholders.form([...operand, ...parts, ...otherwise], (nodes) => {
    const first = operand.length
    const branches = Array.from({ length: parts.length / 2 }, (_, i) => branch(nodes[first + 2 * i]!, nodes[first + 2 * i + 1]!))
    const last = otherwise.length === 1 ? nodes.at(-1)! : null
    return { kind: 'case', operand: first === 1 ? nodes[0]! : null, branches, otherwise: last, span }
  })
}

function branch(when: SqlExpression, then: SqlExpression): { when: SqlExpression; then: SqlExpression } {
  // oxlint-disable-next-line unicorn/no-thenable -- the syntax tree calls it so; nothing awaits a branch
  return { when, then }
}

/** `a`, `a.b.c`, or the call that starts with a name. */
function writeName(p: Parsing): Written {
  const { cursor } = p
  const { start } = cursor
  const path: Name[] = [nameOf(cursor.next())]
  while (cursor.at('.') && cursor.peek(1).key !== '*') {
    cursor.next()
    path.push(cursor.anyName('a name after the dot'))
  }
  if (cursor.at('(')) {
    if (path.length > 1) cursor.refuse(`functions have names of one part: ${path.at(-1)!.text}(…)`, cursor.spanFrom(start))
    return writeCall(p, path[0]!)
  }
  const column: SqlExpression = { kind: 'column', path, span: cursor.spanFrom(start) }
  return p.placeholders.atom(column)
}
