import type { RowFailure } from '../connector.js'
import { assert, MillraceError, unreachable } from '../errors.js'
import type { ErrorPolicy } from '../plan/physical.js'
import type { BatchOrigin } from '../types/batch.js'
import type { DeadLetter, DeadLetters } from './dead-letters.js'
import { positionText } from './dead-letters.js'
import type { OperatorMeter } from './operator.js'

/** What becomes of rows that fail, by the `on-error` of their table: the one place where that is decided. */
export class RowFailures {
  readonly #policy: ErrorPolicy
  readonly #meter: OperatorMeter
  readonly #deadLetters: DeadLetters | null
  readonly #operator: string

  constructor(policy: ErrorPolicy, meter: OperatorMeter, deadLetters: DeadLetters | null, operator: string) {
    assert(policy.action !== 'dead-letter' || deadLetters !== null, 'the dead-letter table is written where rows can fail')
    this.#policy = policy
    this.#meter = meter
    this.#deadLetters = deadLetters
    this.#operator = operator
  }

  /** A record that its reader could not decode. Returns if it is to be dropped. */
  recordFailed(table: string, failure: RowFailure): void {
    const { splitId, position, record, key = null, headers = null, code, message } = failure
    this.#fail({ source: table, split: splitId, position, record, key, headers, code, message }, null)
  }

  /** A row on which an expression failed. Returns if it is to be dropped. Anything but a MillraceError is a defect: it goes on. */
  rowFailed(error: MillraceError, origin: BatchOrigin | null, row: number): void {
    if (!(error instanceof MillraceError) || error.domain !== 'user') throw error
    const kept = this.#policy.action === 'dead-letter' ? origin : null
    this.#fail({
      source: origin?.table ?? null,
      split: origin?.splitId ?? null,
      position: origin?.recordPosition(row) ?? null,
      record: kept?.recordBytes(row) ?? null,
      key: kept?.recordKey?.(row) ?? null,
      headers: kept?.recordHeaders?.(row) ?? null,
      code: error.code,
      message: error.message,
    }, error)
  }

  #fail(letter: DeadLetter, error: MillraceError | null): void {
    // Where a failure leaves a state half changed, no policy can make it good.
    const action = error?.details['endsJob'] === true ? 'fail' : this.#policy.action
    switch (action) {
      case 'fail': throw this.#errorOf(letter, error)
      case 'skip': break
      case 'dead-letter':
        this.#deadLetters!.write(letter)
        break
      default: unreachable(action)
    }
    this.#meter.rowsFailed++
  }

  /** The error with its place: `trades, split a.ndjson:0, position 4711: …`. */
  #errorOf(letter: DeadLetter, error: MillraceError | null): MillraceError {
    const position = positionText(letter.position)
    const place: string[] = []
    if (letter.source !== null) place.push(letter.source)
    if (letter.split !== null) place.push(`split ${letter.split}`)
    if (position !== null) place.push(`position ${position}`)
    const message = place.length === 0 ? letter.message : `${place.join(', ')}: ${letter.message}`
    return new MillraceError(letter.code, message, {
      ...error?.details,
      operator: this.#operator,
      ...(letter.source === null ? {} : { source: letter.source }),
      ...(letter.split === null ? {} : { split: letter.split }),
      ...(position === null ? {} : { position: letter.position }),
    }, error === null ? {} : { cause: error })
  }
}
