import { INT, type Field } from '../types/data-type.js'
import type { LogicalExpand, LogicalUnnest } from './logical.js'
import { LOCAL, type Stream, type Wanted } from './physical-builder.js'
import type { PlanContext } from './stream.js'

/** Rows are made where the input's rows are. Hidden columns that are wanted come along; rows made of one row share its ordinal. */
export function planUnnest(node: LogicalUnnest, wanted: Wanted, context: PlanContext): Stream {
  const input = context.plan(node.input, { ordinal: wanted.ordinal, watermark: wanted.watermark })
  const { fields, before, behind } = columnsAround(input, context)
  const id = context.builder.add({
    kind: 'unnest', inputs: [input.node], function: node.function, ...(node.user === undefined ? {} : { user: node.user }), args: node.args, outer: node.outer, ordinality: node.ordinality,
    before, behind, schema: [...before.map((c) => fields[c]!), ...node.schema.slice(input.width), ...behind.map((c) => fields[c]!)],
    runsOn: context.builder.get(input.node).runsOn, distribution: LOCAL, onError: input.onError,
  })
  return withHiddenBehind(input, id, node.schema.length, behind)
}

export function planExpand(node: LogicalExpand, wanted: Wanted, context: PlanContext): Stream {
  const input = context.plan(node.input, { ordinal: wanted.ordinal, watermark: wanted.watermark })
  const { fields, before, behind } = columnsAround(input, context)
  const absent = node.sets.map((set) => node.keys.flatMap((_, k) => (set.includes(k) ? [] : [input.width + k])))
  const id = context.builder.add({
    kind: 'expand', inputs: [input.node], columns: [...before, ...node.keys, -1, ...behind], nulls: absent,
    schema: [...before.map((c) => fields[c]!), ...node.schema.slice(input.width, -1), { name: '#set', type: INT, nullable: false }, ...behind.map((c) => fields[c]!)],
    runsOn: context.builder.get(input.node).runsOn, distribution: LOCAL,
  })
  return withHiddenBehind(input, id, node.schema.length, behind)
}

export function columnsAround(
  input: Stream, context: PlanContext,
): { readonly fields: readonly Field[]; readonly before: readonly number[]; readonly behind: readonly number[] } {
  const fields = context.builder.fieldsOf(input)
  const before = Array.from({ length: input.width }, (_, i) => i)
  const behind = [input.ordinal, input.watermark].filter((c) => c !== null)
  return { fields, before, behind }
}

/** New columns stand between those of the input and its hidden ones. */
export function withHiddenBehind(input: Stream, node: number, width: number, behind: readonly number[]): Stream {
  const at = (column: number | null): number | null => (column === null ? null : width + behind.indexOf(column))
  return { ...input, node, width, ordinal: at(input.ordinal), watermark: at(input.watermark) }
}
