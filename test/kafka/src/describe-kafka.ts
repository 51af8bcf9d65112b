import { describe } from 'vitest'
import { kafkaMissing } from './jars.js'

/** As `describe`, for tests that need a broker: where there is no Java they are skipped and say so, and under CI they fail. */
export function describeKafka(name: string, body: () => void): void {
  const missing = kafkaMissing()
  const describeHere = missing === null ? describe : describe.skip
  describeHere(missing === null ? name : `${name} (left out: ${missing})`, () => body())
}
