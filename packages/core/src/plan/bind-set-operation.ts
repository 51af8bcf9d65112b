import type { Span } from '../errors.js'
import { columnOf, literalOf, type Expression } from '../expressions/expression.js'
import { BIGINT, BOOLEAN, INT, type Schema } from '../types/data-type.js'
import { aggregateOf, filterOf, projectOf, type LogicalCall, type LogicalNode, type LogicalUnnest } from './logical.js'
import { allOf } from './predicate.js'

/**
 * INTERSECT and EXCEPT as grouping: every different row is counted on both sides, and the two counts say how often it comes out. So
 * NULLs are equal, rows are shared out by their values, and an input whose rows change is followed.
 *
 * @param left,right rows of the same types
 * @param schema of the result
 */
export function setOperationOf(
  op: 'intersect' | 'except', all: boolean, left: LogicalNode, right: LogicalNode, schema: Schema, span: Span,
): LogicalNode {
  const width = schema.length
  const side = { name: 'side', type: INT, nullable: false }
  const inputs = [left, right].map((node, number) => projectOf(
    node, [...node.schema.map((f, i) => columnOf(i, f)), literalOf(number, INT)], [...schema.map((f) => f.name), side.name],
  ))
  const union: LogicalNode = { kind: 'union', inputs, schema: [...schema, side] }
  const counts = [0, 1].map((number) => countOf(call('=', [columnOf(width, side), literalOf(number, INT)])))
  const counted = aggregateOf(union, schema.map((f, i) => columnOf(i, f)), schema.map((f) => f.name), counts, null, span)
  const [lefts, rights] = [columnOf(width, counted.schema[width]!), columnOf(width + 1, counted.schema[width + 1]!)]
  const none = literalOf(0n, BIGINT)
  const rows = all
    ? repeated(counted, op === 'intersect' ? lesser(lefts, rights) : call('-', [lefts, rights], BIGINT), span)
    : filterOf(counted, allOf([call('>', [lefts, none]), call(op === 'intersect' ? '>' : '=', [rights, none])]))
  return projectOf(rows, schema.map((f, i) => columnOf(i, f)), schema.map((f) => f.name))
}

/** Every row as often as `times` says; not at all where that is less than one. */
function repeated(input: LogicalNode, times: Expression, span: Span): LogicalUnnest {
  return {
    kind: 'unnest', input, function: 'generate_series', args: [literalOf(1n, BIGINT), times], outer: false, ordinality: false,
    schema: [...input.schema, { name: 'copy', type: BIGINT, nullable: false }], span,
  }
}

function countOf(filter: Expression): LogicalCall {
  return {
    name: 'count', args: [], distinct: false, filter, argTypes: [], type: BIGINT, nullable: false, ordered: false, orderBy: [],
  }
}

function lesser(a: Expression, b: Expression): Expression {
  // oxlint-disable-next-line unicorn/no-thenable -- a branch of CASE calls it so; nothing awaits one
  return { kind: 'case', branches: [{ when: call('<', [a, b]), then: a }], otherwise: b, type: BIGINT, nullable: false }
}

function call(name: string, args: readonly Expression[], type = BOOLEAN): Expression {
  return { kind: 'call', name, args, type, nullable: false }
}
