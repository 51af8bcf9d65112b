import type { ScanCondition } from '../../connector.js'
import type { Expression } from '../../expressions/expression.js'
import { sameType, type DataType } from '../../types/data-type.js'
import { filterOf, rewriteNodes, type LogicalNode, type LogicalRead } from '../logical.js'
import { allOf, conjunctsOf } from '../predicate.js'
import { lookup } from '../../lookup.js'

/** Gives conditions of the form `column op literal` to readers that apply them exactly; the others stay. */
export function pushConditions(node: LogicalNode, filters: (read: LogicalRead) => boolean): LogicalNode {
  return rewriteNodes(node, (n) => {
    if (n.kind !== 'filter' || n.input.kind !== 'read' || !filters(n.input)) return n
    const read = n.input
    const parts = conjunctsOf(n.condition).map((e) => ({ e, condition: conditionOf(e, read) }))
    const conditions = parts.flatMap((p) => (p.condition === null ? [] : [p.condition]))
    const left = parts.filter((p) => p.condition === null).map((p) => p.e)
    if (conditions.length === 0) return n
    const filtered = { ...read, conditions: [...read.conditions, ...conditions] }
    return left.length === 0 ? filtered : filterOf(filtered, allOf(left))
  })
}

const FLIPPED: Readonly<Record<string, ScanCondition['op']>> = lookup({ '=': '=', '<>': '<>', '<': '>', '<=': '>=', '>': '<', '>=': '<=' })

/** The condition as a reader can take it, or null. */
function conditionOf(e: Expression, read: LogicalRead): ScanCondition | null {
  if (e.kind === 'column') return isOrdered(e.type) ? { column: e.index, op: '=', values: [true] } : null
  if (e.kind !== 'call') return null
  const [left, right] = e.args
  switch (e.name) {
    case '=': case '<>': case '<': case '<=': case '>': case '>=':
      return comparison(e.name, left!, right!, read) ?? comparison(FLIPPED[e.name]!, right!, left!, read)
    case 'is null': case 'is not null': return left!.kind === 'column' ? { column: left!.index, op: e.name, values: [] } : null
    case 'not': return left!.kind === 'column' ? { column: left!.index, op: '=', values: [false] } : null
    case 'or': return anyOfValues(e.args, read)
    default: return null
  }
}

function comparison(op: ScanCondition['op'], column: Expression, literal: Expression, read: LogicalRead): ScanCondition | null {
  if (column.kind !== 'column' || literal.kind !== 'literal' || literal.value === null || literal.value instanceof Uint8Array) return null
  const type = read.schema[column.index]!.type
  const fits = isOrdered(type) && (sameType(type, literal.type) || (type.kind === literal.type.kind && type.kind !== 'DECIMAL'))
  return fits ? { column: column.index, op, values: [literal.value] } : null
}

function isOrdered(type: DataType): boolean {
  return type.kind !== 'BYTES' && type.kind !== 'ARRAY' && type.kind !== 'MAP' && type.kind !== 'ROW' && type.kind !== 'FLOAT'
}

/** `a = 1 OR a = 2 …`, which is what IN has become. */
function anyOfValues(args: readonly Expression[], read: LogicalRead): ScanCondition | null {
  const parts = args.map((arg) => conditionOf(arg, read))
  const column = parts[0]?.column
  if (column === undefined || !parts.every((p) => p !== null && p.column === column && (p.op === '=' || p.op === 'in'))) return null
  return { column, op: 'in', values: parts.flatMap((p) => p!.values) }
}
