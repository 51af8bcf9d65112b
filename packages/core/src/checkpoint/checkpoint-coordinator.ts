import { MillraceError } from '../errors.js'
import type { PipelineSnapshot } from '../pipeline-snapshot.js'
import { decideCheckpoint } from './checkpoint-decision.js'
import type { StoredObject } from './manifest.js'

/** What one worker gives for an epoch, when its state is stored and its writers have prepared. Small: it goes through a message. */
export interface CheckpointPart {
  readonly snapshot: PipelineSnapshot
  /** Those it has stored for this epoch. */
  readonly objects: readonly StoredObject[]
  readonly stateBytes: number
  /** The longest time in which its pipeline did nothing else. */
  readonly pauseMs: number
}

/** What a coordinator has done by others. */
export interface CheckpointPorts {
  /**
   * Asks a worker for the barrier of an epoch; {@link CheckpointCoordinator.part} takes what it gives. It may be asked twice.
   * @param after what becomes of the job: `ended`: nobody goes on from what its operators remember; but for `goes on`, nothing that a worker
   *   does after it counts
   */
  ask(workerIndex: number, epoch: number, after: AfterCheckpoint): void
  /**
   * Stores the manifest, then commits what was prepared.
   * @param ended true for the last epoch of a job that has come to its end
   */
  complete(epoch: number, parts: readonly CheckpointPart[], ended: boolean): Promise<void>
  /** The job cannot go on. Called once; nothing more happens then. */
  failed(error: unknown): void
}

export interface CoordinatorOptions {
  readonly workerCount: number
  /** See `CheckpointFacts`. */
  readonly intervalMs: number | null
  readonly timeoutMs: number
  readonly lastEpoch: number
  readonly startedAtMs: number
}

/** What becomes of the job after a checkpoint: it `goes on`; it is `suspended` there, to go on later; it has `ended`. */
export type AfterCheckpoint = 'goes on' | 'suspended' | 'ended'

interface Request {
  readonly after: AfterCheckpoint
  readonly resolve: (epoch: number) => void
  readonly reject: (error: unknown) => void
}

interface Current {
  readonly epoch: number
  readonly parts: Map<number, CheckpointPart>
  readonly requests: readonly Request[]
  completing: boolean
}

/**
 * Takes the checkpoints of one attempt to run a job: keeps the facts, has `decideCheckpoint` decide, and has it done. It knows of no
 * threads and no clock; whoever owns it tells the time. Parts may come twice, late and in any order.
 */
export class CheckpointCoordinator {
  readonly #ports: CheckpointPorts
  readonly #options: CoordinatorOptions
  #nowMs: number
  #lastEpoch: number
  #lastBeganMs: number
  #requests: Request[] = []
  #current: Current | null = null
  #closed = false

  constructor(options: CoordinatorOptions, ports: CheckpointPorts) {
    this.#options = options
    this.#ports = ports
    this.#nowMs = options.startedAtMs
    this.#lastBeganMs = options.startedAtMs
    this.#lastEpoch = options.lastEpoch
  }

  /** The epoch that is under way, or null. */
  get underWay(): number | null {
    return this.#current?.epoch ?? null
  }

  /** Tells the time, in milliseconds that only go forward. Called every now and then. */
  tick(nowMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, nowMs)
    this.#act()
  }

  /**
   * Takes a checkpoint of how the job stands now or later. Where one is under way, another follows it.
   *
   * @param after anything but `goes on`: this is the last one
   * @returns its epoch, when it is complete
   */
  request(after: AfterCheckpoint = 'goes on'): Promise<number> {
    if (this.#closed) return Promise.reject(closedError())
    const asked = new Promise<number>((resolve, reject) => this.#requests.push({ after, resolve, reject }))
    this.#act()
    return asked
  }

  /** Takes what a worker has given. One that comes again, or for an epoch that is over, changes nothing. */
  part(part: CheckpointPart): void {
    const { epoch, workerIndex } = part.snapshot
    if (this.#current?.epoch !== epoch || this.#current.parts.has(workerIndex)) return
    this.#current.parts.set(workerIndex, part)
    this.#act()
  }

  /** Takes no more; what was asked for is refused. */
  close(error: unknown = closedError()): void {
    if (this.#closed) return
    this.#closed = true
    for (const { reject } of [...(this.#current?.requests ?? []), ...this.#requests]) reject(error)
    this.#requests = []
    this.#current = null
  }

  #act(): void {
    if (this.#closed || this.#current?.completing === true) return
    const current = this.#current
    const decision = decideCheckpoint({
      ...this.#options, nowMs: this.#nowMs, isAsked: this.#requests.length > 0, lastEpoch: this.#lastEpoch, lastBeganMs: this.#lastBeganMs,
      current: current === null ? null : { epoch: current.epoch, taken: current.parts.size },
    })
    switch (decision.kind) {
      case 'wait': return
      case 'begin': return this.#begin(decision.epoch)
      case 'commit': return void this.#complete(current!)
      case 'fail': return this.#fail(timeoutError(current!, this.#options))
    }
  }

  #begin(epoch: number): void {
    this.#current = { epoch, parts: new Map(), requests: this.#requests, completing: false }
    this.#requests = []
    this.#lastEpoch = epoch
    this.#lastBeganMs = this.#nowMs
    const after = afterOf(this.#current)
    for (let worker = 0; worker < this.#options.workerCount; worker++) this.#ports.ask(worker, epoch, after)
  }

  async #complete(current: Current): Promise<void> {
    current.completing = true
    const parts = [...current.parts.values()].sort((a, b) => a.snapshot.workerIndex - b.snapshot.workerIndex)
    try {
      await this.#ports.complete(current.epoch, parts, afterOf(current) === 'ended')
    } catch (error) {
      return this.#fail(error)
    }
    if (this.#closed) return
    this.#current = null
    for (const { resolve } of current.requests) resolve(current.epoch)
    if (current.requests.some(({ after }) => after !== 'goes on')) this.close()
    else this.#act()
  }

  #fail(error: unknown): void {
    if (this.#closed) return
    this.close(error)
    this.#ports.failed(error)
  }
}

function afterOf({ requests }: Current): AfterCheckpoint {
  const wanted = new Set(requests.map(({ after }) => after))
  return wanted.has('ended') ? 'ended' : wanted.has('suspended') ? 'suspended' : 'goes on'
}

function timeoutError({ epoch, parts }: Current, { workerCount, timeoutMs }: CoordinatorOptions): MillraceError {
  const missing = Array.from({ length: workerCount }, (_, w) => w).filter((w) => !parts.has(w))
  const who = `worker${missing.length === 1 ? '' : 's'} ${missing.join(', ')}`
  const message = `the checkpoint of epoch ${epoch} was not complete within ${timeoutMs} ms: ${who} had not given their part; `
    + 'a sink or a user function that waits for long holds it up'
  return new MillraceError('CHECKPOINT_TIMEOUT', message, { epoch, workers: missing })
}

function closedError(): MillraceError {
  return new MillraceError('JOB_CANCELLED', 'the job has ended before the checkpoint was complete')
}
