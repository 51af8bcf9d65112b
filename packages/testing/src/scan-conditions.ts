import type { DataType, ScanCondition, Value } from '@millrace/core'
import { compareValues, unreachable } from '@millrace/core'

/** Whether a value satisfies a condition of a scan: what a reader that says `filters: true` must do, in plain words. */
export function satisfies(value: Value, { op, values }: ScanCondition, type: DataType): boolean {
  if (op === 'is null') return value === null
  if (value === null) return false
  const compare = compareValues(type)
  // SQL: a comparison with NaN is never true, but for <>.
  const isNaNumber = Number.isNaN(value) || values.some((other) => Number.isNaN(other))
  switch (op) {
    case 'is not null': return true
    case '=': return !isNaNumber && compare(value, values[0]!) === 0
    case '<>': return isNaNumber || compare(value, values[0]!) !== 0
    case '<': return !isNaNumber && compare(value, values[0]!) < 0
    case '<=': return !isNaNumber && compare(value, values[0]!) <= 0
    case '>': return !isNaNumber && compare(value, values[0]!) > 0
    case '>=': return !isNaNumber && compare(value, values[0]!) >= 0
    case 'in': return !Number.isNaN(value) && values.some((other) => compare(value, other) === 0)
    default: return unreachable(op)
  }
}
