import LibraryConnection from 'kafkajs/src/network/connection.js'
import createSocketFactory from 'kafkajs/src/network/socketFactory.js'
import { isIP } from 'node:net'
import { unavailable } from '../kafka-failure.js'
import { REQUESTS_UNDER_WAY_MAX } from '../limits.js'
import { BrokerConnection, type Carrier } from './broker-connection.js'
import { connectFailure } from './connect-failure.js'
import type { BrokerAddress, Connection, ConnectionSettings, Driver } from './connection.js'
import { tlsOptionsOf } from './tls-options.js'

/** Connections by `kafkajs`: its class for one connection, without the clients that it builds on it. */
export const kafkajsDriver: Driver = { name: 'kafkajs', connect }

/** What it is told that the broker has, to sign in by; it would ask otherwise. All brokers since 1.0 have these. */
const SIGN_IN_VERSIONS = { 17: { minVersion: 0, maxVersion: 1 }, 36: { minVersion: 0, maxVersion: 1 } }

const createSocket = createSocketFactory()

const SILENT = { namespace: () => SILENT, info: ignore, error: ignore, warn: ignore, debug: ignore }

function ignore(): void { /* What it would log comes as an error too. */ }

async function connect(address: BrokerAddress, settings: ConnectionSettings): Promise<Connection> {
  const inner = new LibraryConnection({
    ...address,
    clientId: settings.clientId,
    logger: SILENT,
    socketFactory: (options) => createSocket(options).setNoDelay(true),
    connectionTimeout: settings.connectTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    // A time limit for each request is set by whoever sends it.
    enforceRequestTimeout: false,
    maxInFlightRequests: REQUESTS_UNDER_WAY_MAX,
    ssl: settings.tls === null ? null : { ...tlsOptionsOf(settings.tls), ...(isIP(address.host) === 0 ? { servername: address.host } : {}) },
    sasl: settings.sasl === null ? null : { ...settings.sasl },
  })
  inner.setVersions(SIGN_IN_VERSIONS)
  inner.setSupportAuthenticationProtocol(true)
  let lastError: unknown
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no connection within ${settings.connectTimeoutMs} ms`)), settings.connectTimeoutMs)
  })
  const opening = open(inner, (error) => { lastError = error })
  opening.catch(() => undefined)
  try {
    await Promise.race([opening, limit])
  } catch (error) {
    cut(inner)
    throw connectFailure(address, settings, lastError ?? error, isSignIn(error))
  } finally {
    clearTimeout(timer)
  }
  const connection = new BrokerConnection(carrierOf(inner), address, settings.requestTimeoutMs)
  const lost = (): void => connection.fail(unavailable(address, 'has closed the connection', lastError))
  inner.socket!.on('close', lost)
  if (inner.socket!.destroyed) lost()
  return connection
}

/** @param onSocketError gets what the socket said: the library keeps its message alone */
async function open(inner: LibraryConnection, onSocketError: (error: unknown) => void): Promise<void> {
  const connecting = inner.connect()
  inner.socket?.on('error', onSocketError)
  // It waits for answers on a socket that has closed without an end.
  const cutOff = new Promise<never>((_resolve, reject) => inner.socket?.once('close', () => reject(new Error('the broker has closed the connection'))))
  cutOff.catch(() => undefined)
  await Promise.race([connecting, cutOff])
  await Promise.race([inner.authenticate(), cutOff])
}

function carrierOf(inner: LibraryConnection): Carrier {
  return {
    carry: ({ name, apiKey, apiVersion, isOneWay, body }) => {
      const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
      return inner.send<Uint8Array>({
        request: { apiKey, apiVersion, apiName: name, encode: async () => ({ buf: bytes, buffer: bytes }), expectResponse: () => !isOneWay },
        response: { decode: async (payload) => payload, parse: async (payload) => payload },
        logResponseError: false,
      })
    },
    end: async () => {
      rejectAll(inner)
      await inner.disconnect()
    },
    destroy: () => cut(inner),
  }
}

/** Its `disconnect` waits for the answers that are missing, for as long as it takes. */
function cut(inner: LibraryConnection): void {
  rejectAll(inner)
  inner.requestQueue.destroy()
  inner.socket?.destroy()
}

function rejectAll(inner: LibraryConnection): void {
  inner.requestQueue.rejectAll(new Error('the connection has ended'))
}

const REFUSED: ReadonlySet<string> = new Set(['SASL_AUTHENTICATION_FAILED', 'UNSUPPORTED_SASL_MECHANISM', 'ILLEGAL_SASL_STATE'])

/** Whether the broker has refused the user, the password or the mechanism. It tells of lost connections by the same class while it signs in. */
function isSignIn(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { name, type } = error as Error & { type?: string }
  if (type !== undefined) return REFUSED.has(type)
  return name === 'KafkaJSSASLAuthenticationError' && !/the connection has ended|Closed connection|Connection error/.test(error.message)
}
