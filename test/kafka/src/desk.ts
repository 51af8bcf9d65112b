import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** A record as tests write it: strings are UTF-8. */
export interface ProducedRecord {
  readonly key?: string | Uint8Array | null
  readonly value: string | Uint8Array | null
  readonly headers?: readonly (readonly [name: string, value: string | Uint8Array | null])[]
  readonly partition?: number
  readonly timestamp?: number
}

export interface ProduceOptions {
  /** Of Java's producer: `compression.type`, `transactional.id`, … */
  readonly config?: Readonly<Record<string, string>>
  /** In a transaction (`transactional.id` is needed) that ends so; `open`: is left to its time-out. */
  readonly transaction?: 'commit' | 'abort' | 'open'
}

export interface ConsumedRecord {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly timestampType: 'CreateTime' | 'LogAppendTime' | 'NoTimestampType'
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly (readonly [name: string, value: Buffer | null])[]
}

export interface ConsumeOptions {
  /** Default: read_committed. */
  readonly isolation?: 'read_committed' | 'read_uncommitted'
}

/** Asks the Java clients inside a broker; see java/Desk.java. */
export class Desk {
  readonly #socket: Socket
  readonly #waiting: Map<number, { resolve(result: unknown): void; reject(e: Error): void }> = new Map()
  #next = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    createInterface({ input: socket }).on('line', (line) => {
      const { id, result, error } = JSON.parse(line) as { id: number; result?: unknown; error?: string }
      const { resolve, reject } = this.#waiting.get(id)!
      this.#waiting.delete(id)
      if (error === undefined) resolve(result)
      else reject(new Error(error))
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the broker has gone'))
      this.#waiting.clear()
    })
    // An idle desk keeps no test process alive.
    socket.unref()
  }

  /** @returns null where nobody listens (yet) */
  static open(port: number): Promise<Desk | null> {
    return new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true })
      socket.once('connect', () => resolve(new Desk(socket)))
      socket.once('error', () => resolve(null))
    })
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed
  }

  ask<T>(what: string, parameters: object): Promise<T> {
    const id = this.#next++
    return new Promise<T>((resolve, reject) => {
      if (!this.isOpen) return reject(new Error('the broker has gone'))
      this.#socket.ref()
      const settled = (): void => void (this.#waiting.size === 0 && this.#socket.unref())
      this.#waiting.set(id, {
        resolve: (result) => { settled(); resolve(result as T) },
        reject: (e) => { settled(); reject(e) },
      })
      this.#socket.write(`${JSON.stringify({ id, do: what, ...parameters })}\n`)
    })
  }

  close(): void {
    this.#socket.destroy()
  }
}

export function base64(bytes: string | Uint8Array | null | undefined): string | null {
  return bytes === null || bytes === undefined ? null : Buffer.from(bytes as Uint8Array).toString('base64')
}

export function fromBase64(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text, 'base64')
}
