import type { JobSnapshot, StoredBytes, TablePart } from '../pipeline-snapshot.js'

/** All of one checkpoint but the bytes of its state: with it the checkpoint is complete. */
export interface CheckpointManifest {
  /** The same over all attempts to run the job. */
  readonly jobId: string
  /** Milliseconds since 1970 by the clock of whoever wrote it; for people. */
  readonly writtenAtMs: number
  /** True if the job has come to its end: nothing of it is left but to commit what was prepared. */
  readonly ended: boolean
  /** Its state is in `objects`: no bytes of it are here. */
  readonly snapshot: JobSnapshot
  /** All objects that the snapshot refers to, those of earlier epochs too. */
  readonly objects: readonly StoredObject[]
}

export interface StoredObject {
  readonly name: string
  readonly bytes: number
  readonly crc32: number
}

/** Every reference of a snapshot to bytes that a store has, in the tables that are asked for. */
export function* storedBytesOf(
  { workers }: JobSnapshot, isWanted: (from: number, nodeId: number, table: string) => boolean = () => true,
): Generator<StoredBytes> {
  for (const { workerIndex, operators } of workers) for (const { nodeId, tables } of operators) for (const { name, parts } of tables) {
    if (isWanted(workerIndex, nodeId, name)) for (const part of parts) yield* storedBytesOfPart(part)
  }
}

function* storedBytesOfPart({ batches, slots, removed }: TablePart): Generator<StoredBytes> {
  for (const bytes of [...batches, ...(slots ?? []), ...(removed === null ? [] : [removed])]) if (!(bytes instanceof Uint8Array)) yield bytes
}
