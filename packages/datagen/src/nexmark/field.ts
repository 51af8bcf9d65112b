import type { Vector } from '@millrace/core'
import { Dictionary } from '@millrace/core'
import type { EventBatch } from './event-batch.js'
import type { EventKind } from './events.js'
import type { TextPool } from './text-pool.js'

/** Makes one column from the numbers of events; the vector is valid until the next call. */
export interface FieldMaker {
  fill(batch: EventBatch): Vector
}

/** A field of one kind of event that is a number: `exact` for ids and prices, `f64` for times. */
export function numberField(kind: EventKind, vector: 'exact' | 'f64', rowsMax: number, valueOf: (event: number) => number): FieldMaker {
  const values = new Float64Array(rowsMax)
  return {
    fill(batch) {
      const { numbers, count } = batch
      const nulls = batch.nullsBut(kind)
      if (nulls === null) for (let i = 0; i < count; i++) values[i] = valueOf(numbers[i]!)
      else for (let i = 0; i < count; i++) if (nulls[i] === 0) values[i] = valueOf(numbers[i]!)
      return vector === 'exact' ? { kind: 'exact', values, wide: null, nulls } : { kind: 'f64', values, nulls }
    },
  }
}

/** A field that has one of a list of texts. */
export function chosenField(kind: EventKind, rowsMax: number, texts: readonly string[], choiceOf: (event: number) => number): FieldMaker {
  const dictionary = new Dictionary()
  const codeOfChoice = Int32Array.from(texts, (text) => dictionary.codeOfText(text))
  const codes = new Int32Array(rowsMax)
  return {
    fill(batch) {
      const { numbers, count } = batch
      const nulls = batch.nullsBut(kind)
      for (let i = 0; i < count; i++) if (nulls === null || nulls[i] === 0) codes[i] = codeOfChoice[choiceOf(numbers[i]!)]!
      return { kind: 'dict', codes, dictionary, nulls }
    },
  }
}

/** A field that is a stretch of a pool. */
export function pooledField(
  kind: EventKind, rowsMax: number, pool: TextPool, bitsOf: (event: number) => number, lengthOf: (event: number) => number,
): FieldMaker {
  const starts = new Int32Array(rowsMax)
  const ends = new Int32Array(rowsMax)
  return {
    fill(batch) {
      const { numbers, count } = batch
      const nulls = batch.nullsBut(kind)
      for (let i = 0; i < count; i++) {
        if (nulls !== null && nulls[i] !== 0) continue
        const number = numbers[i]!
        const start = pool.start(bitsOf(number))
        starts[i] = start
        ends[i] = pool.end(start, lengthOf(number))
      }
      return { kind: 'utf8', bytes: pool.bytes, starts, ends, nulls }
    },
  }
}

/** A field that is written byte by byte. @param write puts the text at `at` and returns its end */
export function writtenField(
  kind: EventKind, rowsMax: number, bytesMax: number, write: (event: number, bytes: Uint8Array, at: number) => number,
): FieldMaker {
  const bytes = new Uint8Array(rowsMax * bytesMax)
  const starts = new Int32Array(rowsMax)
  const ends = new Int32Array(rowsMax)
  return {
    fill(batch) {
      const { numbers, count } = batch
      const nulls = batch.nullsBut(kind)
      let at = 0
      for (let i = 0; i < count; i++) {
        if (nulls !== null && nulls[i] !== 0) continue
        starts[i] = at
        ends[i] = at = write(numbers[i]!, bytes, at)
      }
      return { kind: 'utf8', bytes, starts, ends, nulls }
    },
  }
}
