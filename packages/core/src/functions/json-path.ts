import { badArgument } from './function-error.js'
import { elementsOf, jsonKindAt, memberOf, membersOf, wholeJson } from './json-text.js'
import type { JsonSlice } from './json-text.js'

/** One step of a path: a key, an index (from 0; from the end where negative), or all members. */
export type JsonStep = string | number | typeof ALL_MEMBERS

export const ALL_MEMBERS: unique symbol = Symbol('*')

const STEP = /\.([A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff-]*)|\.(\*)|\.?"((?:[^"\\]|\\.)*)"|\[\s*(?:(-?\d+)|(\*)|'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*\]/y

/**
 * Compiles `$.a.b[0]['a key'].*`; a leading `lax` or `strict` is read over.
 *
 * @throws MillraceError FUNCTION_ARGUMENT where the text is no such path
 */
export function compileJsonPath(path: string): readonly JsonStep[] {
  const body = path.trim().replace(/^(?:lax|strict)\s+/i, '')
  if (!body.startsWith('$')) badArgument(`'${path}' is no JSON path: it begins with $, as in $.a.b[0]`)
  const steps: JsonStep[] = []
  STEP.lastIndex = 1
  for (let at = 1; at < body.length; at = STEP.lastIndex) {
    const match = STEP.exec(body)
    if (match === null) return badArgument(`'${path}' is no JSON path: '${body.slice(at)}' is not .key, ['key'], [0], [*] or .*`)
    const [, name, allNames, dotQuoted, index, all, singleQuoted, doubleQuoted] = match
    if (allNames !== undefined || all !== undefined) steps.push(ALL_MEMBERS)
    else if (index !== undefined) steps.push(Number(index))
    else steps.push(name ?? (dotQuoted ?? singleQuoted ?? doubleQuoted)!.replace(/\\(.)/g, '$1'))
  }
  return steps
}

/** What the path leads to: nothing, one value, or with `*` several. `null` where the text is no JSON. */
export function findJson(text: string, path: readonly JsonStep[]): readonly JsonSlice[] | null {
  const whole = wholeJson(text)
  if (whole === null) return null
  let found: readonly JsonSlice[] = [whole]
  for (const step of path) found = found.flatMap((slice) => followStep(text, slice, step))
  return found
}

function followStep(text: string, slice: JsonSlice, step: JsonStep): readonly JsonSlice[] {
  const kind = jsonKindAt(text, slice.start)
  if (step === ALL_MEMBERS) {
    if (kind === 'array') return elementsOf(text, slice)
    return kind === 'object' ? [...membersOf(text, slice).values()] : []
  }
  if (typeof step === 'string') {
    const member = kind === 'object' ? memberOf(text, slice, step) : null
    return member === null ? [] : [member]
  }
  const element = kind === 'array' ? elementsOf(text, slice).at(step) : undefined
  return element === undefined ? [] : [element]
}
