import type { ScanCondition, ScanSpec, Vector } from '@millrace/core'
import { compareValues, readValue, unreachable } from '@millrace/core'
import type { DataType, Value } from '@millrace/core'
import type { EventKind } from './events.js'

/** The kinds of events that the conditions on `event_type` let pass, by kind. */
export function wantedKinds({ columns, filter }: ScanSpec): readonly boolean[] {
  const conditions = filter.filter((c) => isEventType(columns[c.column]!.name))
  return [0, 1, 2].map((kind) => conditions.every((condition) => holds(kind as EventKind, condition, compareValues({ kind: 'INT' }))))
}

/** The conditions on everything else. */
export function otherConditions({ columns, filter }: ScanSpec): readonly ScanCondition[] {
  return filter.filter((c) => !isEventType(columns[c.column]!.name))
}

function isEventType(name: string): boolean {
  return name.toLowerCase() === 'event_type'
}

/** Clears `passes` where a condition does not hold. */
export function applyCondition(condition: ScanCondition, vector: Vector, type: DataType, count: number, passes: Uint8Array): void {
  const { op, values: [other] } = condition
  if (vector.kind === 'exact' && vector.wide === null && op !== 'in' && typeof other === 'bigint' && Number.isSafeInteger(Number(other))) {
    compareNumbers(op, vector.values, vector.nulls, Number(other), count, passes)
    return
  }
  if (vector.kind === 'f64' && op !== 'in' && typeof other === 'number') return compareNumbers(op, vector.values, vector.nulls, other, count, passes)
  const compare = compareValues(type)
  for (let i = 0; i < count; i++) if (passes[i] !== 0 && !holds(readValue(vector, type, i), condition, compare)) passes[i] = 0
}

type Comparison = Exclude<ScanCondition['op'], 'in'>

function compareNumbers(op: Comparison, values: Float64Array, nulls: Uint8Array | null, other: number, count: number, passes: Uint8Array): void {
  for (let i = 0; i < count; i++) {
    const value = values[i]!
    const holdsHere = op === '=' ? value === other : op === '<' ? value < other : op === '>' ? value > other
      : op === '<=' ? value <= other : op === '>=' ? value >= other : op === '<>' ? value !== other : true
    if (!holdsHere || (nulls !== null && nulls[i] !== 0)) passes[i] = 0
  }
}

function holds(value: Value, { op, values }: ScanCondition, compare: (a: Value, b: Value) => number): boolean {
  if (op === 'is null') return value === null
  if (value === null) return false
  switch (op) {
    case 'is not null': return true
    case '=': return compare(value, values[0]!) === 0
    case '<>': return compare(value, values[0]!) !== 0
    case '<': return compare(value, values[0]!) < 0
    case '<=': return compare(value, values[0]!) <= 0
    case '>': return compare(value, values[0]!) > 0
    case '>=': return compare(value, values[0]!) >= 0
    case 'in': return values.some((other) => compare(value, other) === 0)
    default: return unreachable(op)
  }
}
