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
}

/** No messages. */
export const NO_MESSAGES: Messages = {
  bytes: new Uint8Array(0), starts: new Int32Array(0), ends: new Int32Array(0), count: 0, positionOf: () => null,
}
