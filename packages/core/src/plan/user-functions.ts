import { MillraceError } from '../errors.js'
import { findAggregate, findScalar } from '../functions/catalogue.js'
import { findOver } from '../functions/over-functions.js'
import { findTableFunction } from '../functions/table/catalogue.js'
import type { UserFunction } from '../functions/user/user-function.js'
import type { Name } from '../sql/ast.js'

/** The functions that CREATE FUNCTION has declared, by name. Unquoted names match without regard to case. */
export class UserFunctions {
  readonly #functions: { readonly name: Name; readonly user: UserFunction }[] = []

  /** @throws MillraceError SQL_FUNCTION_EXISTS */
  checkFree(name: Name): void {
    if (this.find(name) !== undefined) {
      throw new MillraceError('SQL_FUNCTION_EXISTS', `a function \`${name.text}\` exists already; DROP FUNCTION first`, { span: name.span })
    }
    const isBuiltIn = [findScalar, findAggregate, findOver, findTableFunction].some((find) => find(name.text) !== undefined)
    if (isBuiltIn || OTHER_NAMES.test(name.text)) {
      throw new MillraceError('SQL_FUNCTION_EXISTS', `\`${name.text}\` is a built-in function; give yours another name`, { span: name.span })
    }
  }

  add(name: Name, user: UserFunction): void {
    this.#functions.push({ name, user })
  }

  find(name: Pick<Name, 'text' | 'quoted'>): UserFunction | undefined {
    return this.#functions.find((known) => matches(known.name, name))?.user
  }

  remove(name: Name): boolean {
    const at = this.#functions.findIndex((known) => matches(known.name, name))
    return at !== -1 && this.#functions.splice(at, 1).length === 1
  }

  all(): readonly UserFunction[] {
    return this.#functions.map(({ user }) => user)
  }
}

/** Calls that the binder takes for itself. */
const OTHER_NAMES = /^(tumble|hop|session|cumulate)(_(start|end|rowtime|proctime))?$|^grouping(_id)?$/i

function matches(declared: Name, wanted: Pick<Name, 'text' | 'quoted'>): boolean {
  return declared.text === wanted.text || (!declared.quoted && !wanted.quoted && declared.text.toLowerCase() === wanted.text.toLowerCase())
}
