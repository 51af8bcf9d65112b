import { MillraceError, type Span } from '../errors.js'
import { columnOf, literalOf, type Expression } from '../expressions/expression.js'
import { BIGINT, BOOLEAN, INT, type Field } from '../types/data-type.js'
import { aggregateOf, projectOf, type LogicalAggregate, type LogicalCall, type LogicalExpand, type LogicalNode } from './logical.js'
import { sameExpression } from './same-expression.js'

export function nameOfKey(key: Expression, index: number): string {
  return key.kind === 'column' ? key.name : `key${index}`
}

/** The groups of a SELECT. Columns of `node`: the keys, the calls, and behind them the number of the set where there are several. */
export interface Groups {
  readonly node: LogicalNode
  /** Over the input. */
  readonly keys: readonly Expression[]
  /** As they are over the groups: NULL where a set leaves them out. */
  readonly keyFields: readonly Field[]
  /** Indexes into `keys`. */
  readonly sets: readonly (readonly number[])[]
  readonly setColumn: number | null
}

/** `GROUPING(a, b)`, its arguments over the input. */
export interface GroupingCall {
  readonly args: readonly Expression[]
  readonly span: Span
}

/**
 * Groups by several sets of keys in one pass: each row is taken once for each set, with NULL for the keys that are not in it and the
 * number of the set as one more key. The empty set has a row even over no rows at all, so it is an aggregate of its own.
 *
 * @param sets a key that is in none of them is in all: the end of a window that GROUP BY does not name
 */
export function groupsOf(
  input: LogicalNode, keys: readonly Expression[], sets: readonly (readonly number[])[], calls: readonly LogicalCall[],
  window: LogicalAggregate['window'], span: Span,
): Groups {
  const names = keys.map(nameOfKey)
  if (sets.length === 1) {
    const node = aggregateOf(input, keys, names, calls, window, span)
    return { node, keys, keyFields: node.schema, sets, setColumn: null }
  }
  const isCommon = keys.map((_, k) => sets.every((set) => set.includes(k)) || !sets.some((set) => set.includes(k)))
  const hasCommon = isCommon.includes(true)
  const isEmpty = (set: readonly number[]): boolean => set.length === 0 && !hasCommon
  const keyed = sets.filter((set) => !isEmpty(set))
  const empty = sets.filter(isEmpty)
  const keyFields = keys.map((key, k): Field => ({ name: names[k]!, type: key.type, nullable: key.nullable || !isCommon[k] }))
  const inputs = [
    ...(keyed.length === 0 ? [] : [keyedSets(input, keys, keyFields, isCommon, keyed, calls, window, span)]),
    ...empty.map((_, i) => emptySet(input, keyFields, calls, keyed.length + i, span)),
  ]
  const schema = inputs[0]!.schema.map((field, i): Field => ({ ...field, nullable: inputs.some((node) => node.schema[i]!.nullable) }))
  const node: LogicalNode = inputs.length === 1 ? inputs[0]! : { kind: 'union', inputs, schema }
  return { node, keys, keyFields, sets: [...keyed, ...empty], setColumn: keys.length + calls.length }
}

function keyedSets(
  input: LogicalNode, keys: readonly Expression[], fields: readonly Field[], isCommon: readonly boolean[], sets: readonly (readonly number[])[],
  calls: readonly LogicalCall[], window: LogicalAggregate['window'], span: Span,
): LogicalNode {
  const masked = [...keys.keys()].filter((k) => !isCommon[k])
  const computed = masked.filter((k) => keys[k]!.kind !== 'column')
  const prepared = computed.length === 0 ? input : projectOf(
    input,
    [...input.schema.map((f, i) => columnOf(i, f)), ...computed.map((k) => keys[k]!)],
    [...input.schema.map((f) => f.name), ...computed.map((k) => fields[k]!.name)],
  )
  const width = prepared.schema.length
  const expanded: LogicalExpand = {
    kind: 'expand', input: prepared,
    keys: masked.map((k) => {
      const key = keys[k]!
      return key.kind === 'column' ? key.index : input.schema.length + computed.indexOf(k)
    }),
    sets: sets.map((set) => masked.flatMap((k, m) => (set.includes(k) ? [m] : []))),
    schema: [...prepared.schema, ...masked.map((k) => fields[k]!), { name: 'set', type: INT, nullable: false }],
  }
  const over = keys.map((key, k) => (isCommon[k] ? key : columnOf(width + masked.indexOf(k), fields[k]!)))
  const set = columnOf(width + masked.length, expanded.schema.at(-1)!)
  const grouped = aggregateOf(expanded, [...over, set], [...fields.map((f) => f.name), 'set'], calls, window, span)
  const order = [...keys.keys(), ...calls.map((_, i) => keys.length + 1 + i), keys.length]
  return projectOf(grouped, order.map((i) => columnOf(i, grouped.schema[i]!)), order.map((i) => grouped.schema[i]!.name))
}

/** All rows as one group, beside NULLs for the keys. Without calls it is one row whatever the input has. */
function emptySet(input: LogicalNode, fields: readonly Field[], calls: readonly LogicalCall[], number: number, span: Span): LogicalNode {
  const one: LogicalNode = calls.length === 0 ? { kind: 'values', rows: [[]], schema: [] } : aggregateOf(input, [], [], calls, null, span)
  const nothing = fields.map((f) => literalOf(null, f.type))
  return projectOf(
    one,
    [...nothing, ...one.schema.map((f, i) => columnOf(i, f)), literalOf(number, INT)],
    [...fields.map((f) => f.name), ...one.schema.map((f) => f.name), 'set'],
  )
}

/**
 * What GROUPING gives over the groups: for each argument a bit, 1 where the group's set leaves it out, the last argument lowest.
 *
 * @throws MillraceError SQL_GROUPING for an argument that is no key
 */
export function groupingOf({ args, span }: GroupingCall, { keys, sets, setColumn }: Groups): Expression {
  const places = args.map((arg) => keys.findIndex((key) => sameExpression(key, arg)))
  if (places.includes(-1)) throw new MillraceError('SQL_GROUPING', 'GROUPING takes keys of GROUP BY', { span })
  const bits = sets.map((set) => places.reduce((value, key) => value * 2n + (set.includes(key) ? 0n : 1n), 0n))
  const last = literalOf(bits.at(-1)!, BIGINT)
  if (setColumn === null || bits.every((value) => value === bits[0])) return last
  const set = columnOf(setColumn, { name: 'set', type: INT, nullable: false })
  const branches = bits.slice(0, -1).map((value, number) => ({
    when: { kind: 'call', name: '=', args: [set, literalOf(number, INT)], type: BOOLEAN, nullable: false } as const,
    // oxlint-disable-next-line unicorn/no-thenable -- a branch of CASE calls it so; nothing awaits one
    then: literalOf(value, BIGINT),
  }))
  return { kind: 'case', branches, otherwise: last, type: BIGINT, nullable: false }
}
