import type { Expression } from '../expressions/expression.js'
import { isTimestamp } from '../types/data-type.js'

/** A timestamp column and what is added to it, in microseconds: `ts - INTERVAL '5' MINUTE`. */
export interface TimeOffset {
  readonly column: number
  readonly micros: number
  /** Digits of a second that the sum may have. */
  readonly precision: number
}

/** An expression as a column plus a constant, or null where it is none. Casts between timestamps of one kind do not matter. */
export function timeOffsetOf(e: Expression): TimeOffset | null {
  if (!isTimestamp(e.type)) return null
  switch (e.kind) {
    case 'column': return { column: e.index, micros: 0, precision: precisionOf(e) }
    case 'cast': {
      const inside = e.arg.type.kind === e.type.kind ? timeOffsetOf(e.arg) : null
      return inside !== null && inside.precision <= precisionOf(e) ? inside : null
    }
    case 'call': {
      const [first, second] = e.args
      if (e.name === 'not_null') return timeOffsetOf(first!)
      if (e.name !== '+' && e.name !== '-') return null
      const [time, micros] = [timeOffsetOf(first!), intervalOf(second!)]
      if (time !== null && micros !== null) return moved(time, e.name === '+' ? micros : -micros)
      const [behind, before] = [timeOffsetOf(second!), intervalOf(first!)]
      return e.name === '+' && behind !== null && before !== null ? moved(behind, before) : null
    }
    default: return null
  }
}

function moved(time: TimeOffset, micros: number): TimeOffset {
  return { column: time.column, micros: time.micros + micros, precision: Math.max(time.precision, digitsOf(micros)) }
}

/** Digits behind the second of a number of microseconds. */
function digitsOf(micros: number): number {
  let digits = 6
  for (let unit = 10; digits > 0 && micros % unit === 0; unit *= 10) digits--
  return digits
}

function precisionOf(e: Expression): number {
  return 'precision' in e.type ? e.type.precision : 6
}

function intervalOf(e: Expression): number | null {
  if (e.kind === 'cast' && e.type.kind === 'INTERVAL_SECOND') return intervalOf(e.arg)
  return e.kind === 'literal' && e.type.kind === 'INTERVAL_SECOND' && typeof e.value === 'number' ? e.value : null
}
