import type { MillraceError } from '@millrace/core'
import type { BrokerAddress, Connection, ConnectionSettings, Driver } from '../drivers/connection.js'
import { addressText, kafkaFailure } from '../kafka-failure.js'
import { apiVersions, type ApiVersionsResponse } from '../protocol/api-versions.js'
import { brokerFailure } from '../protocol/error-codes.js'

/** What every broker must take; others are looked at where they are needed. */
const NEEDED: readonly (readonly [name: string, apiKey: number, apiVersion: number])[] = [
  ['Metadata', 3, 7], ['Fetch', 1, 11], ['ListOffsets', 2, 5], ['FindCoordinator', 10, 2],
]

/**
 * The open connections to the brokers of a cluster. A broker works on one request of a connection at a time, and some wait long on purpose
 * (a fetch for records, a joining member for the others), so each purpose has a connection of its own.
 */
export class BrokerConnections {
  readonly #driver: Promise<Driver>
  readonly #settings: ConnectionSettings
  readonly #open = new Map<string, Promise<Connection>>()
  readonly #apis = new Map<string, ApiVersionsResponse['apis']>()
  #isClosed = false

  constructor(driver: Promise<Driver>, settings: ConnectionSettings) {
    this.#driver = driver
    this.#settings = settings
  }

  async get(address: BrokerAddress, purpose: string): Promise<Connection> {
    if (this.#isClosed) throw kafkaFailure('KAFKA_UNAVAILABLE', 'the connections to the cluster were closed by this process', { retry: false })
    const key = `${addressText(address)} ${purpose}`
    const present = this.#open.get(key)
    if (present !== undefined) {
      const connection = await present
      if (connection.isOpen) return connection
      if (this.#open.get(key) !== present) return this.get(address, purpose)
    }
    const opening = this.#connect(address)
    this.#open.set(key, opening)
    opening.catch(() => {
      if (this.#open.get(key) === opening) this.#open.delete(key)
    })
    return opening
  }

  /** Whether a broker to which there is or was a connection takes that version of a request. */
  supports(address: BrokerAddress, apiKey: number, apiVersion: number): boolean {
    const range = this.#apis.get(addressText(address))?.get(apiKey)
    return range !== undefined && range.minimum <= apiVersion && apiVersion <= range.maximum
  }

  async #connect(address: BrokerAddress): Promise<Connection> {
    const connection = await (await this.#driver).connect(address, this.#settings)
    try {
      if (this.#isClosed) throw kafkaFailure('KAFKA_UNAVAILABLE', 'the connections to the cluster were closed by this process', { retry: false })
      if (!this.#apis.has(addressText(address))) await this.#learn(address, connection)
      return connection
    } catch (error) {
      await connection.close()
      throw error
    }
  }

  /** A broker ends a connection without a word when it does not know the version of a request, so it is asked before. */
  async #learn(address: BrokerAddress, connection: Connection): Promise<void> {
    const { errorCode, apis } = await connection.send(apiVersions())
    if (errorCode !== 0) throw brokerFailure(errorCode, `broker ${addressText(address)} does not say which requests it takes`)
    for (const [name, apiKey, apiVersion] of NEEDED) {
      const range = apis.get(apiKey)
      if (range === undefined || range.minimum > apiVersion || range.maximum < apiVersion) throw tooOld(address, name, apiVersion, range)
    }
    this.#apis.set(addressText(address), apis)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const open = [...this.#open.values()]
    this.#open.clear()
    await Promise.all(open.map((opening) => opening.then((connection) => connection.close(), () => undefined)))
  }
}

function tooOld(address: BrokerAddress, name: string, version: number, range: { minimum: number; maximum: number } | undefined): MillraceError {
  const has = range === undefined ? 'does not take it at all' : `takes ${range.minimum} to ${range.maximum}`
  return kafkaFailure('KAFKA_PROTOCOL', `broker ${addressText(address)} cannot be used: ${name} is needed in version ${version}, and it ${has}; Kafka 2.5 or later is needed`)
}
