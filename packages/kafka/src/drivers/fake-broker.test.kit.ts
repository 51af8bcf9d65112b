import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { ByteReader } from '../protocol/byte-reader.js'
import { ByteWriter } from '../protocol/byte-writer.js'
import type { BrokerAddress, ConnectionSettings } from './connection.js'

export interface ReceivedRequest {
  readonly apiKey: number
  readonly apiVersion: number
  readonly clientId: string | null
  readonly body: ByteReader
  readonly socket: Socket
}

/** What a fake broker does with a request: the body of its answer, or nothing. */
export type Answering = (request: ReceivedRequest) => Uint8Array | null | Promise<Uint8Array | null>

export interface FakeBroker extends AsyncDisposable {
  readonly address: BrokerAddress
  readonly requests: ReceivedRequest[]
  readonly sockets: ReadonlySet<Socket>
}

/** A server that frames requests and answers as a Kafka broker does, and leaves what they mean to the test. */
export async function fakeBroker(answering: Answering): Promise<FakeBroker> {
  const sockets = new Set<Socket>()
  const requests: ReceivedRequest[] = []
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    let buffered = Buffer.alloc(0)
    let queue = Promise.resolve()
    socket.on('data', (chunk) => {
      buffered = Buffer.concat([buffered, chunk])
      while (buffered.length >= 4 && buffered.length >= 4 + buffered.readInt32BE(0)) {
        const end = 4 + buffered.readInt32BE(0)
        const from = new ByteReader(buffered.subarray(4, end))
        buffered = buffered.subarray(end)
        const [apiKey, apiVersion, correlation, clientId] = [from.int16(), from.int16(), from.int32(), from.nullableString()]
        const request = { apiKey, apiVersion, clientId, body: from, socket }
        requests.push(request)
        queue = queue.then(async () => {
          const body = await answering(request)
          if (body === null || socket.destroyed) return
          socket.write(new ByteWriter().int32(body.length + 4).int32(correlation).raw(body).finish())
        })
      }
    })
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return {
    address: { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
    requests, sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => { server.close(resolve) })
    },
  }
}

export const PLAIN_SETTINGS: ConnectionSettings = { clientId: 'test', connectTimeoutMs: 2_000, requestTimeoutMs: 2_000, tls: null, sasl: null }
