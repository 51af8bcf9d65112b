import type { Connection as LibraryConnection, Writer } from '@platformatic/kafka'
import { createRequire } from 'node:module'
import { isIP } from 'node:net'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { unavailable } from '../kafka-failure.js'
import { REQUESTS_UNDER_WAY_MAX } from '../limits.js'
import { BrokerConnection, type Carrier, type Parcel } from './broker-connection.js'
import { connectFailure } from './connect-failure.js'
import type { BrokerAddress, Connection, ConnectionSettings, Driver } from './connection.js'
import { tlsOptionsOf } from './tls-options.js'

/** The library's own time limit, never reached: an answer that it does not wait for any more confuses the ones behind it. */
const NEVER_MS = 2 ** 31 - 1

/** Connections by `@platformatic/kafka`. */
export const platformaticDriver: Driver = { name: 'platformatic', connect }

interface Library {
  readonly Connection: typeof LibraryConnection
  readonly Writer: typeof Writer
}

const NOTHING = new Uint8Array(0)

let loading: Promise<Library> | null = null

/** Two modules of the library, not its index: that brings schemas, registries and codecs along, which every worker thread would load for nothing. */
function library(): Promise<Library> {
  loading ??= (async () => {
    const directory = dirname(createRequire(import.meta.url).resolve('@platformatic/kafka'))
    const load = (path: string): Promise<unknown> => import(pathToFileURL(join(directory, path)).href)
    const [network, protocol] = await Promise.all([load('network/connection.js'), load('protocol/writer.js')])
    return { ...(network as Pick<Library, 'Connection'>), ...(protocol as Pick<Library, 'Writer'>) }
  })()
  return loading
}

async function connect(address: BrokerAddress, settings: ConnectionSettings): Promise<Connection> {
  const { Connection, Writer } = await library()
  const inner = new Connection(settings.clientId, {
    connectTimeout: settings.connectTimeoutMs,
    requestTimeout: NEVER_MS,
    maxInflights: REQUESTS_UNDER_WAY_MAX,
    handleBackPressure: true,
    ...(settings.tls === null ? {} : { tls: tlsOptionsOf(settings.tls), ...(isIP(address.host) === 0 ? { tlsServerName: true } : {}) }),
    ...(settings.sasl === null ? {} : { sasl: { ...settings.sasl } }),
  })
  // Its promise tells; the event must have somebody to listen nevertheless.
  let lastError: unknown
  inner.on('error', (error) => { lastError = error })
  try {
    await inner.connect(address.host, address.port)
  } catch (error) {
    inner.socket?.destroy()
    throw connectFailure(address, settings, error, isSignIn(error))
  }
  const connection = new BrokerConnection(carrierOf(inner, Writer), address, settings.requestTimeoutMs)
  const lost = (): void => connection.fail(unavailable(address, 'has closed the connection', lastError))
  inner.on('error', lost)
  inner.on('close', lost)
  if (!inner.isConnected()) lost()
  return connection
}

function carrierOf(inner: LibraryConnection, { create }: typeof Writer): Carrier {
  return {
    carry: ({ apiKey, apiVersion, body, isOneWay }: Parcel) => new Promise((resolve, reject) => {
      const payload = (): Writer => {
        const writer = create().append(body as Buffer)
        if (isOneWay) writer.context.noResponse = true
        return writer
      }
      inner.send<Uint8Array>(apiKey, apiVersion, payload, (_correlation, _key, _version, answer) => answer.buffer.slice(), false, false, (error, answer) => {
        if (error) reject(error)
        else resolve(answer ?? NOTHING)
      })
    }),
    end: async () => { await inner.close() },
    destroy: () => {
      // Ends its timers too.
      void Promise.resolve(inner.close()).catch(() => undefined)
      inner.socket.destroy()
    },
  }
}

/** Whether the broker has refused the user or the password: an authentication that a lost connection has ended is none. */
function isSignIn(error: unknown): boolean {
  let refused = false
  for (let next: unknown = error; next instanceof Error; next = next instanceof AggregateError ? next.errors[0] : next.cause) {
    const code = (next as NodeJS.ErrnoException).code
    if (code === 'PLT_KFK_AUTHENTICATION') refused = true
    else if (refused && code === 'PLT_KFK_NETWORK') return false
  }
  return refused
}
