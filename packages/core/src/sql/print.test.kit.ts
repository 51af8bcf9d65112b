import { unreachable } from '../errors.js'
import type { FrameBound, Name, OrderItem, OverSyntax, Query, QueryBody, Select, SelectItem, SqlExpression, TableExpression, TypeSyntax, WindowSyntax } from './ast.js'
import { parseScript } from './parse-script.js'

/** For tests: syntax trees as text that leaves no precedence to guess. Parsing the text gives the same tree again. */

export function printExpression(node: SqlExpression): string {
  switch (node.kind) {
    case 'column': return node.path.map(printName).join('.')
    case 'literal': return printLiteral(node)
    case 'binary': return `(${printExpression(node.left)} ${node.op.toUpperCase()} ${printExpression(node.right)})`
    case 'unary': return printUnary(node.op, printExpression(node.operand))
    case 'between': return `(${printExpression(node.operand)} ${not(node.negated)}BETWEEN ${node.symmetric ? 'SYMMETRIC ' : ''}${printExpression(node.low)} AND ${printExpression(node.high)})`
    case 'in list': return `(${printExpression(node.operand)} ${not(node.negated)}IN (${printAll(node.list)}))`
    case 'in query': return `(${printExpression(node.operand)} ${not(node.negated)}IN (${printQuery(node.query)}))`
    case 'exists': return `EXISTS (${printQuery(node.query)})`
    case 'scalar query': return `(${printQuery(node.query)})`
    case 'like': return printLike(node)
    case 'call': return printCall(node)
    case 'cast': return `${node.tolerant ? 'TRY_CAST' : 'CAST'}(${printExpression(node.operand)} AS ${printType(node.type)})`
    case 'case': {
      const branches = node.branches.map(({ when, then }) => ` WHEN ${printExpression(when)} THEN ${printExpression(then)}`).join('')
      return `CASE${node.operand === null ? '' : ` ${printExpression(node.operand)}`}${branches}${node.otherwise === null ? '' : ` ELSE ${printExpression(node.otherwise)}`} END`
    }
    case 'subscript': return `(${printExpression(node.operand)})[${printExpression(node.index)}]`
    case 'field': return `(${printExpression(node.operand)}).${printName(node.name)}`
    case 'array': return `ARRAY[${printAll(node.items)}]`
    case 'map': return `MAP[${printAll(node.items)}]`
    case 'row': return `ROW(${printAll(node.items)})`
    default: return unreachable(node)
  }
}

function not(negated: boolean): string {
  return negated ? 'NOT ' : ''
}

function printAll(nodes: readonly SqlExpression[]): string {
  return nodes.map(printExpression).join(', ')
}

function printUnary(op: string, operand: string): string {
  return op.startsWith('is') ? `(${operand} ${op.toUpperCase()})` : op === 'not' ? `(NOT ${operand})` : `(${op} ${operand})`
}

function printLike({ op, operand, pattern, escape, negated }: Extract<SqlExpression, { kind: 'like' }>): string {
  const sign = op.startsWith('~') ? `${negated ? '!' : ''}${op}` : `${not(negated)}${op.toUpperCase()}`
  return `(${printExpression(operand)} ${sign} ${printExpression(pattern)}${escape === null ? '' : ` ESCAPE ${printExpression(escape)}`})`
}

function printLiteral(node: Extract<SqlExpression, { kind: 'literal' }>): string {
  switch (node.type) {
    case 'null': return 'NULL'
    case 'boolean': return node.value ? 'TRUE' : 'FALSE'
    case 'integer': case 'decimal': case 'float': return node.text
    case 'string': return quote(node.text)
    case 'bytes': return `X${quote(node.text)}`
    case 'date': case 'time': case 'timestamp': return `${node.type.toUpperCase()} ${quote(node.text)}`
    case 'interval': return `INTERVAL ${quote(node.text)} ${node.unit}`
    default: return unreachable(node)
  }
}

function quote(text: string): string {
  return `'${text.replaceAll('\'', '\'\'')}'`
}

export function printName({ text, quoted }: Name): string {
  return quoted ? `"${text.replaceAll('"', '""')}"` : text
}

/** Calls whose arguments are keywords when written without quotes. */
function printCall(node: Extract<SqlExpression, { kind: 'call' }>): string {
  const args = node.star ? '*' : `${node.distinct ? 'DISTINCT ' : ''}${printAll(node.args)}${printOrderBy(node.orderBy)}`
  const bare = node.args.length === 0 && !node.star && /^(current_|local)/i.test(node.name.text) && !node.name.quoted
  return `${printName(node.name)}${bare ? '' : `(${args})`}${node.ignoreNulls ? ' IGNORE NULLS' : ''}${node.filter === null ? '' : ` FILTER (WHERE ${printExpression(node.filter)})`}${node.over === null ? '' : ` OVER ${printOver(node.over)}`}`
}

function printOrderBy(items: readonly OrderItem[]): string {
  const item = ({ expression, descending, nullsFirst }: OrderItem): string =>
    `${printExpression(expression)} ${descending ? 'DESC' : 'ASC'}${nullsFirst === null ? '' : nullsFirst ? ' NULLS FIRST' : ' NULLS LAST'}`
  return items.length === 0 ? '' : ` ORDER BY ${items.map(item).join(', ')}`
}

function printOver({ base, partitionBy, orderBy, frame }: OverSyntax): string {
  const bound = (b: FrameBound): string => (b.kind === 'current row' ? 'CURRENT ROW' : `${b.offset === null ? 'UNBOUNDED' : printExpression(b.offset)} ${b.kind.toUpperCase()}`)
  const parts = [
    base === null ? '' : printName(base),
    partitionBy.length === 0 ? '' : `PARTITION BY ${printAll(partitionBy)}`,
    printOrderBy(orderBy).trim(),
    frame === null ? '' : `${frame.unit.toUpperCase()} BETWEEN ${bound(frame.start)} AND ${bound(frame.end)}`,
  ]
  return `(${parts.filter((part) => part !== '').join(' ')})`
}

export function printType({ name, numbers, args }: TypeSyntax): string {
  if (args.length > 0) return `${name}<${args.map((arg) => `${arg.name === null ? '' : `${printName(arg.name)} `}${printType(arg.type)}`).join(', ')}>`
  return numbers.length > 0 ? `${name}(${numbers.join(', ')})` : name
}

export function printQuery(query: Query): string {
  const list = query.with.map(({ name, columns, query: inner }) => `${printName(name)}${printColumns(columns)} AS (${printQuery(inner)})`)
  return [
    list.length === 0 ? '' : `WITH ${list.join(', ')} `,
    printBody(query.body),
    printOrderBy(query.orderBy),
    query.limit === null ? '' : ` LIMIT ${printExpression(query.limit)}`,
    query.offset === null ? '' : ` OFFSET ${printExpression(query.offset)}`,
    query.emit === null ? '' : ` EMIT ${query.emit.toUpperCase()}`,
  ].join('')
}

function printColumns(columns: readonly Name[]): string {
  return columns.length === 0 ? '' : ` (${columns.map(printName).join(', ')})`
}

function printBody(body: QueryBody): string {
  switch (body.kind) {
    case 'select': return printSelect(body)
    case 'set operation': return `(${printBody(body.left)}) ${body.op.toUpperCase()}${body.all ? ' ALL' : ''} (${printBody(body.right)})`
    case 'values': return `VALUES ${body.rows.map((row) => `(${printAll(row)})`).join(', ')}`
    case 'query': return `(${printQuery(body)})`
    default: return unreachable(body)
  }
}

function printSelect(select: Select): string {
  const { groupBy } = select
  const set = (indexes: readonly number[]): string => `(${indexes.map((i) => printExpression(groupBy!.expressions[i]!)).join(', ')})`
  return [
    `SELECT ${select.distinct ? 'DISTINCT ' : ''}${select.items.map(printItem).join(', ')}`,
    select.from === null ? '' : ` FROM ${printTable(select.from)}`,
    select.window === null ? '' : ` ${printShortWindow(select.window)}`,
    select.where === null ? '' : ` WHERE ${printExpression(select.where)}`,
    groupBy === null ? '' : ` GROUP BY ${groupBy.sets.length === 1 ? set(groupBy.sets[0]!) : `GROUPING SETS (${groupBy.sets.map(set).join(', ')})`}`,
    select.having === null ? '' : ` HAVING ${printExpression(select.having)}`,
    select.qualify === null ? '' : ` QUALIFY ${printExpression(select.qualify)}`,
    select.namedWindows.length === 0 ? '' : ` WINDOW ${select.namedWindows.map(({ name, over }) => `${printName(name)} AS ${printOver(over)}`).join(', ')}`,
  ].join('')
}

function printItem(item: SelectItem): string {
  if (item.kind === 'star') return item.qualifier === null ? '*' : `${printName(item.qualifier)}.*`
  return `${printExpression(item.expression)}${item.alias === null ? '' : ` AS ${printName(item.alias)}`}`
}

function interval(micros: number): string {
  return `INTERVAL '${(micros / 1e6).toFixed(6)}' SECOND`
}

function printShortWindow({ kind, time, sizeMicros, slideMicros, graceMicros }: WindowSyntax): string {
  const name = { tumble: 'TUMBLING', hop: 'HOPPING', session: 'SESSION', cumulate: 'CUMULATE' }[kind]
  const parts = [time === null ? '' : printName(time), interval(sizeMicros), slideMicros === null ? '' : `ADVANCE BY ${interval(slideMicros)}`, graceMicros === null ? '' : `GRACE PERIOD ${interval(graceMicros)}`]
  return `WINDOW ${name} (${parts.filter((part) => part !== '').join(', ')})`
}

export function printTable(table: TableExpression): string {
  const alias = (name: Name | null, columns: readonly Name[] = []): string => (name === null ? '' : ` AS ${printName(name)}${printColumns(columns)}`)
  switch (table.kind) {
    case 'table': return `${printName(table.name)}${table.asOf === null ? '' : ` FOR SYSTEM_TIME AS OF ${printExpression(table.asOf)}`}${alias(table.alias)}`
    case 'derived': return `${table.lateral ? 'LATERAL ' : ''}(${printQuery(table.query)})${alias(table.alias, table.columns)}`
    case 'function': {
      const unnest = table.call.kind === 'call' && table.call.name.text.toUpperCase() === 'UNNEST'
      const call = printExpression(table.call)
      return `${unnest || table.ordinality ? `${table.lateral && !unnest ? 'LATERAL ' : ''}${call}` : `${table.lateral ? 'LATERAL ' : ''}TABLE(${call})`}${table.ordinality ? ' WITH ORDINALITY' : ''}${alias(table.alias, table.columns)}`
    }
    case 'window': return `TABLE(${printWindow(table)})${alias(table.alias)}`
    case 'join': {
      const right = table.right.kind === 'join' ? `(${printTable(table.right)})` : printTable(table.right)
      const condition = table.on !== null ? ` ON ${printExpression(table.on)}` : table.using.length > 0 ? ` USING${printColumns(table.using)}` : ''
      return `${printTable(table.left)} ${table.natural ? 'NATURAL ' : ''}${table.type.toUpperCase()} JOIN ${right}${condition}`
    }
    default: return unreachable(table)
  }
}

function printWindow({ input, window }: Extract<TableExpression, { kind: 'window' }>): string {
  const { kind, time, sizeMicros, slideMicros, offsetMicros, partitionBy } = window
  const data = input.kind === 'derived' ? `(${printQuery(input.query)})` : printTable(input)
  const sizes = slideMicros === null ? [sizeMicros] : [slideMicros, sizeMicros]
  const partition = partitionBy.length === 0 ? '' : ` PARTITION BY (${printAll(partitionBy)})`
  const offset = offsetMicros === 0 ? [] : [offsetMicros < 0 ? `-${interval(-offsetMicros)}` : interval(offsetMicros)]
  return `${kind.toUpperCase()}(${[`TABLE ${data}${partition}`, `DESCRIPTOR(${printName(time!)})`, ...sizes.map(interval), ...offset].join(', ')})`
}

/** The tree of a text that is one query. */
export function query(text: string): Query {
  const [statement] = parseScript(text).statements
  if (statement?.kind !== 'select') throw new Error(`no query: ${text}`)
  return statement.query
}

/** The tree of a text that is one expression. */
export function expression(text: string): SqlExpression {
  const { body } = query(`SELECT ${text}`)
  const item = body.kind === 'select' ? body.items[0] : undefined
  if (item?.kind !== 'expression') throw new Error(`no expression: ${text}`)
  return item.expression
}

/** The expression of a text, every operator in parentheses. */
export function shape(text: string): string {
  return printExpression(expression(text))
}

/** A tree without its spans. */
export function withoutSpans<T>(tree: T): T {
  return JSON.parse(JSON.stringify(tree, (key, value: unknown) => (key === 'span' ? undefined : value))) as T
}
