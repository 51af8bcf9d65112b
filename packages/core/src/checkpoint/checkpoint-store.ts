/**
 * Where the checkpoints of one job are kept: objects of bytes by name. A directory, a bucket, memory.
 *
 * A checkpoint is complete when its manifest is there; everything else may have been left behind by a crash. So the one thing asked of a
 * store is that an object appears whole and for good, or not at all.
 *
 * It is used on the main thread and in workers at once, each through a store of its own, and never twice at the same time for one name.
 */
export interface CheckpointStore {
  /**
   * Writes an object. Once this has resolved, the object outlives a crash of the machine; until then nothing is seen under its name, or
   * what was there before.
   *
   * @param name of lower-case letters, digits, `-`, `_` and `.`, in parts between `/`; no part begins with a dot
   * @param parts its bytes, one after the other; not changed before this resolves
   * @throws MillraceError CHECKPOINT_UNWRITABLE
   */
  put(name: string, parts: readonly Uint8Array[]): Promise<void>
  /**
   * The whole object, or null where there is none of that name.
   * @throws MillraceError CHECKPOINT_UNREADABLE
   */
  get(name: string): Promise<Uint8Array | null>
  /**
   * Names of all objects that begin with `prefix`, sorted. What was never written to its end is not among them.
   * @throws MillraceError CHECKPOINT_UNREADABLE
   */
  list(prefix: string): Promise<string[]>
  /**
   * Removes objects; names that do not exist are passed over.
   * @throws MillraceError CHECKPOINT_UNWRITABLE
   */
  remove(names: readonly string[]): Promise<void>
  close(): Promise<void>
}

/**
 * What a package that keeps checkpoints elsewhere than in a directory exports as `checkpointStore`. It is found like a connector, by the
 * scheme of the address: `s3://bucket/path` is kept by `@millrace/s3`.
 */
export interface CheckpointStoreFactory {
  /**
   * Opens the store at an address, on the main thread or in a worker.
   * @throws MillraceError OPTION_INVALID, CHECKPOINT_UNREADABLE
   */
  open(address: string): Promise<CheckpointStore>
}
