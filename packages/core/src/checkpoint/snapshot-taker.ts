import { assert } from '../errors.js'
import type { Pipeline, SnapshotTaking } from '../pipeline.js'
import type { CheckpointPart } from './checkpoint-coordinator.js'
import type { CheckpointStore } from './checkpoint-store.js'
import { StateObjects } from './state-objects.js'

/** What a worker has around it. */
export interface SnapshotTakerOptions {
  readonly workerIndex: number
  /** Milliseconds that only go forward. */
  nowMs(): number
  /** How long `advance` may write at a time. */
  readonly sliceMs: number
  /** Rows that are written at once; default STATE_PIECE_ROWS. */
  readonly pieceRows?: number
  /** Told of every part that is complete, just before it is given. */
  taken?(epoch: number, pauseMs: number): void
}

interface Part {
  readonly epoch: number
  readonly isLast: boolean
  readonly promise: Promise<CheckpointPart>
  readonly resolve: (part: CheckpointPart) => void
  readonly reject: (error: unknown) => void
  isSettled: boolean
}

interface Taking {
  readonly snapshot: SnapshotTaking
  readonly objects: StateObjects
  /** Everything is written; what is left is to wait. */
  isWritten: boolean
  pauseMs: number
}

/**
 * One pipeline's checkpoints. Control messages only note what is wanted; the loop does the work between its slices: asks the pipeline for
 * the barrier, begins the snapshot where it stands, and writes it piece by piece.
 *
 * A barrier may come through an exchange before the main thread has asked. Then its part waits for the question.
 */
export class SnapshotTaker {
  readonly #pipeline: Pipeline
  readonly #store: CheckpointStore
  readonly #options: SnapshotTakerOptions
  /** An epoch that was asked for and of which the pipeline has not been told. */
  #asked: number | null = null
  /** The highest epoch that has begun here. */
  #begun = 0
  #part: Part | null = null
  #taking: Taking | null = null
  #finishing: Promise<void> | null = null
  #failure: { readonly error: unknown } | null = null

  constructor(pipeline: Pipeline, store: CheckpointStore, options: SnapshotTakerOptions) {
    this.#pipeline = pipeline
    this.#store = store
    this.#options = options
  }

  /** True until everything of what was asked for is durable. */
  get busy(): boolean {
    return this.#asked !== null || this.#taking !== null
  }

  /** The highest epoch whose barrier has come through the pipeline. */
  get begun(): number {
    return this.#begun
  }

  /**
   * This worker's part of an epoch, when it is there. Asked again it is the same; nobody waits for that of an epoch that is over.
   * @param isLast all workers have ended: what operators remember is not stored, for nobody goes on from it
   */
  part(epoch: number, isLast = false): Promise<CheckpointPart> {
    if (this.#failure !== null) return Promise.reject(this.#failure.error as Error)
    if (this.#part?.epoch === epoch) return this.#part.promise
    if (epoch <= this.#begun) return new Promise(() => {})
    this.#asked = epoch
    return this.#newPart(epoch, isLast).promise
  }

  /** Tells the pipeline what was asked for. */
  ask(): void {
    if (this.#failure !== null) throw this.#failure.error
    if (this.#asked === null || this.#taking !== null) return
    this.#pipeline.barrier(this.#asked)
    this.#asked = null
  }

  /** Begins the snapshot: the pipeline stands. */
  begin(): void {
    const from = this.#options.nowMs()
    const epoch = this.#pipeline.due
    assert(epoch !== null && this.#taking === null, 'a worker takes one snapshot at a time, and of an epoch')
    const objects = new StateObjects(this.#store, epoch, this.#options.workerIndex)
    const { isLast } = this.#part?.epoch === epoch ? this.#part : this.#newPart(epoch, false)
    const snapshot = this.#pipeline.beginSnapshot(isLast ? null : objects)
    this.#begun = epoch
    this.#asked = null
    this.#taking = { snapshot, objects, isWritten: false, pauseMs: this.#options.nowMs() - from }
  }

  /** Writes a piece of the snapshot, if there is one to write. True if it did. */
  advance(): boolean {
    const taking = this.#taking
    if (taking === null || taking.isWritten) return false
    const from = this.#options.nowMs()
    const { nowMs, sliceMs, pieceRows } = this.#options
    while (!taking.isWritten && taking.objects.hasRoom && nowMs() - from < sliceMs) taking.isWritten = taking.snapshot.advance(pieceRows)
    taking.pauseMs = Math.max(taking.pauseMs, this.#options.nowMs() - from)
    if (taking.isWritten) this.#finishing = this.#finish(taking)
    return true
  }

  /** Tells whoever waits that nothing will come. The loop then ends with it too. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    if (this.#part !== null && !this.#part.isSettled) {
      this.#part.isSettled = true
      this.#part.reject(error)
    }
  }

  /** Resolves when nothing is written any more. */
  async settled(): Promise<void> {
    await this.#finishing
    // What a failure has left in the middle: whoever tries again may write objects of the same names.
    await this.#taking?.objects.settled()
  }

  async #finish({ snapshot, objects, pauseMs }: Taking): Promise<void> {
    const part = this.#part!
    try {
      const [taken, stored] = await Promise.all([snapshot.finish(), objects.finish()])
      this.#taking = null
      this.#options.taken?.(snapshot.epoch, pauseMs)
      part.isSettled = true
      part.resolve({ snapshot: taken, objects: stored, stateBytes: objects.bytes, pauseMs })
    } catch (error) {
      this.fail(error)
    }
  }

  #newPart(epoch: number, isLast: boolean): Part {
    let resolve!: Part['resolve']
    let reject!: Part['reject']
    const promise = new Promise<CheckpointPart>((...settle) => ([resolve, reject] = settle))
    // Who asks for it comes later, or never.
    promise.catch(() => {})
    return (this.#part = { epoch, isLast, promise, resolve, reject, isSettled: false })
  }
}
