import { typeName } from '@millrace/core'
import type { DataType } from '@millrace/core'

/**
 * Brings a value to a text that both engines agree on: numbers without trailing zeros, doubles to 12 significant digits,
 * times without trailing zeros of the second.
 */
export function canonical(text: string | null, type: DataType): string {
  if (text === null) return 'NULL'
  switch (type.kind) {
    case 'FLOAT': case 'DOUBLE': return double(text)
    case 'DECIMAL': return decimal(text)
    case 'TINYINT': case 'SMALLINT': case 'INT': case 'BIGINT': return text
    case 'TIMESTAMP': case 'TIMESTAMP_LTZ': return text.replace('T', ' ').replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '')
    case 'BOOLEAN': return text.toLowerCase()
    case 'STRING': case 'DATE': case 'TIME': return text
    default: throw new Error(`no canonical form of ${typeName(type)}`)
  }
}

function double(text: string): string {
  const value = Number(text)
  if (Number.isNaN(value)) return 'NaN'
  // Sums that cancel leave noise far below their terms.
  if (Math.abs(value) < 1e-9) return '0'
  return String(Number(value.toPrecision(11)))
}

function decimal(text: string): string {
  const trimmed = text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text
  return trimmed === '-0' || trimmed === '' ? '0' : trimmed
}

/** True if two canonical columns agree; an average of decimals is exact here and a double in DuckDB. */
export function agree(ours: string, theirs: string, type: DataType): boolean {
  if (ours === theirs) return true
  if (ours === 'NULL' || theirs === 'NULL') return false
  if (type.kind !== 'DOUBLE' && type.kind !== 'FLOAT' && type.kind !== 'DECIMAL') return false
  if (type.kind === 'DECIMAL' && !theirs.includes('e') && !/\.\d{7,}/.test(theirs)) return false
  const a = Number(ours)
  const b = Number(theirs)
  return Math.abs(a - b) <= Math.max(1e-6, Math.abs(b) * 1e-9)
}
