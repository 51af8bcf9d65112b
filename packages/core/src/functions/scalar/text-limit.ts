import { badArgument } from '../function-error.js'

/** Characters (UTF-16 units) that REPEAT, LPAD and the like may make in one value. Past it FUNCTION_ARGUMENT. */
const TEXT_UNITS_MAX = 64 * 1024 * 1024

/** The parts as one text. */
export function joinedTexts(parts: readonly string[], separator = ''): string {
  let units = Math.max(0, parts.length - 1) * separator.length
  for (const part of parts) units += part.length
  checkTextUnits(units)
  return parts.join(separator)
}

/** Guards the functions that can make a long text out of a short one. */
export function checkTextUnits(units: number): void {
  if (units > TEXT_UNITS_MAX) badArgument(`the text would be ${units} characters long; at most ${TEXT_UNITS_MAX} are allowed`)
}
