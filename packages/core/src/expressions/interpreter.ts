import type { FunctionContext } from '../functions/function.js'
import type { Value } from '../types/data-type.js'
import { unreachable } from '../errors.js'
import { sameType } from '../types/data-type.js'
import { bindCall, bindCast } from './bound-call.js'
import type { CallExpression, CaseExpression, CastExpression, Expression } from './expression.js'

/** An expression as a function of a row's values, one value per input column in the form of its type. */
export type RowFunction = (row: readonly Value[]) => Value

/**
 * Makes the function that evaluates an expression, one node at a time: the oracle that the generated code must agree
 * with, and the way to evaluate once (constants, rare rows).
 *
 * The order of evaluation is part of the meaning, because an error belongs to its row only if it is reached:
 *
 * - Arguments of a call are evaluated from left to right, all of them, and only then looked at for NULL.
 * - `and` and `or` go from left to right and stop at the first argument that decides: `FALSE AND 1 / 0 = 1` is FALSE,
 *   `1 / 0 = 1 AND FALSE` and `NULL AND 1 / 0 = 1` are errors.
 * - `case` and `if` evaluate conditions until one is TRUE and then its result alone; `coalesce` and `ifnull` stop at the first
 *   argument that is not NULL.
 *
 * @throws MillraceError what the functions throw for the row: NUMERIC_OVERFLOW, DIVISION_BY_ZERO, CAST_FAILED, FUNCTION_ARGUMENT
 */
export function makeInterpreter(e: Expression, context: FunctionContext): RowFunction {
  switch (e.kind) {
    case 'column': {
      const index = e.index
      return (row) => row[index]!
    }
    case 'literal': {
      const value = e.value
      return () => value
    }
    case 'call': return makeCall(e, context)
    case 'cast': return makeCastFunction(e, context)
    case 'case': return makeCase(e, context)
    default: return unreachable(e)
  }
}

function makeCall(e: CallExpression, context: FunctionContext): RowFunction {
  const args = e.args.map((arg) => makeInterpreter(arg, context))
  switch (e.name) {
    case 'and': return (row) => decide(args, row, false)
    case 'or': return (row) => decide(args, row, true)
    case 'not': return (row) => negated(args[0]!(row))
    case 'is null': return (row) => args[0]!(row) === null
    case 'is not null': return (row) => args[0]!(row) !== null
    case 'coalesce': case 'ifnull': return (row) => firstNotNull(args, row)
    case 'if': return (row) => (args[0]!(row) === true ? args[1]!(row) : args[2]!(row))
  }
  const { call, strict } = bindCall(e, context)
  return (row) => {
    const values = args.map((arg) => arg(row))
    return strict && values.includes(null) ? null : call(...values)
  }
}

/** Three-valued AND (`decider` false) and OR (`decider` true). */
function decide(args: readonly RowFunction[], row: readonly Value[], decider: boolean): Value {
  let unknown = false
  for (const arg of args) {
    const value = arg(row)
    if (value === decider) return decider
    if (value === null) unknown = true
  }
  return unknown ? null : !decider
}

function negated(value: Value): Value {
  return value === null ? null : value !== true
}

function firstNotNull(args: readonly RowFunction[], row: readonly Value[]): Value {
  for (const arg of args) {
    const value = arg(row)
    if (value !== null) return value
  }
  return null
}

function makeCastFunction(e: CastExpression, context: FunctionContext): RowFunction {
  const arg = makeInterpreter(e.arg, context)
  if (e.arg.type.kind === 'NULL') return (row) => (arg(row), null)
  if (sameType(e.arg.type, e.type)) return arg
  const cast = bindCast(e, context)
  return (row) => {
    const value = arg(row)
    return value === null ? null : cast(value)
  }
}

function makeCase(e: CaseExpression, context: FunctionContext): RowFunction {
  const branches = e.branches.map(({ when, then }) => ({ when: makeInterpreter(when, context), then: makeInterpreter(then, context) }))
  const otherwise = makeInterpreter(e.otherwise, context)
  return (row) => {
    for (const { when, then } of branches) if (when(row) === true) return then(row)
    return otherwise(row)
  }
}
