import { MillraceError } from '@millrace/core'

/** A command line that makes no sense: exit code 2. */
export function usageError(message: string): MillraceError {
  return new MillraceError('USAGE', message)
}
