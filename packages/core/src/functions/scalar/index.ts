import type { ScalarFunction, ScalarOverload } from '../function.js'
import { arithmetic } from './arithmetic.js'
import { collections } from './collection.js'
import { comparisons } from './comparison.js'
import { conditionals } from './conditional.js'
import { conversions } from './conversion.js'
import { hashes } from './hash.js'
import { jsonFunctions } from './json.js'
import { logic } from './logic.js'
import { numerics } from './numeric.js'
import { randoms } from './random.js'
import { patterns } from './regex.js'
import { roundings } from './rounding.js'
import { stringEncodings } from './string-encoding.js'
import { stringFormats } from './string-format.js'
import { stringParts } from './string-part.js'
import { stringSearches } from './string-search.js'
import { stringShapes } from './string-shape.js'
import { clocks } from './time-now.js'
import { ceilOfTime, floorOfTime, timeParts } from './time-part.js'
import { timeShifts } from './time-shift.js'
import { timeTexts } from './time-text.js'
import { lookup } from '../../lookup.js'

/** FLOOR and CEIL take numbers and, with a unit, times. */
const MORE_OVERLOADS: Readonly<Record<string, readonly ScalarOverload[]>> = lookup({ floor: floorOfTime, ceil: ceilOfTime })

export const scalarFunctions: readonly ScalarFunction[] = [
  ...arithmetic,
  ...comparisons,
  ...logic,
  ...conditionals,
  ...patterns,
  ...numerics,
  ...roundings.map((f) => ({ ...f, overloads: [...f.overloads, ...(MORE_OVERLOADS[f.name] ?? [])] })),
  ...stringShapes,
  ...stringParts,
  ...stringSearches,
  ...stringEncodings,
  ...stringFormats,
  ...clocks,
  ...timeParts,
  ...timeShifts,
  ...timeTexts,
  ...jsonFunctions,
  ...collections,
  ...conversions,
  ...hashes,
  ...randoms,
]
