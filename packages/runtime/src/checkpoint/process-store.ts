import type { CheckpointStore } from '@millrace/core'
import { expose, type Remote, wrap } from 'comlink'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { newId } from '../new-id.js'

/**
 * Checkpoints in the memory of the process, for jobs whose positions are kept elsewhere: they outlive attempts and threads, and nothing
 * else. Kept on the main thread, by an id; workers reach them through a port.
 */
export class ProcessStore implements CheckpointStore {
  static readonly #stores = new Map<string, ProcessStore>()
  readonly id: string = newId()
  readonly #objects = new Map<string, Uint8Array>()

  private constructor() {}

  /** A new one, there until it is dropped. */
  static create(): ProcessStore {
    const store = new ProcessStore()
    ProcessStore.#stores.set(store.id, store)
    return store
  }

  /** One that was made on this thread. */
  static find(id: string): ProcessStore | null {
    return ProcessStore.#stores.get(id) ?? null
  }

  static drop(id: string): void {
    ProcessStore.#stores.delete(id)
  }

  async put(name: string, parts: readonly Uint8Array[]): Promise<void> {
    const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const part of parts) {
      bytes.set(part, at)
      at += part.length
    }
    this.#objects.set(name, bytes)
  }

  async get(name: string): Promise<Uint8Array | null> {
    return this.#objects.get(name) ?? null
  }

  async list(prefix: string): Promise<string[]> {
    return [...this.#objects.keys()].filter((name) => name.startsWith(prefix)).sort()
  }

  async remove(names: readonly string[]): Promise<void> {
    for (const name of names) this.#objects.delete(name)
  }

  /** What is kept stays until it is dropped. */
  async close(): Promise<void> {}

  /** For a worker: the other end of what it gets. The store answers until that is closed. */
  port(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    // comlink's endpoint is a browser's; Node's port has all that it uses.
    expose(this, port1 as never)
    port1.unref()
    return port2
  }
}

/** The store behind a port, in a worker. */
export function storeBehind(port: MessagePort): CheckpointStore {
  const remote = wrap<ProcessStore>(port as never) as Remote<CheckpointStore>
  return {
    put: (name, parts) => remote.put(name, parts),
    get: (name) => remote.get(name),
    list: (prefix) => remote.list(prefix),
    remove: (names) => remote.remove(names),
    close: async () => port.close(),
  }
}
