import type { ByteReader } from './byte-reader.js'
import type { ByteWriter } from './byte-writer.js'

/**
 * One request of the Kafka protocol, ready to be sent, and how its answer is read. Every file of `protocol/` that is named after a request
 * exports a function that makes one of plain parameters.
 */
export interface KafkaRequest<Response> {
  /** As Kafka calls it, for messages: `Metadata`. */
  readonly name: string
  readonly apiKey: number
  readonly apiVersion: number
  /** Flexible versions have tagged fields in both headers. */
  readonly isFlexible: boolean
  /** True: no answer comes (Produce with acks 0), and the promise resolves with `undefined` when the request has been written. */
  readonly isOneWay?: boolean

  /** About how many bytes `encode` writes, where they are many: so that there is room for them at once. */
  readonly bytesExpected?: number

  /** Writes what stands behind the request header. */
  encode(into: ByteWriter): void

  /** `body` starts behind the response header: a contiguous view that nobody else writes to and that may be kept. */
  decode(body: ByteReader): Response
}
