import type { ScanCondition } from '../connector.js'
import { assert } from '../errors.js'
import type { DataType } from '../types/data-type.js'
import type { ScanField } from './scan-field.js'
import { compareBytes, utf8Of } from './utf8-text.js'

/** The conditions on one column. */
export interface FieldFilter {
  readonly index: number
  readonly tests: readonly Test[]
}

/** A condition with its values in the form that is compared: numbers (0 and 1 for booleans), or UTF-8. */
export interface Test {
  readonly op: ScanCondition['op']
  readonly numbers: readonly (number | bigint)[]
  readonly texts: readonly Uint8Array[]
}

export function fieldFiltersOf(fields: readonly ScanField[], filter: readonly ScanCondition[]): FieldFilter[] {
  const byField = new Map<number, Test[]>()
  for (const condition of filter) {
    const field = fields[condition.column]
    assert(field !== undefined, 'a filter is on columns of its scan')
    const tests = byField.get(condition.column) ?? []
    tests.push(testOf(condition, field.type))
    byField.set(condition.column, tests)
  }
  return [...byField].map(([index, tests]) => ({ index, tests }))
}

function testOf(condition: ScanCondition, type: DataType): Test {
  if (type.kind === 'STRING') return { op: condition.op, numbers: [], texts: condition.values.map((value) => utf8Of(String(value))) }
  return { op: condition.op, numbers: condition.values.map((value) => (typeof value === 'bigint' ? value : Number(value))), texts: [] }
}


/** Strings are compared as bytes: for UTF-8 that is the order of code points. */
export function holdsForText(test: Test, bytes: Uint8Array, start: number, end: number): boolean {
  const order = (i: number): number => compareBytes(bytes, start, end, test.texts[i]!)
  switch (test.op) {
    case '=': return order(0) === 0
    case '<>': return order(0) !== 0
    case '<': return order(0) < 0
    case '<=': return order(0) <= 0
    case '>': return order(0) > 0
    case '>=': return order(0) >= 0
    case 'in': return test.texts.some((_, i) => order(i) === 0)
    case 'is null': return false
    case 'is not null': return true
  }
}

export function holdsForNumber(test: Test, value: number | bigint): boolean {
  const other = test.numbers[0]!
  // Loose equality compares numbers with bigints by their mathematical value.
  switch (test.op) {
    // oxlint-disable-next-line eqeqeq
    case '=': return value == other
    // oxlint-disable-next-line eqeqeq
    case '<>': return value != other
    case '<': return value < other
    case '<=': return value <= other
    case '>': return value > other
    case '>=': return value >= other
    // oxlint-disable-next-line eqeqeq
    case 'in': return test.numbers.some((number) => value == number)
    case 'is null': return false
    case 'is not null': return true
  }
}
