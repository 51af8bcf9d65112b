import { columnOf, type Expression } from '../expressions/expression.js'
import { DOUBLE, type Field, type Schema } from '../types/data-type.js'
import type { TableEntry } from './catalog.js'
import type { Descriptions } from './descriptions.js'
import type { LogicalNode, LogicalRead, LogicalWindow } from './logical.js'
import type { ErrorPolicy } from './physical.js'
import { FAIL, LOCAL, single, type PhysicalBuilder, type Stream, type Wanted } from './physical-builder.js'
import { passedColumn } from './substitute.js'

/** What the physical planner works with. */
export interface PlanContext {
  readonly builder: PhysicalBuilder
  readonly workerCount: number
  readonly batchRows: number
  readonly descriptions: Descriptions
  /** Id of the sink node that takes the failed rows of a table that is read. */
  deadLetterSink(table: TableEntry): number
  /** Id of the sink node that takes the late rows of a window. */
  lateSink(table: TableEntry, window: LogicalWindow): number
  /** Tables read by the whole job: a LIMIT may stop the job only if nobody else reads. */
  readonly readCount: number
  /** What all that share a read want of its rows, `wanted` among it. */
  sharedWants(read: LogicalRead, wanted: Wanted): Wanted
  /** Plans what stands beneath a node. */
  plan(node: LogicalNode, wanted: Wanted): Stream
}

/** The hidden column with a row's own split's watermark, as scans and unions give it. */
export const WATERMARK_FIELD: Field = { name: '#watermark', type: DOUBLE, nullable: false }

/** A calc over a stream that passes the stream's hidden columns on, behind its own. */
export function addCalc(
  input: Stream, filter: Expression | null, project: readonly Expression[], schema: Schema, context: PlanContext,
): Stream {
  const fields = context.builder.fieldsOf(input)
  const hidden = [input.ordinal, input.watermark].filter((c) => c !== null)
  const expressions = [...project, ...hidden.map((c) => columnOf(c, fields[c]!))]
  const at = (column: number | null): number | null => (column === null ? null : project.length + hidden.indexOf(column))
  const node = context.builder.add({
    kind: 'calc', inputs: [input.node], filter, project: expressions, schema: [...schema, ...hidden.map((c) => fields[c]!)],
    runsOn: context.builder.get(input.node).runsOn, distribution: LOCAL, onError: input.onError,
  })
  return {
    ...input,
    node,
    width: project.length,
    ordinal: at(input.ordinal),
    watermark: at(input.watermark),
    sharedOutBy: movedKeys(input, project),
  }
}

function movedKeys(input: Stream, project: readonly Expression[]): Stream['sharedOutBy'] {
  if (input.sharedOutBy === null) return null
  const columns = input.sharedOutBy.columns.map((column) => project.findIndex((e) => passedColumn(e) === column))
  return columns.includes(-1) ? null : { ...input.sharedOutBy, columns }
}

/** The stream without its hidden columns. */
export function withoutHidden(input: Stream, context: PlanContext): Stream {
  const fields = context.builder.fieldsOf(input)
  if (fields.length === input.width) return { ...input, ordinal: null, watermark: null }
  const visible = fields.slice(0, input.width)
  return addCalc({ ...input, ordinal: null, watermark: null }, null, visible.map((f, i) => columnOf(i, f)), visible, context)
}

/** All rows on the first worker. */
export function gathered(input: Stream, reason: string, context: PlanContext): Stream {
  if (context.workerCount === 1 || context.builder.get(input.node).runsOn === 'first') return input
  const node = context.builder.add({
    kind: 'exchange', inputs: [input.node], to: { kind: 'single' }, schema: context.builder.fieldsOf(input),
    runsOn: 'first', distribution: single(reason),
  })
  return { ...input, node, sharedOutBy: null }
}

/** Equal values of the columns on one worker. */
export function sharedOut(input: Stream, columns: readonly number[], reason: string, context: PlanContext): Stream {
  const node = context.builder.add({
    kind: 'exchange', inputs: [input.node], to: { kind: 'hash', columns }, schema: context.builder.fieldsOf(input), runsOn: 'all',
    distribution: { kind: 'exchange', reason },
  })
  const names = columns.map((c) => context.builder.fieldsOf(input)[c]!.name).join(', ')
  return { ...input, node, sharedOutBy: { columns, hashed: true, reason: `rows are already shared out by ${names}` } }
}

/** Rows of several tables that fail together follow a policy only if all have the same one. */
export function commonPolicy(policies: readonly ErrorPolicy[]): ErrorPolicy {
  const [first, ...others] = policies
  return first !== undefined && others.every((p) => p.action === first.action && p.sink === first.sink) ? first : FAIL
}
