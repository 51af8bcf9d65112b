import { MillraceError } from '../../errors.js'
import type { Field, Value } from '../../types/data-type.js'
import { resolveTableFunction, type ResolvedTableFunction } from '../table/catalogue.js'
import type { TableCall, TableOverload } from '../table/table-function.js'
import type { DataType } from '../../types/data-type.js'
import type { FunctionContext } from '../function.js'
import { describe, fromJs } from './js-form.js'
import { argumentsToJs, exportOf, guarded, methodOf, signatureOfUser } from './user-call.js'
import type { UserTableFunction } from './user-function.js'

/** The table function, of the catalogue or the user's, that a node of a plan calls. */
export function tableFunctionOf(node: {
  readonly function: string, readonly args: readonly { readonly type: DataType }[], readonly user?: UserTableFunction,
}): ResolvedTableFunction {
  return node.user === undefined ? resolveTableFunction(node.function, node.args.map((arg) => arg.type)) : userTable(node.user)
}

function userTable(user: UserTableFunction): ResolvedTableFunction {
  const types = { args: user.argTypes, columns: columnsOfTable(user) }
  const overload: TableOverload = {
    signature: signatureOfUser(user),
    resolve: () => types,
    nulls: user.nulls,
    mayFail: true,
    implement: (_, context) => tableCall(user, context),
  }
  return { function: { name: user.name, doc: '', overloads: [overload] }, overload, types }
}

/** The columns of the rows that it gives: those of its ROW, or one that is called like the function. */
export function columnsOfTable({ name, returns }: UserTableFunction): readonly Field[] {
  if (returns.kind !== 'ROW') return [{ name, type: returns, nullable: true }]
  return returns.fields.map((field) => ({ ...field, nullable: true }))
}

function tableCall(user: UserTableFunction, context: FunctionContext): TableCall {
  const evaluate = methodOf(exportOf(user, context), 'eval', user)
  const convert = argumentsToJs(user)
  const check = fromJs(user.returns, user.name)
  // A row of one column may be given as its value.
  const columns = columnsOfTable(user)
  const checkOnly = columns.length === 1 ? fromJs(columns[0]!.type, user.name) : null
  const rowOf = (given: unknown): readonly Value[] => {
    if (checkOnly !== null && (typeof given !== 'object' || given === null || user.returns.kind !== 'ROW')) return [checkOnly(given)]
    const value = check(given)
    if (value !== null) return value as readonly Value[]
    throw new MillraceError('FUNCTION_RESULT', `${user.name} gave ${describe(given)} for a row`)
  }
  return (args, emit) => {
    const given = guarded(user, () => evaluate(...(convert === null ? args : convert(args))))
    const rows = guarded(user, () => iteratorOf(given))
    if (rows === null) throw new MillraceError('FUNCTION_RESULT', `${user.name} returned ${describe(given)}, which is no list of rows`)
    try {
      for (let next = guarded(user, () => rows.next()); next.done !== true; next = guarded(user, () => rows.next())) emit(rowOf(next.value))
    } catch (error) {
      // Whoever stops before the end says so, that the function can let go of what it holds; why it stopped is what counts.
      try {
        rows.return?.()
      } catch {}
      throw error
    }
  }
}

/** Of anything that can be gone through but a text, which has characters and no rows; no result at all is no rows. */
function iteratorOf(given: unknown): Iterator<unknown> | null {
  if (given === undefined || given === null) return [][Symbol.iterator]()
  if (typeof given !== 'object' || !(Symbol.iterator in given)) return null
  return (given as Iterable<unknown>)[Symbol.iterator]()
}
