import { CheckpointHistory, type CheckpointManifest, type CheckpointStore, MillraceError } from '@millrace/core'
import { newId } from '../new-id.js'
import type { CheckpointSettings } from './checkpoint-options.js'
import { sweepDirectory } from './directory-store.js'
import { openStore } from './open-store.js'
import type { StoreAddress } from './store-address.js'

/** The checkpoints of one job for one attempt to run it: where it goes on, and where new ones go. */
export class JobCheckpoints {
  readonly jobId: string
  /** See `SinkSpec.attempt`. */
  readonly attempt: string
  readonly address: StoreAddress
  readonly settings: CheckpointSettings
  readonly history: CheckpointHistory
  /** What the job goes on from; null where it begins. */
  readonly restored: CheckpointManifest | null
  /** Newer ones that could not be read, and why. */
  readonly damaged: readonly { readonly epoch: number; readonly reason: string }[]
  /** New epochs are higher. */
  readonly lastEpoch: number
  /** Attempts of this process that failed before this one. */
  readonly restarts: number
  /** The last one whose output is visible, for all that is known. */
  committedEpoch: number
  readonly #store: CheckpointStore

  private constructor(
    jobId: string, attempt: string, address: StoreAddress, settings: CheckpointSettings, store: CheckpointStore, history: CheckpointHistory,
    found: { manifest: CheckpointManifest | null; damaged: JobCheckpoints['damaged']; lastEpoch: number }, restarts: number,
  ) {
    this.jobId = jobId
    this.attempt = attempt
    this.address = address
    this.settings = settings
    this.history = history
    this.restored = found.manifest
    this.damaged = found.damaged
    this.lastEpoch = found.lastEpoch
    this.restarts = restarts
    this.committedEpoch = found.manifest?.snapshot.epoch ?? 0
    this.#store = store
  }

  /**
   * Looks for what is there, before anything of the job runs.
   *
   * @param newJobId the job's id where it begins anew
   * @throws MillraceError CHECKPOINT_EXISTS, CHECKPOINT_CORRUPT, CHECKPOINT_FORMAT, CHECKPOINT_UNREADABLE, CHECKPOINT_UNWRITABLE
   */
  static async open(address: StoreAddress, settings: CheckpointSettings, newJobId: string, restarts: number = 0): Promise<JobCheckpoints> {
    const store = await openStore(address)
    try {
      if (address.kind === 'directory') await sweepDirectory(address.path)
      const history = new CheckpointHistory(store, settings.keep)
      let found = settings.restore ? await history.find() : await beginAnew(history, settings.address)
      // What a job has left that crashed before its first checkpoint is found by its id.
      const { jobId, isNew } = await history.nameJob(found.manifest, newJobId)
      const attempt = newId()
      await history.claim(attempt)
      // A crash may have left it there without its being durable yet, and what is committed because of it must not outlive it.
      if (found.manifest !== null) await history.add(found.manifest)
      await history.prune(true)
      // An attempt that is lost and not yet dead may be writing the next epoch; it ends before the one after it.
      if (!isNew) found = { ...found, lastEpoch: found.lastEpoch + 1 }
      return new JobCheckpoints(jobId, attempt, address, settings, store, history, found, restarts)
    } catch (error) {
      await store.close()
      throw error
    }
  }

  /**
   * The same place as it is now, for an attempt that goes on after this one.
   *
   * @param failed whether this one has: else it has ended at a checkpoint
   * @throws MillraceError see {@link open}; CHECKPOINT_TAKEN where another run has gone on meanwhile
   */
  async reopened(failed = true): Promise<JobCheckpoints> {
    await this.history.checkOwner()
    await this.#store.close()
    return JobCheckpoints.open(this.address, { ...this.settings, restore: true }, this.jobId, this.restarts + (failed ? 1 : 0))
  }

  /**
   * Looks whether a job may begin there, and takes nothing: for one that may have to stand by while another runs.
   *
   * @throws MillraceError CHECKPOINT_EXISTS, CHECKPOINT_CORRUPT, CHECKPOINT_FORMAT, CHECKPOINT_UNREADABLE
   */
  static async check(address: StoreAddress, settings: CheckpointSettings): Promise<void> {
    if (settings.restore) return
    const store = await openStore(address)
    try {
      await refuseUnfinished(new CheckpointHistory(store, settings.keep), settings.address)
    } finally {
      await store.close()
    }
  }

  close(): Promise<void> {
    return this.#store.close()
  }
}

/** A job that has ended leaves room for the next. */
async function beginAnew(history: CheckpointHistory, place: string): Promise<Awaited<ReturnType<CheckpointHistory['find']>>> {
  const found = await refuseUnfinished(history, place)
  if (found.manifest === null) return found
  await history.clear()
  return { manifest: null, damaged: [], lastEpoch: found.lastEpoch }
}

/** One that has not ended is not to be lost by mistake. */
async function refuseUnfinished(history: CheckpointHistory, place: string): Promise<Awaited<ReturnType<CheckpointHistory['find']>>> {
  const found = await history.find().catch((error: unknown) => {
    if (error instanceof MillraceError && error.code === 'CHECKPOINT_CORRUPT') throw exists(place, 'checkpoints that are damaged')
    throw error
  })
  if (found.manifest === null) return found
  if (!found.manifest.ended || found.damaged.length > 0) throw exists(place, `the checkpoints of an unfinished job (epoch ${found.manifest.snapshot.epoch})`)
  return found
}

function exists(place: string, what: string): MillraceError {
  return new MillraceError('CHECKPOINT_EXISTS', `${place} holds ${what}: go on with it by --restore (restore: true), or give another directory`)
}
