/** The parts of kafkajs that the driver uses, which its own types leave out. The version is pinned. */
declare module 'kafkajs/src/network/connection.js' {
  import type { Socket } from 'node:net'

  interface Logger {
    namespace(name: string): Logger
    info(message: string, extra?: object): void
    error(message: string, extra?: object): void
    warn(message: string, extra?: object): void
    debug(message: string, extra?: object): void
  }

  interface Protocol<Response> {
    readonly request: {
      readonly apiKey: number
      readonly apiName: string
      readonly apiVersion: number
      encode(): Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>
      expectResponse(): boolean
    }
    readonly response: { decode(payload: Buffer): Promise<Response>; parse(decoded: Response): Promise<Response> }
    readonly logResponseError: boolean
  }

  export default class Connection {
    constructor(options: {
      readonly host: string
      readonly port: number
      readonly clientId: string
      readonly logger: Logger
      readonly socketFactory: (options: { host: string; port: number; ssl: object | null; onConnect: () => void }) => Socket
      readonly requestTimeout: number
      readonly connectionTimeout: number
      readonly enforceRequestTimeout: boolean
      readonly maxInFlightRequests: number
      readonly ssl: object | null
      readonly sasl: object | null
    })
    readonly socket: Socket | undefined
    readonly requestQueue: { rejectAll(error: Error): void; destroy(): void }
    setVersions(versions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>>): void
    setSupportAuthenticationProtocol(isSupported: boolean): void
    connect(): Promise<true>
    authenticate(): Promise<void>
    disconnect(): Promise<true>
    send<Response>(protocol: Protocol<Response>): Promise<Response>
  }
}

declare module 'kafkajs/src/network/socketFactory.js' {
  import type { Socket } from 'node:net'
  export default function createSocketFactory(): (options: { host: string; port: number; ssl: object | null; onConnect: () => void }) => Socket
}
