import { MillraceError, nearestName, type ErrorCode, type Span } from '../errors.js'

/** A name that nothing has: the error lists what there is and offers the nearest. */
export function unknownName(
  code: ErrorCode, message: string, name: {
    readonly text: string; readonly span: Span | null,
  }, alternatives: readonly string[], title?: string,
): MillraceError {
  const suggestion = nearestName(name.text, alternatives)
  return new MillraceError(code, message, {
    alternatives: [...new Set(alternatives)],
    ...(name.span === null ? {} : { span: name.span }),
    ...(title === undefined ? {} : { alternativesTitle: title }),
    ...(suggestion === undefined ? {} : { suggestion }),
  })
}
