import type { SpillChanges, SpilledRow, SpillSnapshot, SpillStore } from '@millrace/core'
import type { Database, Transaction } from 'lmdb'
import { storing } from './storing.js'

type Bytes = Database<Uint8Array, Uint8Array>

/** The rows of one operator: a named database. */
export class LmdbStore implements SpillStore {
  readonly #database: Bytes
  readonly #changes: SpillChanges
  /** The one that is being read. */
  #snapshot: LmdbSnapshot | null = null

  constructor(database: Bytes) {
    this.#database = database
    this.#changes = {
      put: (key, row) => void database.putSync(key, row),
      remove: (key) => void database.removeSync(key),
    }
  }

  get(key: Uint8Array): Uint8Array | null {
    const found = this.#database.getBinaryFast(key)
    // The library gives one buffer again and again, of which as much counts as it says.
    return found === undefined ? null : new Uint8Array(found.buffer, found.byteOffset, found.length)
  }

  write(change: (changes: SpillChanges) => void): void {
    storing(() => this.#database.transactionSync(() => change(this.#changes)))
  }

  range(from: Uint8Array | null, before: Uint8Array | null, rowsMax: number): SpilledRow[] {
    return storing(() => rowsOf(this.#database, from, before, rowsMax))
  }

  snapshot(): SpillSnapshot {
    return this.#snapshot = new LmdbSnapshot(this.#database)
  }

  /** Before the environment is closed: a snapshot may have been left half read. */
  close(): void {
    this.#snapshot?.close()
  }

  clear(): void {
    storing(() => this.#database.clearSync())
  }
}

/** A read transaction: what is written later is not in it. */
class LmdbSnapshot implements SpillSnapshot {
  readonly #database: Bytes
  readonly #transaction: Transaction
  #closed = false
  #next: Uint8Array | null = null

  constructor(database: Bytes) {
    this.#database = database
    this.#transaction = database.useReadTransaction()
  }

  next(rowsMax: number): SpilledRow[] {
    const rows = storing(() => rowsOf(this.#database, this.#next, null, rowsMax, this.#transaction))
    const last = rows.at(-1)
    if (last !== undefined) {
      this.#next = new Uint8Array(last.key.length + 1)
      this.#next.set(last.key)
    }
    return rows
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#transaction.done()
  }
}

function rowsOf(database: Bytes, from: Uint8Array | null, before: Uint8Array | null, rowsMax: number, transaction?: Transaction): SpilledRow[] {
  const rows: SpilledRow[] = []
  const range = database.getRange({
    limit: rowsMax, ...(from === null ? {} : { start: from }), ...(before === null ? {} : { end: before }), ...(transaction === undefined ? {} : { transaction }),
  })
  for (const { key, value } of range) rows.push({ key, row: value })
  return rows
}
