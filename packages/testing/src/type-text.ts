import type { DataType, Schema } from '@millrace/core'
import {
  array, BIGINT, BOOLEAN, BYTES, DATE, decimal, DOUBLE, FLOAT, INT, INTERVAL_MONTH, INTERVAL_SECOND, map, row, SMALLINT, STRING, time, timestamp,
  timestampLtz, TINYINT, varchar,
} from '@millrace/core'

const SIMPLE_TYPES: Readonly<Record<string, DataType>> = {
  BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, STRING, BYTES, DATE, TIME: time(), TIMESTAMP: timestamp(), TIMESTAMP_LTZ: timestampLtz(),
  'INTERVAL YEAR TO MONTH': INTERVAL_MONTH, 'INTERVAL DAY TO SECOND': INTERVAL_SECOND,
}

/** Columns whose types are written as `typeName` writes them. */
export function tableFromText(columns: readonly { readonly name: string; readonly type: string }[]): Schema {
  return columns.map(({ name, type }) => ({ name, type: typeFromText(type), nullable: true }))
}

/** Reads a type as `typeName` writes it. */
export function typeFromText(text: string): DataType {
  const name = text.trim()
  const simple = SIMPLE_TYPES[name.toUpperCase()]
  if (simple !== undefined) return simple
  const [, kind, first, second] = /^(\w+)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)$/.exec(name) ?? []
  switch (kind?.toUpperCase()) {
    case 'DECIMAL': return decimal(Number(first), Number(second ?? 0))
    case 'TIME': return time(Number(first))
    case 'TIMESTAMP': return timestamp(Number(first))
    case 'TIMESTAMP_LTZ': return timestampLtz(Number(first))
    case 'VARCHAR': case 'CHAR': return varchar(Number(first))
  }
  const fields = /^ROW\s*<(.*)>$/is.exec(name)?.[1]
  if (fields !== undefined) {
    return row(topLevel(fields).map((field) => {
      const [, label = '', type = ''] = /^(\S+)\s+(.*)$/s.exec(field) ?? []
      return { name: label, type: typeFromText(type) }
    }))
  }
  const element = /^ARRAY<(.*)>$/i.exec(name)?.[1]
  if (element !== undefined) return array(typeFromText(element))
  const [, key, value] = /^MAP<([^,]*),(.*)>$/i.exec(name) ?? []
  if (key !== undefined) return map(typeFromText(key), typeFromText(value!))
  throw new Error(`no type is called ${name}`)
}

/** Parts a list at its top-level commas. */
function topLevel(list: string): string[] {
  const parts = ['']
  let depth = 0
  for (const c of list) {
    if (c === '(' || c === '<') depth++
    if (c === ')' || c === '>') depth--
    if (c === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += c
  }
  return parts.map((part) => part.trim())
}
