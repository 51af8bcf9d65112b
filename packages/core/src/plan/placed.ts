import { MillraceError, type Span } from '../errors.js'

/** Runs what knows nothing of SQL text, and gives the errors that come out of it their place in there. */
export function placed<T>(span: Span, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof MillraceError) || error.details.span !== undefined) throw error
    throw new MillraceError(error.code, error.message, { ...error.details, span }, { cause: error })
  }
}
