import type { Spill, SpillFactory, SpillStore } from '@millrace/core'
import { open, type RootDatabase } from 'lmdb'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { STORES_MAX } from './limits.js'
import { LmdbStore } from './lmdb-store.js'
import { storing } from './storing.js'

/** One LMDB environment for each pipeline, in its own thread; nothing is shared. */
export const spill: SpillFactory = {
  async open(directory: string | null, name: string): Promise<Spill> {
    return storing(() => {
      const parent = directory ?? tmpdir()
      mkdirSync(parent, { recursive: true })
      return new LmdbSpill(mkdtempSync(join(parent, `millrace-${name.replaceAll(/\W/g, '-')}-`)))
    })
  },
}

class LmdbSpill implements Spill {
  readonly #folder: string
  readonly #root: RootDatabase<Uint8Array, Uint8Array>
  readonly #removed: boolean
  readonly #stores: LmdbStore[] = []

  constructor(folder: string) {
    this.#folder = folder
    this.#root = open<Uint8Array, Uint8Array>({
      path: join(folder, 'state.mdb'),
      noSubdir: true,
      keyEncoding: 'binary',
      encoding: 'binary',
      maxDbs: STORES_MAX,
      cache: false,
      // Its files are worth nothing after a crash, so nothing waits for the disk.
      noSync: true,
      overlappingSync: false,
      noMemInit: true,
    })
    this.#removed = this.#remove()
  }

  store(name: string): SpillStore {
    const store = storing(() => new LmdbStore(this.#root.openDB<Uint8Array, Uint8Array>({ name, keyEncoding: 'binary', encoding: 'binary', cache: false })))
    this.#stores.push(store)
    return store
  }

  async close(): Promise<void> {
    for (const store of this.#stores) store.close()
    await this.#root.close()
    if (!this.#removed) this.#remove()
  }

  /**
   * Where the system lets files be removed that are open, that is done at once: then even a killed process leaves nothing behind.
   * Elsewhere they go when they are closed.
   */
  #remove(): boolean {
    try {
      rmSync(this.#folder, { recursive: true, force: true })
      return true
    } catch (error) {
      if (OPEN_CODES.has((error as NodeJS.ErrnoException).code ?? '')) return false
      throw error
    }
  }
}

/** What systems say of files that are open. */
const OPEN_CODES: ReadonlySet<string> = new Set(['EBUSY', 'EPERM', 'EACCES', 'ENOTEMPTY'])
