import { MillraceError, nearestName } from '../errors.js'

const PARAMETER = /\$\{([A-Za-z_][\w.-]*)(?::([^}]*))?\}/g

/** A parameter, a string, a quoted name or a comment: what comes first decides how far it goes. */
const PIECE = /\$\{[A-Za-z_][\w.-]*(?::[^}]*)?\}|'(?:[^']|'')*'|"[^"]*"|`[^`]*`|--[^\n]*|\/\*[\s\S]*?\*\//g

/**
 * Fills `${name}` and `${name:default}`. Between single quotes a value is text: its own quotes are doubled. Between
 * double quotes and elsewhere it goes in as it is, so a parameter can also be a name, a number or a piece of SQL.
 * Comments stay as they are.
 *
 * @throws MillraceError SQL_PARAMETER_MISSING for a parameter without value and default; its span is in `text`
 */
export function substituteParameters(text: string, params: Readonly<Record<string, string>>): string {
  return text.replace(PIECE, (piece: string, start: number) => {
    if (piece.startsWith('--') || piece.startsWith('/*')) return piece
    const inString = piece.startsWith('\'')
    return piece.replace(PARAMETER, (all: string, name: string, otherwise: string | undefined, at: number) => {
      if (!Object.hasOwn(params, name)) return otherwise ?? missing(name, params, start + at, all.length)
      return inString ? params[name]!.replaceAll('\'', '\'\'') : params[name]!
    })
  })
}

function missing(name: string, params: Readonly<Record<string, string>>, start: number, length: number): never {
  const alternatives = Object.keys(params)
  const suggestion = nearestName(name, alternatives)
  throw new MillraceError('SQL_PARAMETER_MISSING', `the parameter \`${name}\` has no value and no default`, {
    span: { start, end: start + length },
    alternatives,
    ...(suggestion === undefined ? {} : { suggestion }),
  })
}
