import type { MillraceError } from '@millrace/core'
import { addressText, kafkaFailure, unavailable } from '../kafka-failure.js'
import { CLOSE_TIMEOUT_MS, LATE_GRACE_MS } from '../limits.js'
import { ByteReader } from '../protocol/byte-reader.js'
import { ByteWriter } from '../protocol/byte-writer.js'
import type { KafkaRequest } from '../protocol/request.js'
import type { BrokerAddress, Connection } from './connection.js'

/** What a client library has to do for us: carry bytes to a broker and back. Made by the drivers. */
export interface Carrier {
  /** Sends a body with its header before it; gives the body of the answer, contiguous. It may never come back once the connection has ended. */
  carry(parcel: Parcel): Promise<Uint8Array>

  /** Ends the connection; must not wait for answers. */
  end(): Promise<void>

  /** Cuts the connection whatever is under way. */
  destroy(): void
}

export interface Parcel {
  readonly name: string
  readonly apiKey: number
  readonly apiVersion: number
  readonly isOneWay: boolean
  readonly body: Uint8Array
}

/** Its answers have the old header in all versions, so that a client that knows none can read it. */
const API_VERSIONS_KEY = 18

/**
 * A connection as the rest of the package sees it, whichever library carries the bytes: encodes and decodes, limits time, and fails what is
 * under way at the moment the connection ends.
 */
export class BrokerConnection implements Connection {
  readonly #carrier: Carrier
  readonly #address: BrokerAddress
  readonly #requestTimeoutMs: number
  readonly #underWay = new Set<(failure: MillraceError) => void>()
  #failure: MillraceError | null = null
  #closed: Promise<void> | null = null

  constructor(carrier: Carrier, address: BrokerAddress, requestTimeoutMs: number) {
    this.#carrier = carrier
    this.#address = address
    this.#requestTimeoutMs = requestTimeoutMs
  }

  get isOpen(): boolean {
    return this.#failure === null
  }

  send<Response>(request: KafkaRequest<Response>, timeoutMs: number = this.#requestTimeoutMs): Promise<Response> {
    const answer = this.#send(request, timeoutMs)
    // Whoever waits for it sees the failure; a connection that dies while nobody does must not take the process with it.
    answer.catch(() => undefined)
    return answer
  }

  async #send<Response>(request: KafkaRequest<Response>, timeoutMs: number): Promise<Response> {
    if (this.#failure !== null) throw this.#failure
    const into = new ByteWriter(request.bytesExpected)
    if (request.isFlexible) into.noTags()
    request.encode(into)
    const body = await this.#carried(request, into.finish(), timeoutMs)
    if (request.isOneWay === true) return undefined as Response
    return this.#decoded(request, body)
  }

  #carried(request: KafkaRequest<unknown>, body: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      let timer = setTimeout(() => {
        timer = setTimeout(() => {
          this.fail(unavailable(this.#address, `has not answered ${request.name} within ${timeoutMs} ms`))
        }, LATE_GRACE_MS)
      }, timeoutMs)
      const settle = (then: () => void): void => {
        clearTimeout(timer)
        this.#underWay.delete(refuse)
        then()
      }
      const refuse = (failure: MillraceError): void => settle(() => reject(failure))
      this.#underWay.add(refuse)
      const { name, apiKey, apiVersion } = request
      this.#carrier.carry({ name, apiKey, apiVersion, isOneWay: request.isOneWay === true, body }).then(
        (answer) => settle(() => resolve(answer)),
        (error: unknown) => {
          const failure = this.#failure ?? unavailable(this.#address, `did not answer ${request.name}`, error)
          this.fail(failure)
          refuse(failure)
        },
      )
    })
  }

  #decoded<Response>(request: KafkaRequest<Response>, bytes: Uint8Array): Response {
    const body = new ByteReader(bytes)
    try {
      if (request.isFlexible && request.apiKey !== API_VERSIONS_KEY) body.skipTags()
      return request.decode(body)
    } catch (error) {
      const failure = kafkaFailure('KAFKA_PROTOCOL', `broker ${addressText(this.#address)}, ${request.name}: ${(error as Error).message}`, {}, error)
      this.fail(failure)
      throw failure
    }
  }

  /** The connection is lost or no longer to be trusted: it ends, and so does what is under way. The first failure counts. */
  fail(failure: MillraceError): void {
    if (this.#failure !== null) return
    this.#failure = failure
    for (const refuse of this.#underWay) refuse(failure)
    this.#carrier.destroy()
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    if (this.#failure === null) {
      this.#failure = kafkaFailure('KAFKA_UNAVAILABLE', `the connection to broker ${addressText(this.#address)} was closed by this process`)
      for (const refuse of this.#underWay) refuse(this.#failure)
      let timer: NodeJS.Timeout | undefined
      const limit = new Promise<void>((resolve) => { timer = setTimeout(resolve, CLOSE_TIMEOUT_MS) })
      await Promise.race([this.#carrier.end().catch(() => undefined), limit])
      clearTimeout(timer)
    }
    this.#carrier.destroy()
  }
}
