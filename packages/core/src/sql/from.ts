import type { Name, TableExpression } from './ast.js'
import { limitChain } from './chain.js'
import { plainCall } from './plain-call.js'
import type { Parsing } from './parsing.js'
import { parseSelect } from './node-sql-parser.js'
import type { JoinMark } from './placeholders.js'
import { within, LEVEL } from './placeholders.js'
import { isBareAlias } from './words.js'
import { atWindowTable, readWindowTable } from './window-table.js'

/** What follows FROM, as canonical text: `m1 LEFT JOIN m2 ON m3 INNER JOIN m4 ON TRUE`. */
export function writeFrom(p: Parsing): string {
  const parts = [writeTable(p, null)]
  for (;;) {
    limitChain(p, parts.length)
    writeJoins(p, parts)
    if (!p.cursor.take(',')) return parts.join(' ')
    const mark: JoinMark = { type: 'cross', comma: true, natural: false, using: [], conditional: false, end: 0 }
    parts.push(`INNER JOIN ${writeTable(p, mark)} ON TRUE`)
  }
}

/** A table with joins in parentheses, or after no FROM of its own. */
export function readJoinedTables(p: Parsing): TableExpression {
  const { start } = p.cursor
  const parts = [writeTable(p, null)]
  writeJoins(p, parts)
  const { from } = parseSelect(`SELECT ${p.placeholders.star()} FROM ${parts.join(' ')}`, p.placeholders, p.cursor.spanFrom(start))
  return from!
}

function writeTable(p: Parsing, join: JoinMark | null): string {
  return p.placeholders.add({ kind: 'table', table: readTable(p), join })
}

function writeJoins(p: Parsing, parts: string[]): void {
  for (let join = writeJoin(p); join !== null; join = writeJoin(p)) {
    parts.push(join)
    limitChain(p, parts.length)
  }
}

const TYPES = [
  [['JOIN'], 'inner'], [['INNER', 'JOIN'], 'inner'], [['CROSS', 'JOIN'], 'cross'],
  [['LEFT', 'SEMI', 'JOIN'], 'semi'], [['SEMI', 'JOIN'], 'semi'], [['LEFT', 'ANTI', 'JOIN'], 'anti'], [['ANTI', 'JOIN'], 'anti'],
  [['LEFT', 'OUTER', 'JOIN'], 'left'], [['LEFT', 'JOIN'], 'left'], [['RIGHT', 'OUTER', 'JOIN'], 'right'], [['RIGHT', 'JOIN'], 'right'],
  [['FULL', 'OUTER', 'JOIN'], 'full'], [['FULL', 'JOIN'], 'full'],
] as const

/** One join and its table, or `null`. node-sql-parser takes words it does not know for aliases, so it only sees four kinds of join. */
function writeJoin(p: Parsing): string | null {
  const { cursor } = p
  const natural = cursor.take('NATURAL')
  if (cursor.at('ASOF')) cursor.refuse('ASOF JOIN is not supported: use FOR SYSTEM_TIME AS OF')
  const type = TYPES.find(([words]) => cursor.take(...words))?.[1]
  if (type === undefined) return natural ? cursor.fail('JOIN, LEFT JOIN, RIGHT JOIN or FULL JOIN after NATURAL', ['JOIN']) : null
  const conditioned = !natural && type !== 'cross'
  const table = readTable(p)
  let on = 'TRUE'
  let using: Name[] = []
  if (conditioned && cursor.take('ON')) on = within(p.write(), LEVEL.atom)
  else if (conditioned && cursor.take('USING')) using = cursor.parenthesised(() => cursor.list(() => cursor.name('the name of a column')))
  else if (conditioned) cursor.fail('ON or USING', ['ON', 'USING'])
  const mark: JoinMark = { type, comma: false, natural, using, conditional: conditioned && using.length === 0, end: cursor.end }
  const word = type === 'left' || type === 'right' || type === 'full' ? type.toUpperCase() : 'INNER'
  return `${word} JOIN ${p.placeholders.add({ kind: 'table', table, join: mark })} ON ${on}`
}

/** One table: by name, a query, a function, a window over one of them, or joins in parentheses. */
function readTable(p: Parsing): TableExpression {
  const { cursor } = p
  if (cursor.at('(')) return readParentheses(p)
  if (atWindowTable(p)) return withAlias(p, readWindowTable(p))
  if (cursor.at('TABLE', '(')) return readTableFunction(p, false)
  if (cursor.at('UNNEST', '(')) return readFunction(p, true)
  if (cursor.at('LATERAL') && (cursor.peek(1).key === '(' || cursor.peek(2).key === '(')) return readLateral(p)
  return cursor.peek(1).key === '(' ? readFunction(p, false) : readNamed(p)
}

function readParentheses(p: Parsing): TableExpression {
  const { cursor } = p
  const { start } = cursor
  if (cursor.atQuery(1)) return readDerived(p, false)
  const joined = cursor.parenthesised(() => p.joinedTables())
  if (cursor.at('AS') || atAlias(p)) cursor.refuse('joins in parentheses take no alias: name the tables inside', cursor.spanFrom(start))
  return { ...joined, span: cursor.spanFrom(start) }
}

function readDerived(p: Parsing, lateral: boolean): TableExpression {
  const { cursor } = p
  const { start } = cursor
  const query = cursor.parenthesised(() => p.query())
  const { alias, columns } = readAlias(p)
  return { kind: 'derived', query, alias, columns, lateral, span: cursor.spanFrom(start) }
}

/** `LATERAL (query)`, `LATERAL TABLE(f(x))`, `LATERAL f(x)`. */
function readLateral(p: Parsing): TableExpression {
  const { cursor } = p
  const { start } = cursor
  cursor.expect('LATERAL')
  const table = cursor.at('(') ? readDerived(p, true) : cursor.at('TABLE', '(') ? readTableFunction(p, true) : readFunction(p, true)
  return { ...table, span: cursor.spanFrom(start) }
}

/** `TABLE(TUMBLE(…))` or `TABLE(f(x))`. */
function readTableFunction(p: Parsing, lateral: boolean): TableExpression {
  const { cursor } = p
  const { start } = cursor
  cursor.expect('TABLE')
  cursor.expect('(')
  if (atWindowTable(p)) {
    const window = cursor.nested(() => readWindowTable(p))
    cursor.expect(')')
    return withAlias(p, { ...window, span: cursor.spanFrom(start) })
  }
  const call = cursor.nested(() => readTableCall(p))
  cursor.expect(')')
  const { alias, columns } = readAlias(p)
  return { kind: 'function', call, alias, columns, ordinality: false, lateral, span: cursor.spanFrom(start) }
}

function readFunction(p: Parsing, lateral: boolean): TableExpression {
  const { cursor } = p
  const { start } = cursor
  const call = readTableCall(p)
  const ordinality = cursor.take('WITH', 'ORDINALITY')
  const { alias, columns } = readAlias(p)
  return { kind: 'function', call, alias, columns, ordinality, lateral, span: cursor.spanFrom(start) }
}

function readTableCall(p: Parsing): ReturnType<typeof plainCall> {
  const { cursor } = p
  const name = cursor.name('the name of a table function')
  cursor.expect('(')
  const args = cursor.at(')') ? [] : cursor.nested(() => cursor.list(() => p.expression()))
  cursor.expect(')')
  return plainCall(name, args, cursor.spanFrom(name.span.start))
}

/** `t`, `t AS x`, `t FOR SYSTEM_TIME AS OF time AS x`. */
function readNamed(p: Parsing): TableExpression {
  const { cursor } = p
  const { start } = cursor
  const name = cursor.name('the name of a table')
  if (cursor.at('.')) cursor.refuse('tables have names of one part here: leave the catalogue and the database out', cursor.spanFrom(start))
  let alias: Name | null = null
  if (!cursor.at('FOR')) alias = readPlainAlias(p)
  const asOf = cursor.take('FOR', 'SYSTEM_TIME', 'AS', 'OF') ? p.expression() : null
  if (asOf !== null) alias ??= readPlainAlias(p)
  for (const [word, advice] of UNSUPPORTED) {
    if (cursor.at(word, '(') || (word === 'TABLESAMPLE' && cursor.at(word))) cursor.refuse(`${word} is not supported: ${advice}`)
  }
  return { kind: 'table', name, alias, asOf, span: cursor.spanFrom(start) }
}

const UNSUPPORTED = [
  ['MATCH_RECOGNIZE', 'use LAG and LEAD in an OVER window'],
  ['TABLESAMPLE', 'filter with rand() in WHERE'],
  ['PIVOT', 'use aggregates with FILTER (WHERE …)'],
  ['UNPIVOT', 'use UNION ALL'],
] as const

function readPlainAlias(p: Parsing): Name | null {
  const { alias, columns } = readAlias(p)
  if (columns.length > 0) p.cursor.refuse('a list of column names needs a query: (SELECT … FROM t) AS x (a, b)', columns[0]!.span)
  return alias
}

function withAlias(p: Parsing, table: Extract<TableExpression, { kind: 'window' }>): TableExpression {
  const alias = readPlainAlias(p)
  return alias === null ? table : { ...table, alias, span: p.cursor.spanFrom(table.span.start) }
}

function atAlias(p: Parsing): boolean {
  const { kind, key } = p.cursor.token
  return kind === 'quoted' || (kind === 'word' && isBareAlias(key))
}

/** `[AS] x [(a, b)]` */
function readAlias(p: Parsing): { alias: Name | null; columns: Name[] } {
  const { cursor } = p
  const alias = cursor.take('AS') ? cursor.anyName('an alias') : atAlias(p) ? cursor.name('an alias') : null
  const columns = alias !== null && cursor.at('(') ? cursor.parenthesised(() => cursor.list(() => cursor.name('the name of a column'))) : []
  return { alias, columns }
}
