import { MillraceError } from '../errors.js'

/** Holds a value from outside to what it must be. @throws MillraceError CHECKPOINT_CORRUPT that names the place */
export type Shape = (value: unknown, path: string) => void

export const anything: Shape = () => {}
export const flag: Shape = (value, path) => demand(typeof value === 'boolean', path, 'true or false')
export const text: Shape = (value, path) => demand(typeof value === 'string', path, 'a text')
export const number: Shape = (value, path) => demand(typeof value === 'number', path, 'a number')
export const count: Shape = (value, path) => demand(Number.isSafeInteger(value) && (value as number) >= 0, path, 'a whole number from 0')

export function textLike(pattern: RegExp): Shape {
  return (value, path) => demand(typeof value === 'string' && pattern.test(value), path, `a text like ${String(pattern)}`)
}

export function nullOr(shape: Shape): Shape {
  return (value, path) => {
    if (value !== null) shape(value, path)
  }
}

export function optional(shape: Shape): Shape {
  return (value, path) => {
    if (value !== undefined) shape(value, path)
  }
}

export function listOf(shape: Shape): Shape {
  return (value, path) => {
    demand(Array.isArray(value), path, 'a list')
    ;(value as unknown[]).forEach((item, i) => shape(item, `${path}[${i}]`))
  }
}

/** An object with at least these fields. */
export function fields(shapes: Readonly<Record<string, Shape>>): Shape {
  const entries = Object.entries(shapes)
  return (value, path) => {
    demand(typeof value === 'object' && value !== null && !Array.isArray(value), path, 'an object')
    const object = value as Record<string, unknown>
    for (const [name, shape] of entries) shape(Object.hasOwn(object, name) ? object[name] : undefined, `${path}.${name}`)
  }
}

export function demand(holds: boolean, path: string, what: string): asserts holds {
  if (!holds) throw new MillraceError('CHECKPOINT_CORRUPT', `the manifest is malformed: ${path} is not ${what}`)
}
