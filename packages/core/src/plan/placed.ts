import { MillraceError, type Span } from '../errors.js'

/** Runs what knows nothing of SQL text, and gives the errors that come out of it their place in there. */
export function placed<T>(span: Span, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw placedError(span, error)
  }
}

/** {@link placed} for what takes its time. */
export async function placedLater<T>(span: Span, running: Promise<T>): Promise<T> {
  try {
    return await running
  } catch (error) {
    throw placedError(span, error)
  }
}

function placedError(span: Span, error: unknown): unknown {
  if (!(error instanceof MillraceError) || error.details.span !== undefined) return error
  return new MillraceError(error.code, error.message, { ...error.details, span }, { cause: error })
}
