import type { Expression } from '../expressions/expression.js'
import { isDeterministic } from '../expressions/static-facts.js'
import { sameType, type DataType } from '../types/data-type.js'
import { conjunctsOf } from './predicate.js'
import { columnsOf, moveColumns } from './substitute.js'

/** An equality of a join's condition: an expression over each input. */
export interface JoinKey {
  readonly left: Expression
  readonly right: Expression
  /** IS NOT DISTINCT FROM. */
  readonly nullsEqual: boolean
}

/** A condition as the keys of a table's versions, in the order of `columns` of the right side, and the rest. Every column has one. */
export function splitByKey(condition: Expression | null, leftWidth: number, width: number, columns: readonly number[]): ReturnType<typeof splitCondition> {
  const keys = new Map<number, JoinKey>()
  const rest: Expression[] = []
  for (const e of condition === null ? [] : conjunctsOf(condition)) {
    const key = splitCondition(e, leftWidth, width).keys[0]
    const column = key?.right.kind === 'column' && !key.nullsEqual ? key.right.index : -1
    if (columns.includes(column) && !keys.has(column)) keys.set(column, key!)
    else rest.push(e)
  }
  return { keys: columns.map((column) => keys.get(column)!), rest }
}

/** A condition as keys, by which rows find each other, and the rest, which is tested on every pair that they give. */
export function splitCondition(condition: Expression | null, leftWidth: number, width: number): {
  readonly keys: readonly JoinKey[]; readonly rest: readonly Expression[]
} {
  const keys: JoinKey[] = []
  const rest: Expression[] = []
  const places = Array.from({ length: width }, (_, c) => c - leftWidth)
  for (const e of condition === null ? [] : conjunctsOf(condition)) {
    const key = keyOf(e, leftWidth, places)
    if (key === null) rest.push(e)
    else keys.push(key)
  }
  return { keys, rest }
}

function keyOf(e: Expression, leftWidth: number, places: readonly number[]): JoinKey | null {
  if (e.kind !== 'call' || (e.name !== '=' && e.name !== 'is not distinct from') || !isDeterministic(e)) return null
  const [a, b] = e.args as [Expression, Expression]
  if (!sameForm(a.type, b.type)) return null
  const isLeft = (x: Expression): boolean => sidesOf(x).every((c) => c < leftWidth)
  const isRight = (x: Expression): boolean => sidesOf(x).every((c) => c >= leftWidth)
  const nullsEqual = e.name !== '='
  if (sidesOf(a).length === 0 || sidesOf(b).length === 0) return null
  if (isLeft(a) && isRight(b)) return { left: a, right: moveColumns(b, places), nullsEqual }
  if (isLeft(b) && isRight(a)) return { left: b, right: moveColumns(a, places), nullsEqual }
  return null
}

function sidesOf(e: Expression): readonly number[] {
  return [...columnsOf([e])]
}

/** Types whose values are the same words and hashes where they are equal. */
function sameForm(a: DataType, b: DataType): boolean {
  if (a.kind === 'ARRAY' || a.kind === 'MAP' || a.kind === 'ROW' || a.kind === 'NULL') return false
  if (a.kind === 'STRING' || a.kind === 'TIME' || a.kind === 'TIMESTAMP' || a.kind === 'TIMESTAMP_LTZ') return a.kind === b.kind
  return sameType(a, b)
}
