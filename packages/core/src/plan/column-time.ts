import type { LogicalJoin, LogicalNode } from './logical.js'
import { sameExpression } from './same-expression.js'
import { timeOffsetOf } from './time-offset.js'

/** What a column says of event time: that it is the rowtime, or a bound of a window. */
export interface ColumnTime {
  readonly kind: 'rowtime' | 'window_start' | 'window_end'
  /** How much later than its time says a row may come and not be late: a row comes before the watermark is `time + lagMicros`. */
  readonly lagMicros: number
}

const ROWTIME: ColumnTime = { kind: 'rowtime', lagMicros: 0 }

/** The last instant of a window is so far before its end. */
const INSTANT_MICROS = 1_000

/** The time that a column of a node carries, or null: follows it down to the table or the window that it comes from. */
export function columnTime(node: LogicalNode, column: number): ColumnTime | null {
  switch (node.kind) {
    case 'read': return isRowtimeOf(node, column) ? ROWTIME : null
    case 'window': {
      const width = node.input.schema.length
      if (column < width) return columnTime(node.input, column)
      if (node.timeKind === null) return null
      return WINDOW_COLUMNS[column - width] ?? null
    }
    case 'project': {
      const e = node.expressions[column]!
      const offset = timeOffsetOf(e)
      const below = offset === null ? null : columnTime(node.input, offset.column)
      if (below !== null && offset!.micros === 0) return below
      if (below?.kind === 'window_end' && offset!.micros === -INSTANT_MICROS) return { kind: 'rowtime', lagMicros: below.lagMicros + INSTANT_MICROS }
      return computedRowtime(node.input, (declared) => sameExpression(e, declared)) ? ROWTIME : null
    }
    case 'filter': case 'sort': case 'limit': return columnTime(node.input, column)
    case 'aggregate': {
      const key = node.keys[column]
      const below = key?.kind === 'column' ? columnTime(node.input, key.index) : null
      if (node.window === null || below === null || below.kind === 'rowtime') return null
      return { kind: below.kind, lagMicros: node.window.allowedLatenessMicros }
    }
    case 'join': return joinedTime(node, column)
    case 'union': {
      const times = node.inputs.map((input) => columnTime(input, column))
      const first = times[0]!
      if (first === null || !times.every((time) => time?.kind === first.kind)) return null
      return { kind: first.kind, lagMicros: Math.max(...times.map((time) => time!.lagMicros)) }
    }
    default: return null
  }
}

const WINDOW_COLUMNS: readonly ColumnTime[] = [
  { kind: 'window_start', lagMicros: 0 }, { kind: 'window_end', lagMicros: 0 }, { kind: 'rowtime', lagMicros: INSTANT_MICROS },
]

function joinedTime(node: LogicalJoin, column: number): ColumnTime | null {
  if (node.ordered !== true) return null
  const place = node.output === undefined ? column : node.output[column]!
  const width = node.left.schema.length
  if (place < width) return columnTime(node.left, place)
  // Versions of a table are as old as they are.
  return node.asOf === undefined ? columnTime(node.right, place - width) : null
}

function isRowtimeOf(read: Extract<LogicalNode, { kind: 'read' }>, column: number): boolean {
  const { watermark, columns } = read.table
  if (watermark === null || read.clock) return false
  const declared = columns[watermark.column]!.expression
  return declared.kind === 'column' && read.columns[column] === declared.index
}

/** Whether a projection over a table computes its rowtime. */
function computedRowtime(node: LogicalNode, isSame: (declared: LogicalJoin['condition'] & object) => boolean): boolean {
  if (node.kind === 'filter') return computedRowtime(node.input, isSame)
  if (node.kind !== 'read' || node.table.watermark === null || node.clock) return false
  const isWhole = node.columns.every((c, i) => c === i)
  return isWhole && isSame(node.table.columns[node.table.watermark.column]!.expression)
}

/** The join, if a column comes through one whose rows come in no order of time; else null. */
export function disorderingJoin(node: LogicalNode, column: number): LogicalJoin | null {
  switch (node.kind) {
    case 'join': {
      const width = node.left.schema.length
      if (node.ordered !== true || (column >= width && node.asOf !== undefined)) return node
      return column < width ? disorderingJoin(node.left, column) : disorderingJoin(node.right, column - width)
    }
    case 'window': return column < node.input.schema.length ? disorderingJoin(node.input, column) : disorderingJoin(node.input, node.time)
    case 'project': {
      const offset = timeOffsetOf(node.expressions[column]!)
      return offset === null ? null : disorderingJoin(node.input, offset.column)
    }
    case 'filter': case 'sort': case 'limit': return disorderingJoin(node.input, column)
    case 'union': return node.inputs.map((input) => disorderingJoin(input, column)).find((join) => join !== null) ?? null
    default: return null
  }
}
