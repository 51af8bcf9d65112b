import type { KafkaRequest } from '../protocol/request.js'

/**
 * What a Kafka client library is to this package: somebody who opens connections. TCP, TLS, SASL, correlation of answers and time limits are
 * the driver's; what requests mean is ours (`protocol/`), so that every driver reads and writes the same bytes.
 */
export interface Driver {
  readonly name: DriverName

  /**
   * Opens a connection to one broker and signs in.
   *
   * @throws MillraceError KAFKA_UNAVAILABLE, KAFKA_AUTHENTICATION
   */
  connect(address: BrokerAddress, settings: ConnectionSettings): Promise<Connection>
}

export type DriverName = 'platformatic' | 'kafkajs'
export const DRIVER_NAMES: readonly DriverName[] = ['platformatic', 'kafkajs']

export interface BrokerAddress {
  readonly host: string
  readonly port: number
}

/** How to connect to any broker of a cluster. */
export interface ConnectionSettings {
  readonly clientId: string
  /** From the first packet to being signed in. */
  readonly connectTimeoutMs: number
  /** For each request that does not say otherwise. */
  readonly requestTimeoutMs: number
  readonly tls: TlsSettings | null
  readonly sasl: SaslSettings | null
}

export interface TlsSettings {
  /** PEM texts. Left out: the certificate authorities of Node.js, and no certificate of one's own. */
  readonly ca?: string
  readonly certificate?: string
  readonly key?: string
  readonly keyPassword?: string
  /** Whether the certificate must be of the host that was dialled. */
  readonly checksHost: boolean
}

export interface SaslSettings {
  readonly mechanism: SaslMechanism
  readonly username: string
  readonly password: string
}

export type SaslMechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
export const SASL_MECHANISMS: readonly SaslMechanism[] = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']

export interface Connection {
  /**
   * Sends one request; many may be under way, and a broker answers them in order. Never rejects unobserved: what is under way fails when the
   * connection ends.
   *
   * @param timeoutMs for this request; a request that is too late ends the connection, for the answers behind it would come late too
   * @throws MillraceError KAFKA_UNAVAILABLE when the connection is lost or the answer too late, KAFKA_PROTOCOL when it cannot be decoded
   */
  send<Response>(request: KafkaRequest<Response>, timeoutMs?: number): Promise<Response>

  readonly isOpen: boolean

  /** Ends at once; requests under way fail. */
  close(): Promise<void>
}
