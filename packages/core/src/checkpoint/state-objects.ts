import { MillraceError } from '../errors.js'
import { STATE_BYTES_IN_FLIGHT_MAX, STATE_OBJECT_BYTES } from '../limits.js'
import type { JobSnapshot, PipelineSnapshot, StateBytes, StateWriter, StoredBytes, TablePart } from '../pipeline-snapshot.js'
import type { CheckpointStore } from './checkpoint-store.js'
import { crc32 } from './crc32.js'
import { type StoredObject, storedBytesOf } from './manifest.js'
import { stateObjectName } from './object-names.js'

/** Batches are read in place, and their columns lie at multiples of this. */
const ALIGN = 8

/**
 * Collects what one worker stores of one epoch into objects of a bounded size, and puts them into its store while the pipeline goes on.
 * Whoever writes asks {@link hasRoom} first, so that only so much waits for the store.
 */
export class StateObjects implements StateWriter {
  readonly #store: CheckpointStore
  readonly #epoch: number
  readonly #workerIndex: number
  readonly #objects: StoredObject[] = []
  readonly #puts: Promise<void>[] = []
  #parts: Uint8Array[] = []
  #bytes = 0
  #crc = 0
  #inFlightBytes = 0
  #total = 0

  constructor(store: CheckpointStore, epoch: number, workerIndex: number) {
    this.#store = store
    this.#epoch = epoch
    this.#workerIndex = workerIndex
  }

  /** False while the store is behind. */
  get hasRoom(): boolean {
    return this.#inFlightBytes < STATE_BYTES_IN_FLIGHT_MAX
  }

  /** Taken so far. */
  get bytes(): number {
    return this.#total
  }

  write(bytes: Uint8Array): StoredBytes {
    const at = this.#bytes
    const object = stateObjectName(this.#epoch, this.#workerIndex, this.#objects.length)
    this.#take(bytes)
    // Up to where the next ones begin.
    if (bytes.length % ALIGN !== 0) this.#take(new Uint8Array(ALIGN - (bytes.length % ALIGN)))
    if (this.#bytes >= STATE_OBJECT_BYTES) this.#put()
    return { object, at, length: bytes.length }
  }

  #take(bytes: Uint8Array): void {
    this.#parts.push(bytes)
    this.#bytes += bytes.length
    this.#total += bytes.length
    this.#crc = crc32(bytes, this.#crc)
    this.#inFlightBytes += bytes.length
  }

  /** Resolves when all objects outlive a crash. @throws MillraceError CHECKPOINT_UNWRITABLE */
  async finish(): Promise<readonly StoredObject[]> {
    if (this.#parts.length > 0) this.#put()
    await Promise.all(this.#puts)
    return this.#objects
  }

  /** Resolves when nothing of it is on its way to the store any more, whatever became of it. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#puts)
  }

  #put(): void {
    const [parts, bytes] = [this.#parts, this.#bytes]
    const object = { name: stateObjectName(this.#epoch, this.#workerIndex, this.#objects.length), bytes, crc32: this.#crc }
    this.#objects.push(object)
    this.#parts = []
    this.#bytes = 0
    this.#crc = 0
    const put = this.#store.put(object.name, parts).then(() => {
      this.#inFlightBytes -= bytes
    })
    // Told by `finish`.
    put.catch(() => {})
    this.#puts.push(put)
  }
}

/** Whether what worker `from` stored of a table is needed where a job is restored. */
export type StateNeeds = (from: number, nodeId: number, table: string) => boolean

/**
 * Brings the bytes that a snapshot refers to into memory, as far as they are needed; the rest stays references.
 *
 * @param objects as the manifest has them
 * @throws MillraceError CHECKPOINT_CORRUPT, CHECKPOINT_UNREADABLE
 */
export async function loadSnapshot(
  store: CheckpointStore, snapshot: JobSnapshot, objects: readonly StoredObject[], needs: StateNeeds = () => true,
): Promise<JobSnapshot> {
  const known = new Map(objects.map((object) => [object.name, object]))
  const loaded = new Map<string, Uint8Array>()
  for (const { object: name } of storedBytesOf(snapshot, needs)) {
    if (loaded.has(name)) continue
    const object = known.get(name)
    if (object === undefined) throw corrupt(name, 'the checkpoint does not list it')
    loaded.set(name, await readObject(store, object))
  }
  const bytesOf = (bytes: StateBytes): Uint8Array => {
    if (bytes instanceof Uint8Array) return bytes
    const whole = loaded.get(bytes.object)!
    if (bytes.at + bytes.length > whole.length) throw corrupt(bytes.object, 'the checkpoint has not all of it')
    const at = whole.byteOffset + bytes.at
    // Batches are read in place, at addresses that suit their columns.
    return at % ALIGN === 0 ? whole.subarray(bytes.at, bytes.at + bytes.length) : whole.slice(bytes.at, bytes.at + bytes.length)
  }
  return { ...snapshot, workers: snapshot.workers.map((worker) => withBytes(worker, bytesOf, needs)) }
}

function withBytes(worker: PipelineSnapshot, bytesOf: (bytes: StateBytes) => Uint8Array, needs: StateNeeds): PipelineSnapshot {
  const partOf = (part: TablePart): TablePart => ({
    ...part,
    batches: part.batches.map(bytesOf),
    slots: part.slots === null ? null : part.slots.map(bytesOf),
    removed: part.removed === null ? null : bytesOf(part.removed),
  })
  return {
    ...worker,
    operators: worker.operators.map(({ nodeId, tables }) => ({
      nodeId, tables: tables.map((table) => (needs(worker.workerIndex, nodeId, table.name) ? { ...table, parts: table.parts.map(partOf) } : table)),
    })),
  }
}

/** An object that is what the manifest says it is. @throws MillraceError CHECKPOINT_CORRUPT, CHECKPOINT_UNREADABLE */
export async function readObject(store: CheckpointStore, object: StoredObject): Promise<Uint8Array> {
  const got = await store.get(object.name)
  if (got === null) throw corrupt(object.name, 'it is not there')
  if (got.length !== object.bytes) throw corrupt(object.name, `it has ${got.length} bytes and not ${object.bytes}`)
  if (crc32(got) !== object.crc32) throw corrupt(object.name, 'its checksum does not fit')
  // `slice` of a Buffer is no copy.
  return new Uint8Array(got.buffer, got.byteOffset, got.length)
}

function corrupt(name: string, why: string): MillraceError {
  return new MillraceError('CHECKPOINT_CORRUPT', `object ${name} of the checkpoint is damaged: ${why}`)
}
