import { MillraceError } from '../errors.js'
import type { CheckpointStore } from './checkpoint-store.js'
import type { CheckpointManifest, StoredObject } from './manifest.js'
import { decodeFramed, decodeManifest, encodeFramed, encodeManifest } from './manifest-codec.js'
import { epochOfName, EPOCH_PREFIX, isManifestName, JOB_OBJECT, manifestName, OWNER_OBJECT } from './object-names.js'
import { readObject } from './state-objects.js'

/** What was found in a store. */
export interface FoundCheckpoints {
  /** The newest whole one; null where there is none at all. */
  readonly manifest: CheckpointManifest | null
  /** Of newer ones that were passed over: why. */
  readonly damaged: readonly { readonly epoch: number; readonly reason: string }[]
  /** The highest epoch of which anything is there, so that new ones never share a name with what a lost attempt may still write. */
  readonly lastEpoch: number
}

/** The checkpoints of one job in its store, on the main thread: finds, adds and prunes. */
export class CheckpointHistory {
  readonly #store: CheckpointStore
  readonly #keep: number
  /** Names of objects by epoch, of the checkpoints that are kept. */
  readonly #kept = new Map<number, ReadonlySet<string>>()
  /** Objects that later manifests may refer to. */
  readonly #objects = new Map<string, StoredObject>()

  #attempt: string | null = null

  constructor(store: CheckpointStore, keep: number) {
    this.#store = store
    this.#keep = keep
  }

  /**
   * The newest checkpoint whose manifest and objects are whole.
   *
   * @throws MillraceError CHECKPOINT_CORRUPT where none of several is, CHECKPOINT_FORMAT, CHECKPOINT_UNREADABLE
   */
  async find(): Promise<FoundCheckpoints> {
    const names = await this.#store.list(EPOCH_PREFIX)
    const lastEpoch = names.reduce((last, name) => Math.max(last, epochOfName(name) ?? 0), 0)
    const damaged: { epoch: number; reason: string }[] = []
    for (const name of names.filter(isManifestName).sort().reverse()) {
      const epoch = epochOfName(name)!
      try {
        const manifest = await this.#read(epoch)
        for (const object of manifest.objects) await readObject(this.#store, object)
        this.#remember(manifest)
        await this.#rememberOlder(names, epoch)
        return { manifest, damaged, lastEpoch }
      } catch (error) {
        // A version that this one cannot read is never passed over: the job has gone on with it.
        if (!(error instanceof MillraceError) || error.code !== 'CHECKPOINT_CORRUPT') throw error
        damaged.push({ epoch, reason: error.message })
      }
    }
    if (damaged.length === 0) return { manifest: null, damaged, lastEpoch }
    const reasons = damaged.map(({ epoch, reason }) => `epoch ${epoch}: ${reason}`).join('; ')
    throw new MillraceError('CHECKPOINT_CORRUPT', `no checkpoint is whole, so the job cannot go on: ${reasons}. To begin anew, use another directory`)
  }

  /**
   * The id of the job whose checkpoints these are: that of the checkpoint it goes on from, that of an attempt that came to none, or a new
   * one. It is stored before the job runs, so that what it leaves behind is known for its own; again where it is there already, because a
   * crash may have left it there without its being durable yet.
   *
   * @param newJobId the job's id where it begins anew
   */
  async nameJob(restored: CheckpointManifest | null, newJobId: string): Promise<{ readonly jobId: string; readonly isNew: boolean }> {
    const known = restored?.jobId ?? (await this.#storedJobId())
    const jobId = known ?? newJobId
    await this.#store.put(JOB_OBJECT, [encodeFramed(1, { jobId })])
    return { jobId, isNew: known === null }
  }

  /**
   * From now on only this attempt completes checkpoints: an earlier one that is taken for dead and is not ends at its next.
   *
   * @param attempt unique to it
   */
  async claim(attempt: string): Promise<void> {
    await this.#store.put(OWNER_OBJECT, [encodeFramed(1, { attempt })])
    this.#attempt = attempt
  }

  /** @throws MillraceError CHECKPOINT_TAKEN where another attempt has claimed the store since this one did */
  async checkOwner(): Promise<void> {
    if (this.#attempt === null) return
    const owner = await this.#readField(OWNER_OBJECT, 'attempt')
    if (owner === null || owner === this.#attempt) return
    throw new MillraceError('CHECKPOINT_TAKEN', 'another run of this job has gone on with its checkpoints: this one ends, and has committed nothing since')
  }

  /** What is known of an object to which a snapshot may refer. */
  objectsOf(names: Iterable<string>): StoredObject[] {
    return [...new Set(names)].map((name) => {
      const object = this.#objects.get(name)
      if (object === undefined) throw new MillraceError('INTERNAL', `broken rule: a snapshot refers to objects that are stored, and not to ${name}`)
      return object
    })
  }

  /** Notes objects that workers have stored. */
  stored(objects: readonly StoredObject[]): void {
    for (const object of objects) this.#objects.set(object.name, object)
  }

  /**
   * Completes a checkpoint.
   *
   * @returns the manifest as whoever goes on from it will read it
   * @throws MillraceError CHECKPOINT_UNWRITABLE, CHECKPOINT_TAKEN
   */
  async add(manifest: CheckpointManifest): Promise<CheckpointManifest> {
    const bytes = encodeManifest(manifest)
    const read = decodeManifest(bytes)
    await this.checkOwner()
    await this.#store.put(manifestName(manifest.snapshot.epoch), [bytes])
    this.#remember(manifest)
    return read
  }

  /**
   * Removes what no kept checkpoint refers to, of epochs up to the newest kept one: later ones may be under way.
   * @param all also what lies behind it: nothing is under way
   */
  async prune(all = false): Promise<void> {
    const epochs = [...this.#kept.keys()].sort((a, b) => b - a)
    for (const epoch of epochs.slice(this.#keep)) this.#kept.delete(epoch)
    const wanted = new Set([...this.#kept].flatMap(([epoch, names]) => [manifestName(epoch), ...names]))
    const newest = epochs[0] ?? 0
    for (const name of this.#objects.keys()) if (!wanted.has(name) && epochOfName(name)! <= newest) this.#objects.delete(name)
    const gone = (await this.#store.list(EPOCH_PREFIX)).filter((name) => {
      const epoch = epochOfName(name)
      return epoch !== null && !wanted.has(name) && (all || epoch <= newest)
    })
    // Manifests first: one that is there has all its objects.
    const manifests = gone.filter(isManifestName)
    if (manifests.length > 0) await this.#store.remove(manifests)
    const others = gone.filter((name) => !isManifestName(name))
    if (others.length > 0) await this.#store.remove(others)
  }

  /** Forgets and removes all checkpoints: their job is done. */
  async clear(): Promise<void> {
    this.#kept.clear()
    this.#objects.clear()
    await this.prune(true)
    await this.#store.remove([JOB_OBJECT, OWNER_OBJECT])
  }

  async #storedJobId(): Promise<string | null> {
    const jobId = await this.#readField(JOB_OBJECT, 'jobId')
    return jobId !== null && /^[\w-]{1,64}$/.test(jobId) ? jobId : null
  }

  /** A field of a small object; null where it is not there, or damaged: nothing that is committed depends on it. */
  async #readField(name: string, field: string): Promise<string | null> {
    const bytes = await this.#store.get(name)
    if (bytes === null) return null
    try {
      const value = (decodeFramed(bytes).body as Record<string, unknown> | null)?.[field]
      return typeof value === 'string' ? value : null
    } catch {
      return null
    }
  }

  async #read(epoch: number): Promise<CheckpointManifest> {
    const bytes = await this.#store.get(manifestName(epoch))
    if (bytes === null) throw new MillraceError('CHECKPOINT_CORRUPT', 'its manifest is gone')
    const manifest = decodeManifest(bytes)
    if (manifest.snapshot.epoch !== epoch) throw new MillraceError('CHECKPOINT_CORRUPT', `its manifest is that of epoch ${manifest.snapshot.epoch}`)
    return manifest
  }

  #remember({ snapshot: { epoch }, objects }: CheckpointManifest): void {
    this.#kept.set(epoch, new Set(objects.map(({ name }) => name)))
    this.stored(objects)
  }

  /** Older checkpoints are kept if their manifests can be read. */
  async #rememberOlder(names: readonly string[], epoch: number): Promise<void> {
    for (const name of names.filter(isManifestName)) {
      const older = epochOfName(name)!
      if (older >= epoch) continue
      try {
        const { snapshot, objects } = await this.#read(older)
        this.#kept.set(snapshot.epoch, new Set(objects.map((object) => object.name)))
      } catch (error) {
        if (!(error instanceof MillraceError) || error.domain === 'external') throw error
      }
    }
  }
}
