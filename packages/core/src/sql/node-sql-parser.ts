import { createRequire } from 'node:module'
import { assert, MillraceError } from '../errors.js'
import type { Span } from '../errors.js'
import type { GroupBy, Name, Select, SelectItem, SqlExpression, TableExpression } from './ast.js'
import type { Placeholders, Written } from './placeholders.js'
import { listed } from './placeholders.js'
import { lookup } from '../lookup.js'

/**
 * The façade of node-sql-parser: the only file that knows it. It takes canonical text and gives back our own tree.
 *
 * node-sql-parser reads SELECT bodies and operators well once what it reads wrongly is out of its sight. So the grammar
 * of ours in front of it reads statements, clauses and streaming forms from our own tokens and *writes* each SELECT
 * body anew as canonical text, in which
 *
 * - every name, literal and sub-query is a placeholder `m12` (digits, quotes, escapes, keywords and spans survive);
 * - every form that it misreads, or whose end it does not report, is a call of a placeholder, `m13(m12, m11 + m10)`:
 *   NOT, IS, LIKE, IN, CASE, CAST, subscripts, parentheses, aggregates with all their clauses;
 * - AND, OR, comparisons, `||` and `->` are parenthesised wherever Postgres' precedence is not node-sql-parser's;
 * - join words it does not know are one it knows, and the placeholder of the table says which was meant.
 *
 * What is left for it: `+ - * / %` in flat runs, AND and OR in flat runs, comparisons, BETWEEN, calls, the select
 * list, FROM with its joins, WHERE, GROUP BY, HAVING.
 *
 *     SELECT DISTINCT m1(m0) AS m2, m3 + m4 * m5 FROM m6 LEFT JOIN m7 ON m8 = m9 WHERE (m10 > m11 AND m12) OR m13
 *
 * It runs in linear time on such text. As the text is ours it cannot be wrong; should it be refused, that is a defect
 * of ours (INTERNAL), never the user's.
 */

/** The parts of its tree that canonical text can give. */
type Node = ColumnNode | FunctionNode | BinaryNode | ListNode

interface ColumnNode {
  readonly type: 'column_ref'
  readonly column: { readonly expr: { readonly value: string } }
}

interface FunctionNode {
  readonly type: 'function'
  readonly name: { readonly name: readonly [{ readonly value: string }] }
  readonly args: { readonly value: readonly Node[] }
}

interface BinaryNode {
  readonly type: 'binary_expr'
  readonly operator: string
  readonly left: Node
  readonly right: Node
  readonly parentheses?: boolean
}

interface ListNode {
  readonly type: 'expr_list'
  readonly value: readonly Node[]
}

interface SelectNode {
  readonly columns: readonly { readonly expr: Node; readonly as: string | null }[]
  readonly distinct: { readonly type?: string | null } | null
  readonly from: readonly { readonly table: string; readonly join?: string; readonly on?: Node }[] | null
  readonly where: Node | null
  readonly groupby: { readonly columns: readonly Node[] } | null
  readonly having: Node | null
}

interface Library {
  readonly Parser: new () => { astify(text: string, options: { database: string }): unknown }
}

const library = createRequire(import.meta.url)('node-sql-parser/build/postgresql.js') as Library
const parser = new library.Parser()

function read(text: string, span: Span): SelectNode {
  let tree: unknown
  try {
    tree = parser.astify(text, { database: 'postgresql' })
  } catch (cause) {
    if (cause instanceof RangeError) throw new MillraceError('SQL_TOO_COMPLEX', 'the text is nested too deeply here', { span }, { cause })
    throw new MillraceError('INTERNAL', 'a canonical text was refused', { span, canonical: text }, { cause })
  }
  return (Array.isArray(tree) ? tree[0] : tree) as SelectNode
}

/** Reads canonical expressions; those that are one atom already cost nothing. */
export function parseExpressions(written: readonly Written[], placeholders: Placeholders, span: Span): SqlExpression[] {
  const known = written.map((piece) => placeholders.atomOf(piece))
  const open = written.filter((_, i) => known[i] === null)
  if (open.length === 0) return known as SqlExpression[]
  const { columns } = read(`SELECT ${listed(open)}`, span)
  assert(columns.length === open.length, 'as many expressions come back as were handed over')
  let next = 0
  return known.map((node) => node ?? toExpression(columns[next++]!.expr, placeholders))
}

/** The parts of a SELECT body that canonical text carries. */
export type SelectBody = Pick<Select, 'distinct' | 'items' | 'from' | 'where' | 'having'> & { readonly groupBy: GroupBy['expressions'] }

export function parseSelect(text: string, placeholders: Placeholders, span: Span): SelectBody {
  const node = read(text, span)
  const optional = (part: Node | null): SqlExpression | null => (part === null ? null : toExpression(part, placeholders))
  return {
    distinct: node.distinct?.type === 'DISTINCT',
    items: node.columns.map((column) => toItem(column, placeholders)),
    from: node.from === null ? null : toTables(node.from, placeholders),
    where: optional(node.where),
    groupBy: (node.groupby?.columns ?? []).map((part) => toExpression(part, placeholders)),
    having: optional(node.having),
  }
}

function toItem(column: SelectNode['columns'][number], placeholders: Placeholders): SelectItem {
  if (column.expr.type === 'column_ref') {
    const entry = placeholders.get(column.expr.column.expr.value)
    if (entry.kind === 'star') return entry.item
  }
  const expression = toExpression(column.expr, placeholders)
  const alias = column.as === null ? null : toAlias(column.as, placeholders)
  const span = alias === null ? expression.span : { start: expression.span.start, end: alias.span.end }
  return { kind: 'expression', expression, alias, span }
}

function toAlias(name: string, placeholders: Placeholders): Name {
  const entry = placeholders.get(name)
  assert(entry.kind === 'alias', 'what follows AS is an alias')
  return entry.name
}

const JOINS: Readonly<Record<string, 'inner' | 'left' | 'right' | 'full'>> = lookup({
  'INNER JOIN': 'inner', 'LEFT JOIN': 'left', 'RIGHT JOIN': 'right', 'FULL JOIN': 'full',
})

/** The joins as a tree: left to right, but a comma waits until the joins after it are done. */
function toTables(list: NonNullable<SelectNode['from']>, placeholders: Placeholders): TableExpression {
  const commas: TableExpression[] = []
  let tree: TableExpression | null = null
  for (const { table: name, join, on } of list) {
    const entry = placeholders.get(name)
    assert(entry.kind === 'table', 'what stands in FROM is a table')
    const { table, join: mark } = entry
    if (tree === null || mark === null || mark.comma) {
      if (tree !== null) commas.push(tree)
      tree = table
      continue
    }
    const read = JOINS[join ?? '']
    assert(read !== undefined, 'a canonical join is inner, left, right or full')
    const type: TableExpression & { kind: 'join' } = {
      kind: 'join',
      type: mark.type === 'cross' || mark.type === 'semi' || mark.type === 'anti' ? mark.type : read,
      left: tree,
      right: table,
      on: mark.conditional && on !== undefined ? toExpression(on, placeholders) : null,
      using: mark.using,
      natural: mark.natural,
      span: { start: tree.span.start, end: mark.end },
    }
    tree = type
  }
  assert(tree !== null, 'FROM has a table')
  return [...commas, tree].reduce((left, right) => ({
    kind: 'join', type: 'cross', left, right, on: null, using: [], natural: false, span: { start: left.span.start, end: right.span.end },
  }))
}

function toExpression(node: Node, placeholders: Placeholders): SqlExpression {
  switch (node.type) {
    case 'column_ref': {
      const entry = placeholders.get(node.column.expr.value)
      assert(entry.kind === 'expression', 'a name in an expression stands for an expression')
      return entry.node
    }
    case 'function': {
      const entry = placeholders.get(node.name.name[0].value)
      assert(entry.kind === 'form', 'a call in an expression stands for a form')
      return entry.build(node.args.value.map((arg) => toExpression(arg, placeholders)))
    }
    case 'binary_expr':
      return toOperation(node, placeholders)
    default:
      throw new MillraceError('INTERNAL', `a canonical text came back with a ${node.type}`)
  }
}

function toOperation(node: BinaryNode, placeholders: Placeholders): SqlExpression {
  if (node.operator === 'BETWEEN' || node.operator === 'NOT BETWEEN') {
    assert(node.right.type === 'expr_list' && node.right.value.length === 2, 'BETWEEN has two bounds')
    const operand = toExpression(node.left, placeholders)
    const low = toExpression(node.right.value[0]!, placeholders)
    const high = toExpression(node.right.value[1]!, placeholders)
    const span = { start: operand.span.start, end: high.span.end }
    return { kind: 'between', operand, low, high, negated: node.operator === 'NOT BETWEEN', symmetric: false, span }
  }
  if (node.operator === 'AND' || node.operator === 'OR') return chain(node, placeholders)
  return binary(node.operator, toExpression(node.left, placeholders), toExpression(node.right, placeholders))
}

/** AND and OR come back leaning to the right; here they lean to the left, like every other operator. */
function chain(node: BinaryNode, placeholders: Placeholders): SqlExpression {
  let result: SqlExpression | null = null
  const op = node.operator.toLowerCase()
  const pending: Node[] = [node]
  while (pending.length > 0) {
    const part = pending.pop()!
    if (part.type === 'binary_expr' && part.operator === node.operator && (part === node || part.parentheses !== true)) {
      pending.push(part.right, part.left)
      continue
    }
    const term = toExpression(part, placeholders)
    result = result === null ? term : binary(op, result, term)
  }
  assert(result !== null, 'a chain has terms')
  return result
}

function binary(op: string, left: SqlExpression, right: SqlExpression): SqlExpression {
  return { kind: 'binary', op, left, right, span: { start: left.span.start, end: right.span.end } }
}
