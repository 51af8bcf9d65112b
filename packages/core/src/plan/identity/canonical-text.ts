import { unreachable } from '../../errors.js'
import { rewriteExpression, type Expression } from '../../expressions/expression.js'
import type { UserFunction } from '../../functions/user/user-function.js'
import { typeName } from '../../types/data-type.js'
import { printExpression, printLiteral } from '../print-expression.js'

/** Something as it is compared, and as people read it. */
export interface Text {
  /** Equal where it is the same: columns are told by what they hold, so no place, alias or order of columns matters. */
  readonly exact: string
  readonly shown: string
}

export const textOf = (exact: string, shown: string = exact): Text => ({ exact, shown })

/** An expression over columns that are told by their texts. */
export function expressionText(e: Expression, columns: readonly Text[]): Text {
  return { exact: exactText(e, columns), shown: printExpression(named(e, columns)) }
}

/** With its type, as state holds it. */
export function typedText(e: Expression, columns: readonly Text[]): Text {
  const { exact, shown } = expressionText(e, columns)
  return { exact: `${exact} ${typeName(e.type)}`, shown }
}

function exactText(e: Expression, columns: readonly Text[]): string {
  switch (e.kind) {
    case 'column': return columns[e.index]!.exact
    case 'literal': return `${printLiteral(e.value, e.type)}:${typeName(e.type)}`
    case 'call': return `${JSON.stringify(e.name)}${userText(e.user)}(${e.args.map((arg) => exactText(arg, columns)).join(', ')})`
    case 'cast': return `${e.tolerant ? 'try cast' : 'cast'}(${exactText(e.arg, columns)} as ${typeName(e.type)})`
    case 'case': {
      const branches = e.branches.map(({ when, then }) => `${exactText(when, columns)} -> ${exactText(then, columns)}`)
      return `case(${branches.join(', ')}, else ${exactText(e.otherwise, columns)})`
    }
    default: return unreachable(e)
  }
}

/** A function of the user's by the name of its module's file: directories differ from machine to machine. */
export function userText(user: UserFunction | undefined): string {
  return user === undefined ? '' : `[${JSON.stringify([user.url.split('/').at(-1), user.exportName, user.nulls])}]`
}

function named(e: Expression, columns: readonly Text[]): Expression {
  return rewriteExpression(e, (x) => (x.kind === 'column' ? { ...x, name: columns[x.index]!.shown } : x))
}
