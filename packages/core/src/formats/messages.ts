import type { RowFailure } from '../connector.js'

/**
 * Records whose borders are known, such as the values of a topic's messages: none needs an end of its own, it may hold newlines, and
 * anything may stand between two of them.
 */
export interface Messages {
  readonly bytes: Uint8Array
  /** Message i is `bytes[starts[i] … ends[i])`. In ascending order; none overlap. Arrays may be longer than `count`. */
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly count: number
  /** The serialisable position of message `index` in its split, for failures and {@link BatchOrigin.recordPosition}. */
  positionOf(index: number): unknown
  /** What came with the message, for dead letters; views. Left out: the source has no such things. */
  keyOf?(index: number): Uint8Array | null
  headersOf?(index: number): ReadonlyMap<string, Uint8Array | null> | null
}

/** No messages. */
export const NO_MESSAGES: Messages = {
  bytes: new Uint8Array(0), starts: new Int32Array(0), ends: new Int32Array(0), count: 0, positionOf: () => null,
}

/** What a failure tells of its message besides the bytes. */
export function aboutMessage(messages: Messages, index: number): Pick<RowFailure, 'position' | 'key' | 'headers'> {
  return {
    position: messages.positionOf(index),
    ...(messages.keyOf === undefined ? {} : { key: messages.keyOf(index) }),
    ...(messages.headersOf === undefined ? {} : { headers: messages.headersOf(index) }),
  }
}
