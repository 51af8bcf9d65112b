import { MillraceError } from '../errors.js'

/** @throws always: FUNCTION_ARGUMENT for the row at hand */
export function badArgument(message: string): never {
  throw new MillraceError('FUNCTION_ARGUMENT', message)
}

/** @throws always: NULL_NOT_ALLOWED for the row at hand */
export function nullNotAllowed(column: string): never {
  throw new MillraceError('NULL_NOT_ALLOWED', `NULL for column \`${column}\`, which is declared NOT NULL`)
}
