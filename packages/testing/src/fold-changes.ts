import type { Schema, Value } from '@millrace/core'
import { compareValues, ROW_KIND_SIGN, valueToJsonText } from '@millrace/core'
import type { Change } from './batch-text.js'

/**
 * What a changelog comes to: every row as often as it was added more than taken back, sorted by all columns so that two
 * results can be compared. With a primary key the last row of each key counts instead, as in an upsert table.
 *
 * @throws Error where more rows are taken back than were added
 */
export function foldChanges(changes: readonly Change[], schema: Schema, primaryKey: readonly string[] = []): Value[][] {
  const rows = primaryKey.length > 0 ? lastByKey(changes, schema, primaryKey) : bySign(changes, schema)
  return sortRows(rows, schema)
}

/** Rows in the order of all their columns, NULL lowest. */
export function sortRows(rows: readonly (readonly Value[])[], schema: Schema): Value[][] {
  const compare = schema.map(({ type }) => compareValues(type))
  return rows.map((row) => [...row]).sort((a, b) => {
    for (let c = 0; c < compare.length; c++) {
      const order = compare[c]!(a[c]!, b[c]!)
      if (order !== 0) return order
    }
    return 0
  })
}

function bySign(changes: readonly Change[], schema: Schema): (readonly Value[])[] {
  const counted = new Map<string, { values: readonly Value[]; count: number }>()
  for (const { kind, values } of changes) {
    const key = keyOf(values, schema)
    const entry = counted.get(key) ?? { values, count: 0 }
    entry.count += ROW_KIND_SIGN[kind]!
    counted.set(key, entry)
  }
  return [...counted].flatMap(([key, { values, count }]) => {
    if (count < 0) throw new Error(`a row is taken back that was never added: ${key}`)
    return Array.from({ length: count }, () => values)
  })
}

function lastByKey(changes: readonly Change[], schema: Schema, primaryKey: readonly string[]): (readonly Value[])[] {
  const columns = primaryKey.map((name) => schema.findIndex((field) => field.name === name))
  const last = new Map<string, readonly Value[]>()
  for (const { kind, values } of changes) {
    const key = keyOf(columns.map((c) => values[c]!), columns.map((c) => schema[c]!))
    if (ROW_KIND_SIGN[kind] === 1) last.set(key, values)
    else last.delete(key)
  }
  return [...last.values()]
}

function keyOf(values: readonly Value[], schema: Schema): string {
  return values.map((value, c) => valueToJsonText(value, schema[c]!.type)).join(' ')
}
