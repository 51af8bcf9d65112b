import { MillraceError } from '@millrace/core'
import { EXIT } from './exit-code.js'

/** Codes that mean that the command or its SQL was wrong from the start, rather than that the job failed. */
const USAGE_CODES = /^(SQL_|OPTION_|CONNECTOR_|USAGE$|SOURCE_MISSING$|CHECKPOINT_EXISTS$|RESTORE_MISMATCH$|PATH_OUTSIDE$|MODULE_REFUSED$)/

/**
 * Prints an error for a person: code and place first, then what happened, then where and what else would have done.
 *
 * @returns the exit code that belongs to it
 */
export function printError(error: unknown, stderr: NodeJS.WritableStream = process.stderr): number {
  if (!(error instanceof MillraceError)) {
    stderr.write(`INTERNAL  ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    return EXIT.failed
  }
  const { code, message, details } = error
  // The compiler's messages are complete: code, place, excerpt and alternatives.
  stderr.write(details.place === undefined ? `${code}  ${message}\n` : `${message}\n`)
  const { source, position, operator, place, alternatives, suggestion } = details
  if (place === undefined && !message.includes('\n')) {
    const near = suggestion === undefined ? '' : `did you mean ${suggestion}?  `
    if (alternatives !== undefined && alternatives.length > 0) stderr.write(`  ${near}there are ${alternatives.join(', ')}\n`)
  }
  if (operator !== undefined) stderr.write(`  in operator ${operator}\n`)
  if (source !== undefined && position !== undefined) {
    stderr.write(`  to go on without such rows, add 'on-error' = 'skip', or 'on-error' = 'dead-letter', to the options of ${source}\n`)
  }
  if (code === 'INTERNAL' && error.stack !== undefined) stderr.write(`${error.stack}\n`)
  return USAGE_CODES.test(code) ? EXIT.usage : EXIT.failed
}
