import { MillraceError, type Span } from '../errors.js'
import { columnOf, type Expression } from '../expressions/expression.js'
import type { Query, QueryBody, SetOperation, SqlExpression, Values } from '../sql/ast.js'
import { isInteger, type DataType, type Field } from '../types/data-type.js'
import type { ExpressionContext } from './bind-context.js'
import { bindExpression } from './bind-expression.js'
import { unsupported } from './unsupported.js'
import type { BoundQuery, CommonTable, QueryContext } from './bind-from.js'
import { bindOrder, sortBy } from './bind-order.js'
import { setOperationOf } from './bind-set-operation.js'
import { bindSelect, windowClose } from './bind-select.js'
import { convert, unifiedType } from './convert.js'
import { foldConstants } from './fold.js'
import { distinctOf, projectOf, type LogicalNode } from './logical.js'
import { PROCTIME } from './proctime.js'
import type { TimeAttribute } from './scope.js'

/**
 * Binds a query: names, types, and the order in which its parts are meant.
 *
 * @throws MillraceError what {@link bindExpression} throws, SQL_TABLE_UNKNOWN, SQL_GROUPING, SQL_WINDOW, SQL_UNSUPPORTED
 */
export function bindQuery(query: Query, context: QueryContext): BoundQuery {
  if (query.emit !== null && context.depth > 0) throw unsupported('EMIT belongs at the end of the outermost query', query.span)
  const inner = { ...context, with: bindWith(query, context) }
  const limit = { limit: constantCount(query.limit, 'LIMIT', context), offset: constantCount(query.offset, 'OFFSET', context) ?? 0 }
  const orders = context.depth === 0 || limit.limit !== null || limit.offset > 0
  const orderBy = orders ? query.orderBy : []
  if (query.body.kind === 'select') return bindSelect(query.body, orderBy, limit, inner, bindQuery)
  const body = bindBody(query.body, inner)
  const columns = body.columns.map(
    (c, i) => ({ name: c.name, expression: columnOf(i, body.node.schema[i]!), attribute: c.attribute, span: query.span }),
  )
  const scope = body.columns.map(
    (c, i) => ({ ...body.node.schema[i]!, name: c.name, qualifier: null, hidden: false, attribute: c.attribute }),
  )
  const order = bindOrder(orderBy, columns, { session: context.session, scope, aliases: null, aggregates: 'ORDER BY' })
  const keys = order.map((o) => {
    if (o.expression.kind === 'column') return { ...o.key, column: o.expression.index }
    throw unsupported('behind UNION and VALUES, ORDER BY can only name output columns', o.span)
  })
  return { node: sortBy(body.node, keys, limit, query.span), columns: body.columns }
}

function bindWith(query: Query, context: QueryContext): readonly CommonTable[] {
  let known = context.with
  for (const { name, columns, query: inner } of query.with) {
    known = [...known, { name, columns, query: inner, context: { ...context, with: known } }]
  }
  return known
}

function bindBody(body: QueryBody, context: QueryContext): BoundQuery {
  switch (body.kind) {
    case 'query': return bindQuery(body, { ...context, depth: context.depth + 1 })
    case 'select': return bindSelect(body, [], { limit: null, offset: 0 }, context, bindQuery)
    case 'values': return bindValues(body, context)
    case 'set operation': return bindSetOperation(body, context)
  }
}

// ---------------------------------------------------------------------------------------------------- set operations

function bindSetOperation(body: SetOperation, context: QueryContext): BoundQuery {
  const name = body.op.toUpperCase()
  const parts = (body.op === 'union' ? unionParts(body) : [body.left, body.right]).map((part) => ({ ...bindBody(part, context), span: part.span }))
  const first = parts[0]!
  const odd = parts.find((part) => part.columns.length !== first.columns.length)
  if (odd !== undefined) {
    throw new MillraceError(
      'SQL_TYPE',
      `${name} needs as many columns on both sides; here are ${first.columns.length} and ${odd.columns.length}`,
      { span: odd.span },
    )
  }
  const types = first.columns.map((c, i) => unifiedType(
    parts.map((part) => outputExpression(part.node, i)), parts.map((part) => part.span), `${name}, column ${i + 1} (\`${c.name}\`)`,
  ))
  const inputs = parts.map((part) => typed(part, types, context.session.timeZone))
  const schema = first.columns.map(
    (c, i): Field => ({ name: c.name, type: types[i]!, nullable: inputs.some((n) => n.schema[i]!.nullable) }),
  )
  const columns = first.columns.map(
    (c, i) => ({ name: c.name, attribute: sharedAttribute(parts.map((part) => part.columns[i]!.attribute)) }),
  )
  if (body.op !== 'union') {
    const node = setOperationOf(body.op, body.all, inputs[0]!, inputs[1]!, schema, body.span)
    return { node, columns: columns.map((c) => ({ ...c, attribute: null })) }
  }
  const union: LogicalNode = { kind: 'union', inputs, schema }
  if (body.all) return { node: union, columns }
  return { node: distinctOf(union, windowClose(columns.map((c) => c.attribute)), body.span), columns }
}

/** `a UNION ALL b UNION ALL c` as one union of three. */
function unionParts(body: SetOperation): readonly QueryBody[] {
  const sameKind = (part: QueryBody): part is SetOperation => part.kind === 'set operation' && part.op === 'union' && part.all === body.all
  return [body.left, body.right].flatMap((part) => (sameKind(part) ? unionParts(part) : [part]))
}

/** What stands in an output column: the literal itself where it is one, so that a quoted text can become a date. */
function outputExpression(node: LogicalNode, index: number): Expression {
  const expression = node.kind === 'project' ? node.expressions[index]! : null
  return expression?.kind === 'literal' ? expression : columnOf(index, node.schema[index]!)
}

function typed(part: BoundQuery & { readonly span: Span }, types: readonly DataType[], timeZone: string): LogicalNode {
  const columns = types.map((type, i) => convert(outputExpression(part.node, i), type, 'implicit', part.span, timeZone))
  if (columns.every((c, i) => c.kind === 'column' && c.index === i)) return part.node
  return projectOf(part.node, columns, part.columns.map((c) => c.name))
}

/** Event time survives a union if every side has it. */
function sharedAttribute(attributes: readonly (TimeAttribute | null)[]): TimeAttribute | null {
  if (attributes.every((a) => a?.kind === 'proctime')) return PROCTIME
  if (!attributes.every((a) => a?.kind === 'rowtime')) return null
  return { kind: 'rowtime', allowedLatenessMicros: Math.max(...attributes.map((a) => a.allowedLatenessMicros)) }
}

// ------------------------------------------------------------------------------------------------------------ values

function bindValues(values: Values, context: QueryContext): BoundQuery {
  const { session } = context
  const constant: ExpressionContext = { session, scope: [], aliases: null, aggregates: 'VALUES' }
  const rows = values.rows.map((row) => row.map((e) => foldConstants(bindExpression(e, constant))))
  const width = rows[0]?.length ?? 0
  const odd = rows.findIndex((row) => row.length !== width)
  if (odd !== -1) {
    throw new MillraceError(
      'SQL_TYPE', `VALUES needs as many values in every row; here are ${width} and ${rows[odd]!.length}`, { span: values.span },
    )
  }
  const spans = (i: number): readonly Span[] => values.rows.map((row) => row[i]!.span)
  const types = Array.from({ length: width }, (_, i) => unifiedType(rows.map((row) => row[i]!), spans(i), `VALUES, column ${i + 1}`))
  const converted = rows.map((row, r) => row.map((e, i) => convert(e, types[i]!, 'implicit', values.rows[r]![i]!.span, session.timeZone)))
  const schema = types.map((type, i): Field => ({ name: `column${i + 1}`, type, nullable: converted.some((row) => row[i]!.nullable) }))
  const columns = schema.map((f) => ({ name: f.name, attribute: null }))
  if (converted.every((row) => row.every((e) => e.kind === 'literal'))) {
    return {
      node: { kind: 'values', rows: converted, schema }, columns,
    }
  }
  const inputs = converted.map((row) => projectOf({ kind: 'values', rows: [[]], schema: [] }, row, schema.map((f) => f.name)))
  return { node: inputs.length === 1 ? inputs[0]! : { kind: 'union', inputs, schema }, columns }
}

/** LIMIT and OFFSET: a number known while planning. */
function constantCount(e: SqlExpression | null, clause: string, context: QueryContext): number | null {
  if (e === null) return null
  const bound = foldConstants(bindExpression(e, { session: context.session, scope: [], aliases: null, aggregates: clause }))
  const count = bound.kind === 'literal' && isInteger(bound.type) ? Number(bound.value) : Number.NaN
  if (Number.isSafeInteger(count) && count >= 0) return count
  throw new MillraceError('SQL_LITERAL', `${clause} needs a whole number that is not negative`, { span: e.span })
}
