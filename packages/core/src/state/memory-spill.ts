import type { Spill, SpillChanges, SpilledRow, SpillSnapshot, SpillStore } from './spill-store.js'

/** A {@link Spill} that is in memory after all: for tests and the simulator. */
export class MemorySpill implements Spill {
  readonly #stores = new Map<string, MemorySpillStore>()

  store(name: string): MemorySpillStore {
    const store = new MemorySpillStore()
    this.#stores.set(name, store)
    return store
  }

  /** Rows in all stores together. */
  get rows(): number {
    return [...this.#stores.values()].reduce((sum, store) => sum + store.size, 0)
  }

  async close(): Promise<void> {
    for (const store of this.#stores.values()) store.clear()
  }
}

export class MemorySpillStore implements SpillStore {
  /** By key, a character a byte: such texts are in the order of the bytes. */
  #rows = new Map<string, Uint8Array>()
  #sorted: string[] | null = null
  /** How often rows were put. */
  puts = 0

  get size(): number {
    return this.#rows.size
  }

  get(key: Uint8Array): Uint8Array | null {
    return this.#rows.get(textOf(key)) ?? null
  }

  write(change: (changes: SpillChanges) => void): void {
    change({
      put: (key, row) => {
        this.puts++
        this.#rows.set(textOf(key), row.slice())
      },
      remove: (key) => void this.#rows.delete(textOf(key)),
    })
    this.#sorted = null
  }

  range(from: Uint8Array | null, before: Uint8Array | null, rowsMax: number): SpilledRow[] {
    const [first, end] = [from === null ? '' : textOf(from), before === null ? null : textOf(before)]
    this.#sorted ??= [...this.#rows.keys()].sort()
    const found: SpilledRow[] = []
    for (const key of this.#sorted) {
      if (key < first) continue
      if (found.length === rowsMax || (end !== null && key >= end)) break
      found.push({ key: bytesOf(key), row: this.#rows.get(key)!.slice() })
    }
    return found
  }

  snapshot(): SpillSnapshot {
    const rows = this.range(null, null, Infinity)
    return { next: (rowsMax) => rows.splice(0, rowsMax), close: () => {} }
  }

  clear(): void {
    this.#rows = new Map()
    this.#sorted = null
  }
}

function textOf(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}
