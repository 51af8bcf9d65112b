/**
 * Records of one partition, by column: where their parts lie in `bytes`, and no object for any of them. Made once for a reader and filled
 * again and again.
 */
export class Records {
  bytes: Uint8Array = new Uint8Array(0)
  count = 0
  readonly offsets: Float64Array
  /** Milliseconds since 1970; −1 where the producer gave none. */
  readonly timestamps: Float64Array
  /** A part is `bytes[start … end)`; a start of −1 says null. */
  readonly valueStarts: Int32Array
  readonly valueEnds: Int32Array
  readonly keyStarts: Int32Array
  readonly keyEnds: Int32Array
  /** Where the count of the headers stands, and the headers behind it: see `headersAt`. */
  readonly headerStarts: Int32Array
  readonly leaderEpochs: Int32Array
  /** 1: the timestamp is the broker's, of the moment when it wrote the record. */
  readonly isAppendTime: Uint8Array

  constructor(readonly capacity: number) {
    this.offsets = new Float64Array(capacity)
    this.timestamps = new Float64Array(capacity)
    this.valueStarts = new Int32Array(capacity)
    this.valueEnds = new Int32Array(capacity)
    this.keyStarts = new Int32Array(capacity)
    this.keyEnds = new Int32Array(capacity)
    this.headerStarts = new Int32Array(capacity)
    this.leaderEpochs = new Int32Array(capacity)
    this.isAppendTime = new Uint8Array(capacity)
  }
}
