import type { TableColumn } from '../connector.js'
import { columnOf, mapChildren, type Expression } from '../expressions/expression.js'
import type { DataType, Field } from '../types/data-type.js'
import type { LogicalRead } from './logical.js'

/** A column of a read: one of the table, or a field within it. */
export interface ReadColumn {
  /** Index into the table's physical columns. */
  readonly column: number
  /** Indexes of the fields that lead down from there; empty for the whole column. */
  readonly path: readonly number[]
}

/** What a read reads, by column. */
export function readColumnsOf({ columns, paths }: LogicalRead): readonly ReadColumn[] {
  return columns.map((column, i) => ({ column, path: paths?.[i] ?? [] }))
}

/** The column as a reader is asked for it. */
export function scanColumn({ column, path }: ReadColumn, table: LogicalRead['table']): TableColumn {
  const whole = table.definition.columns[column]!
  if (path.length === 0) return whole
  const names = [whole.name]
  let type: DataType = whole.type
  for (const index of path) {
    const field = type.kind === 'ROW' ? type.fields[index]! : null
    names.push(field!.name)
    type = field!.type
  }
  return { name: names.join('.'), type, nullable: true, metadata: null, path: names }
}

/** Fields, in the order in which they were first met, that expressions over a row's columns can be written over instead. */
export class FieldColumns {
  readonly found: ReadColumn[] = []
  readonly #places = new Map<string, number>()
  readonly #columnOf: (index: number) => ReadColumn
  readonly #first: number

  /** @param columnOfIndex what a column of the expressions is. @param first index of the first field that is found */
  constructor(columnOfIndex: (index: number) => ReadColumn, first: number) {
    this.#columnOf = columnOfIndex
    this.#first = first
  }

  /** `a.b.c` over the column `a` as one column of its own. */
  rewrite(e: Expression): Expression {
    const field = this.#fieldOf(e)
    if (field === null || field.path.length === 0) return mapChildren(e, (child) => this.rewrite(child))
    const key = JSON.stringify(field)
    let place = this.#places.get(key)
    if (place === undefined) {
      place = this.found.push(field) - 1
      this.#places.set(key, place)
    }
    return columnOf(this.#first + place, { name: nameOf(e), type: e.type, nullable: true })
  }

  #fieldOf(e: Expression): ReadColumn | null {
    if (e.kind === 'column') return e.type.kind === 'ROW' ? this.#columnOf(e.index) : null
    if (e.kind !== 'call' || e.name !== 'field') return null
    const [operand, index] = e.args
    const inner = this.#fieldOf(operand!)
    return inner === null || index!.kind !== 'literal' ? null : { ...inner, path: [...inner.path, Number(index!.value)] }
  }
}

function nameOf(e: Expression): string {
  if (e.kind === 'column') return e.name
  if (e.kind !== 'call') return ''
  const [operand, index] = e.args
  const { type } = operand!
  return type.kind === 'ROW' && index!.kind === 'literal' ? `${nameOf(operand!)}.${type.fields[Number(index!.value)]!.name}` : ''
}

export function fieldOfColumn(column: TableColumn): Field {
  return { name: column.name, type: column.type, nullable: column.nullable }
}
