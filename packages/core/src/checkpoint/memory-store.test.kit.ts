import { MillraceError } from '../errors.js'
import type { CheckpointStore } from './checkpoint-store.js'

/** A store in memory that tells what it was asked, and fails on demand. */
export class MemoryCheckpointStore implements CheckpointStore {
  readonly objects: Map<string, Uint8Array> = new Map()
  readonly calls: string[] = []
  /** How many of the next puts fail. */
  failingPuts = 0
  /** Holds puts back until it is called. */
  release: (() => void) | null = null
  #held: Promise<void> | null = null

  hold(): void {
    this.#held = new Promise((resolve) => (this.release = resolve))
  }

  async put(name: string, parts: readonly Uint8Array[]): Promise<void> {
    this.calls.push(`put ${name}`)
    await this.#held
    if (this.failingPuts-- > 0) throw new MillraceError('CHECKPOINT_UNWRITABLE', 'no space left')
    this.objects.set(name, Uint8Array.from(Buffer.concat(parts)))
  }

  async get(name: string): Promise<Uint8Array | null> {
    return this.objects.get(name) ?? null
  }

  async list(prefix: string): Promise<string[]> {
    return [...this.objects.keys()].filter((name) => name.startsWith(prefix)).sort()
  }

  async remove(names: readonly string[]): Promise<void> {
    this.calls.push(...names.map((name) => `remove ${name}`))
    for (const name of names) this.objects.delete(name)
  }

  async close(): Promise<void> {}
}
