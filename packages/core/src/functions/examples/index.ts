import { collectionExamples } from './collections.js'
import { parseExamples } from './example.js'
import type { Example } from './example.js'
import { numberExamples } from './numbers.js'
import { operatorExamples } from './operators.js'
import { stringExamples } from './strings.js'
import { timeExamples } from './times.js'

/** Examples of all scalar functions, by section of the reference page. Parsed when asked for: only the reference page and the tests do. */
export function scalarExamples(): readonly Example[] {
  return [operatorExamples, stringExamples, numberExamples, timeExamples, collectionExamples].flatMap(parseExamples)
}
