import type { ScanCondition } from '../../connector.js'
import { columnOf, literalOf, type Expression } from '../../expressions/expression.js'
import { BOOLEAN } from '../../types/data-type.js'
import { filterOf, projectOf, readsOf, rewriteNodes, type LogicalNode, type LogicalRead } from '../logical.js'
import { allOf, anyOf, isNull } from '../predicate.js'
import { fieldOfColumn, readColumnsOf, scanColumn, type ReadColumn } from '../read-columns.js'
import { mergeProjects } from './merge-projects.js'
import { pushFilters } from './push-filters.js'

/** What is known of the tables of a job. */
export interface SharingFacts {
  /** The source makes its rows: those that nobody wants cost nothing, so that reading differently is cheaper than sorting apart. */
  isGenerated(read: LogicalRead): boolean
}

/**
 * A table that a job reads several times is read once: all columns that anybody uses, the rows that anybody can want.
 * Conditions that differ move above the read.
 *
 * Rows that cannot be decoded must be missing where they would be missing otherwise. Under `on-error` = `fail` there is no such
 * row. Under the other policies only reads that are the same in all are read once.
 */
export function shareReads(nodes: readonly LogicalNode[], facts: SharingFacts): readonly LogicalNode[] {
  const groups: LogicalRead[][] = []
  for (const read of nodes.flatMap(readsOf)) {
    const group = groups.find(([first]) => belongTogether(first!, read, facts))
    if (group === undefined) groups.push([read])
    else group.push(read)
  }
  const replacements = new Map<LogicalRead, LogicalNode>()
  for (const group of groups.filter((g) => g.length > 1)) {
    const shared = sharedRead(group)
    for (const read of group) replacements.set(read, wantedOf(shared, read))
  }
  if (replacements.size === 0) return nodes
  return nodes.map((node) => mergeProjects(pushFilters(rewriteNodes(node, (n) => (n.kind === 'read' ? replacements.get(n) ?? n : n)))))
}

function belongTogether(a: LogicalRead, b: LogicalRead, facts: SharingFacts): boolean {
  if (a.table !== b.table || a.clock !== b.clock || a.changes !== b.changes) return false
  const sameConditions = JSON.stringify(conditionsOf(a).map(textOf).sort()) === JSON.stringify(conditionsOf(b).map(textOf).sort())
  if (facts.isGenerated(a)) return sameConditions
  const sameColumns = JSON.stringify(readColumnsOf(a)) === JSON.stringify(readColumnsOf(b))
  return a.table.policy.onError === 'fail' || (sameConditions && sameColumns)
}

/** A condition with its column as the table knows it. */
interface TableCondition {
  readonly column: ReadColumn
  readonly condition: ScanCondition
}

function conditionsOf(read: LogicalRead): readonly TableCondition[] {
  const columns = readColumnsOf(read)
  return read.conditions.map((condition) => ({ column: columns[condition.column]!, condition }))
}

function textOf({ column, condition: { op, values } }: TableCondition): string {
  return JSON.stringify([column, op, values], (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
}

function sharedRead(group: readonly LogicalRead[]): LogicalRead {
  const columns: ReadColumn[] = []
  for (const read of group) for (const column of readColumnsOf(read)) if (placeOf(column, columns) === -1) columns.push(column)
  const common = conditionsOf(group[0]!).filter((c) => group.every((read) => conditionsOf(read).some((other) => textOf(other) === textOf(c))))
  const conditions = [...common, ...valuesOfAll(group, common)].map(({ column, condition }) => ({ ...condition, column: placeOf(column, columns) }))
  const [first] = group
  return {
    ...first!, columns: columns.map((c) => c.column), paths: columns.map((c) => c.path), conditions, shared: true,
    schema: columns.map((c) => fieldOfColumn(scanColumn(c, first!.table))),
  }
}

/** `kind = 1` here and `kind = 2` there: `kind IN (1, 2)` for both. */
function valuesOfAll(group: readonly LogicalRead[], common: readonly TableCondition[]): readonly TableCondition[] {
  const isCommon = (c: TableCondition): boolean => common.some((other) => textOf(other) === textOf(c))
  const names = ({ condition: { op } }: TableCondition): boolean => op === '=' || op === 'in'
  return conditionsOf(group[0]!).filter((c) => names(c) && !isCommon(c)).flatMap(({ column }) => {
    const same = group.map((read) => conditionsOf(read).find((c) => names(c) && placeOf(c.column, [column]) === 0))
    if (same.some((c) => c === undefined)) return []
    const values = [...new Set(same.flatMap((c) => c!.condition.values))]
    return [{ column, condition: { column: -1, op: 'in', values } }]
  })
}

/** What one of the group reads, from what all of it read. */
function wantedOf(shared: LogicalRead, read: LogicalRead): LogicalNode {
  const columns = readColumnsOf(shared)
  const isApplied = new Set(conditionsOf(shared).map(textOf))
  const own = conditionsOf(read).filter((c) => !isApplied.has(textOf(c)))
  const condition = own.map(({ column, condition: c }) => expressionOf(c, columnAt(shared, placeOf(column, columns))))
  const filtered = condition.length === 0 ? shared : filterOf(shared, allOf(condition))
  const wanted = readColumnsOf(read).map((column) => columnAt(shared, placeOf(column, columns)))
  return projectOf(filtered, wanted, read.schema.map((f) => f.name))
}

function columnAt(read: LogicalRead, place: number): Expression {
  return columnOf(place, read.schema[place]!)
}

function placeOf(column: ReadColumn, columns: readonly ReadColumn[]): number {
  return columns.findIndex((c) => c.column === column.column && c.path.join() === column.path.join())
}

/** The condition as an expression, for an operator to apply. */
function expressionOf({ op, values }: ScanCondition, column: Expression): Expression {
  const compared = (name: string, value: ScanCondition['values'][number]): Expression => (
    { kind: 'call', name, args: [column, literalOf(value, column.type)], type: BOOLEAN, nullable: column.nullable })
  if (op === 'is null' || op === 'is not null') return isNull(column, op)
  return op === 'in' ? anyOf(values.map((value) => compared('=', value))) : compared(op, values[0]!)
}
