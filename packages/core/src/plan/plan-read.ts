import type { TableColumn } from '../connector.js'
import { columnOf, type Expression } from '../expressions/expression.js'
import { DOUBLE, type Field } from '../types/data-type.js'
import type { LogicalRead } from './logical.js'
import { isLive } from './output-mode.js'
import type { ErrorPolicy, ScanNode } from './physical.js'
import { local, type Stream, type Wanted } from './physical-builder.js'
import { FieldColumns, readColumnsOf, scanColumn, type ReadColumn } from './read-columns.js'
import { addCalc, WATERMARK_FIELD, type PlanContext } from './stream.js'
import { columnsOf, moveColumns } from './substitute.js'

/** Reads a table on every worker, each its own splits, with the hidden columns that are wanted above. */
export function planRead(node: LogicalRead, wanted: Wanted, context: PlanContext): Stream {
  if (node.shared !== true) return planScan(node, wanted, context)
  const all = context.sharedWants(node, { ordinal: wanted.ordinal, watermark: wanted.watermark })
  return withWanted(planScan(node, all, context), wanted, context)
}

/** A shared read without the hidden columns that others want of it. */
function withWanted(scan: Stream, wanted: Wanted, context: PlanContext): Stream {
  const ordinal = wanted.ordinal ? scan.ordinal : null
  const watermark = wanted.watermark ? scan.watermark : null
  const fields = context.builder.fieldsOf(scan)
  if (fields.length === scan.width + (ordinal === null ? 0 : 1) + (watermark === null ? 0 : 1)) return { ...scan, ordinal, watermark }
  const visible = fields.slice(0, scan.width)
  return addCalc({ ...scan, ordinal, watermark }, null, visible.map((f, i) => columnOf(i, f)), visible, context)
}

function planScan(node: LogicalRead, wanted: Wanted, context: PlanContext): Stream {
  const { table } = node
  const description = context.descriptions.source(table)
  const live = isLive(node, context.descriptions)
  const watermark = wanted.watermark && live && !node.clock ? table.watermark : null
  const read = [...readColumnsOf(node)]
  const watermarkExpression = watermark === null ? null : watermarkOver(watermark.expression, read, description.fields === true)
  const columns = read.map((column): TableColumn => scanColumn(column, table))
  const hidden: ScanNode['hidden'] = [
    ...(wanted.ordinal ? ['ordinal' as const] : []), ...(watermark === null ? [] : ['watermark' as const]),
  ]
  const onError = policyOf(node, context)
  // Rows written to a dead-letter table are output, and that must not depend on how far anybody has read.
  const { firstRows } = onError.action === 'dead-letter' || live ? {} : wanted
  const id = context.builder.add({
    kind: 'scan', inputs: [],
    spec: { table: table.definition, columns, filter: node.conditions, batchRows: context.batchRows },
    hidden,
    watermark: watermarkExpression,
    bounded: !live,
    ...(node.clock ? { clock: true } : {}),
    idleTimeoutMs: table.policy.idleTimeoutMs,
    ...(watermark === null || table.policy.maxDriftMicros === null ? {} : { maxDriftMicros: table.policy.maxDriftMicros }),
    onError,
    ...(firstRows === undefined ? {} : { firstRows }),
    ...(description.replayable === false ? { replayable: false } : {}),
    ...(description.changes === true ? { changes: true } : {}),
    ...(description.subscribed === true ? { subscribed: true } : {}),
    ...(description.positionsIn === undefined ? {} : { positionsIn: description.positionsIn }),
    summary: description.summary,
    schema: [
      ...columns.map(({ name, type, nullable }): Field => ({ name, type, nullable })),
      ...hidden.map((kind) => (kind === 'ordinal' ? ORDINAL_FIELD : WATERMARK_FIELD)),
    ],
    runsOn: 'all',
    distribution: local(''),
  })
  const at = (kind: 'ordinal' | 'watermark'): number | null => (hidden.includes(kind) ? columns.length + hidden.indexOf(kind) : null)
  return {
    node: id, width: node.columns.length, ordinal: at('ordinal'), watermark: at('watermark'), sharedOutBy: splitKey(node, context), onError,
  }
}

const ORDINAL_FIELD: Field = { name: '#ordinal', type: DOUBLE, nullable: false }

/** A table's watermark over what is read of it, to which it adds what is missing. */
function watermarkOver(expression: Expression, read: ReadColumn[], givesFields: boolean): Expression {
  const physical = Math.max(0, ...columnsOf([expression])) + 1
  const fields = new FieldColumns((column) => ({ column, path: [] }), physical)
  const rewritten = givesFields ? fields.rewrite(expression) : expression
  const places: number[] = []
  for (const index of columnsOf([rewritten])) {
    const wanted = index < physical ? { column: index, path: [] } : fields.found[index - physical]!
    const known = read.findIndex(({ column, path }) => column === wanted.column && path.join() === wanted.path.join())
    places[index] = known === -1 ? read.push(wanted) - 1 : known
  }
  return moveColumns(rewritten, places)
}

function splitKey(node: LogicalRead, context: PlanContext): Stream['sharedOutBy'] {
  const { splitKey: names } = context.descriptions.source(node.table)
  if (names.length === 0) return null
  const columns = names.map((name) => node.schema.findIndex((f) => f.name === name))
  if (columns.includes(-1)) return null
  return { columns, reason: `${names.map((n) => `\`${n}\``).join(', ')} is the split key of ${node.table.definition.name}` }
}

function policyOf({ table }: LogicalRead, context: PlanContext): ErrorPolicy {
  const { onError } = table.policy
  return { action: onError, sink: onError === 'dead-letter' ? context.deadLetterSink(table) : null }
}
