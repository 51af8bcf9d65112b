/**
 * State beyond memory: the rows that an operator keeps outside of it, by key. Core knows no disk; whoever runs the pipeline gives it such
 * a place (`PipelineEnvironment.openSpill`): the runtime a store on disk (`@millrace/lmdb`), the simulator one in memory.
 *
 * Everything is synchronous: an operator asks for a row in the middle of a batch. What is in a store is worth nothing after the job; a
 * checkpoint holds its rows, not its files.
 */
export interface SpillStore {
  /** The row of a key, valid until the next call of the store; null where there is none. Keys have 1 … SPILL_KEY_BYTES_MAX bytes. */
  get(key: Uint8Array): Uint8Array | null

  /**
   * Makes some changes, at one go: `change` calls `put` and `remove` any number of times, and asks nothing of the store meanwhile. Keys and
   * rows are copied. The caller keeps such a transaction small: SPILL_WRITE_ROWS.
   *
   * @throws MillraceError STATE_STORE_FAILED: the disk is full
   */
  write(change: (changes: SpillChanges) => void): void

  /**
   * The first rows, at most `rowsMax`, with `from` ≤ key < `before`, in the order of the bytes of their keys; null leaves an end open.
   * Copies.
   */
  range(from: Uint8Array | null, before: Uint8Array | null, rowsMax: number): SpilledRow[]

  /** The rows as they are now, to be read while they go on changing. */
  snapshot(): SpillSnapshot

  /** Removes every row. */
  clear(): void
}

export interface SpillChanges {
  /** Adds a row, or replaces the one of its key. */
  put(key: Uint8Array, row: Uint8Array): void
  /** Nothing where there is no such key. */
  remove(key: Uint8Array): void
}

export interface SpilledRow {
  readonly key: Uint8Array
  readonly row: Uint8Array
}

export interface SpillSnapshot {
  /** The next rows, at most so many, in the order of their keys; none at the end. Copies. */
  next(rowsMax: number): SpilledRow[]
  /** Lets go of it. Once. */
  close(): void
}

/** The stores of one pipeline. */
export interface Spill {
  /** The store of an operator, empty. */
  store(name: string): SpillStore
  /** Removes all of it. */
  close(): Promise<void>
}

/** What a package that keeps state beyond memory exports as `spill`. */
export interface SpillFactory {
  /**
   * Opens the stores of one pipeline, inside its worker. Nothing of an earlier one is read.
   *
   * @param directory where files may be put; null for the system's place for temporary files
   * @param name tells this pipeline from others of the process
   * @throws MillraceError STATE_STORE_FAILED
   */
  open(directory: string | null, name: string): Promise<Spill>
}
