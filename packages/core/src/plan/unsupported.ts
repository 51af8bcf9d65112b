import { MillraceError, type Span } from '../errors.js'

/** What is understood but not there (yet). The message says what to do instead, where there is something. */
export function unsupported(message: string, span: Span): MillraceError {
  return new MillraceError('SQL_UNSUPPORTED', message, { span })
}
