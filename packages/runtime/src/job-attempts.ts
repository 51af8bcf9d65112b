import { groupShareOf, isStateless, isSubscribed, type JobSnapshot, MillraceError, type PhysicalPlan, type SinkNode } from '@millrace/core'
import { type CheckpointPlace, settingsInProcess } from './checkpoint/checkpoint-place.js'
import { JobCheckpoints } from './checkpoint/job-checkpoints.js'
import { ProcessStore } from './checkpoint/process-store.js'
import type { ConnectorLoader } from './connectors/connector-loader.js'
import { Execution } from './execution.js'
import { JobSinks } from './execution/job-sinks.js'
import { Subscriptions } from './execution/subscriptions.js'
import { STOP_MS_MAX } from './limits.js'
import { newId } from './new-id.js'
import type { ResultTarget } from './results/result-pump.js'
import { continuing, type JobStats } from './stats.js'
import type { Before } from './supervision/supervise.js'
import { settledWithin } from './threads/deadline.js'
import type { ThreadPool } from './threads/thread-pool.js'

export interface AttemptsEnvironment {
  readonly plan: PhysicalPlan
  /** Of a job to which its checkpoints have not given one already. */
  readonly jobId: string
  /** Where its checkpoints outlive the process; null where they do not. */
  readonly place: CheckpointPlace | null
  /** From one commit to the next, where the process keeps the checkpoints; null: only at the end, and when splits change. */
  readonly commitIntervalMs: number | null
  readonly connectors: ConnectorLoader
  pool(): ThreadPool
  target(sink: SinkNode): ResultTarget | null
  note(text: string): void
  /** What the job was told to do. */
  raised(): 'drain' | 'stop' | null
  /** Resolves when it is told. */
  readonly wanted: Promise<void>
}

/**
 * The attempts to run one job, and what outlives them: its subscriptions and its checkpoints. Where splits of its tables come and go, it has
 * checkpoints even if nobody has asked for them, in the memory of the process.
 */
export class JobAttempts {
  readonly #environment: AttemptsEnvironment
  readonly #isSubscribed: boolean
  /** Processes of its group have the directory one after the other: who has the splits has it. */
  readonly #takesTurns: boolean
  #subscriptions: Subscriptions | null = null
  #checkpoints: JobCheckpoints | null
  #execution: Execution | null = null
  /** Whether an attempt has been made with the checkpoints as they were opened last. */
  #isUsed = false
  /** Whether this process has had the directory before, or has stood by: then it goes on with what is there. */
  #hasWaited = false
  #failures = 0
  #standsBy = false
  /** Drained between two attempts, or while it stood by. */
  #endedAtRest = false
  /** Of the attempts before that of now: its counters go on from theirs, its times do not. */
  #earlier: JobStats | null = null
  /** Of attempts whose state was forgotten. */
  readonly #forgotten: JobStats[] = []

  constructor(environment: AttemptsEnvironment) {
    this.#environment = environment
    this.#isSubscribed = isSubscribed(environment.plan)
    this.#takesTurns = environment.place !== null && groupShareOf(environment.plan) !== null
    this.#checkpoints = environment.place?.opened ?? null
  }

  /** Whether it can go on after a failure. */
  get checkpointed(): boolean {
    return this.#environment.place !== null || this.#isSubscribed
  }

  /** That of now, or the last. */
  get execution(): Execution | null {
    return this.#execution
  }

  /** See `JobStats.standsBy`. */
  get standsBy(): boolean {
    return this.#standsBy && (this.#execution === null || this.#execution.standsBy || this.#execution.stats() === null)
  }

  /** Whether the job has stopped at a checkpoint that outlives the process. */
  get suspended(): boolean {
    return this.#environment.place !== null && (this.#endedAtRest || this.#execution?.isSuspended === true)
  }

  /** That another process of the group has gone on passes: which of them it is, the group says. */
  readonly forgives = ({ code }: MillraceError): boolean => this.#takesTurns && code === 'CHECKPOINT_TAKEN'

  /** Of all that was done, also by attempts whose state is gone. */
  stats(): JobStats[] {
    const now = this.#execution === null || this.#execution.standsBy ? null : this.#execution.stats()
    const all = now === null ? this.#earlier : continuing(now, this.#earlier)
    return all === null ? this.#forgotten : [...this.#forgotten, all]
  }

  /**
   * Makes an attempt, when there may be splits to read; each but the first goes on from the last checkpoint there is. Null where the job was
   * drained before there were any.
   *
   * @throws MillraceError JOB_CANCELLED where it was stopped, and what connectors and stores throw
   */
  async begin(before: Before): Promise<Execution | null> {
    if (before === 'failed') this.#failures++
    await this.#rest()
    await this.#awaitSplits()
    const raised = this.#environment.raised()
    if (raised === 'stop') throw new MillraceError('JOB_CANCELLED', 'the job was stopped while it waited to go on')
    if (raised === 'drain' && (before === 'goes on' || this.#standsBy)) {
      this.#endedAtRest = true
      return null
    }
    this.#checkpoints = await this.#nextCheckpoints(before)
    this.#isUsed = true
    const execution = this.#newExecution(this.#checkpoints)
    this.#execution = execution
    if (raised === 'drain') execution.drain()
    return execution
  }

  /** Leaves the group, if there is one, and lets go of the checkpoints. Once, when the job has ended. */
  async close(failed: boolean): Promise<void> {
    if (this.#execution !== null) this.#isUsed = true
    if (failed && this.#isInProcess) await this.#removeLeftovers()
    await this.#subscriptions?.close()
    await this.#letGo()
  }

  // ------------------------------------------------------------------------------------------------------- between attempts

  /** Takes over from the attempt that has ended. */
  async #rest(): Promise<void> {
    const execution = this.#execution
    if (execution === null) return
    if (execution.standsBy) return this.#standBy()
    const stats = execution.stats()
    if (stats !== null) this.#earlier = continuing(stats, this.#earlier)
    this.#execution = null
    this.#standsBy = false
  }

  async #awaitSplits(): Promise<void> {
    if (!this.#isSubscribed || this.#isWanted) return
    await this.#orWanted(this.#subscribe())
    if (this.#standsBy) await this.#orWanted(this.#subscriptions!.changed())
    if (!this.#takesTurns) return
    while (!this.#isWanted && (await this.#orWanted(this.#subscriptions!.splits(this.#known))) === null && !this.#isWanted) {
      await this.#standBy()
      await this.#orWanted(this.#subscriptions!.changed())
    }
  }

  async #standBy(): Promise<void> {
    if (!this.#standsBy) this.#environment.note('stands by: this process has no splits, others of its group have them')
    this.#standsBy = this.#hasWaited = true
    // Whoever has the splits has the directory, or has begun without the state of this process.
    if (this.#takesTurns) await this.#letGo()
    else if (this.#isInProcess && !isStateless(this.#environment.plan)) {
      if (this.#earlier !== null) this.#forgotten.push(this.#earlier)
      this.#earlier = this.#execution = null
      await this.#letGo()
    }
  }

  async #subscribe(): Promise<void> {
    const { plan, place, connectors, jobId, note } = this.#environment
    this.#subscriptions ??= await Subscriptions.open({ plan, jobId: this.#checkpoints?.jobId ?? jobId, hasDirectory: place !== null, connectors, note })
  }

  get #known(): JobSnapshot | null {
    return this.#checkpoints?.restored?.snapshot ?? null
  }

  get #isWanted(): boolean {
    return this.#environment.raised() !== null
  }

  /** What is waited for may never come: until it does, or the job is told to end. */
  async #orWanted<T>(work: Promise<T>): Promise<T | null> {
    return Promise.race([work, this.#environment.wanted.then(() => null)])
  }

  // ------------------------------------------------------------------------------------------------------------ checkpoints

  get #isInProcess(): boolean {
    return this.#checkpoints?.address.kind === 'process'
  }

  async #nextCheckpoints(before: Before): Promise<JobCheckpoints | null> {
    const { place, jobId, commitIntervalMs } = this.#environment
    const current = this.#checkpoints
    if (current !== null && !this.#isUsed) return current
    if (current !== null && !this.#takesTurns) return current.reopened(before === 'failed')
    if (place !== null) {
      const settings = this.#hasWaited ? { ...place.settings, restore: true } : place.settings
      this.#hasWaited = true
      await current?.close()
      return JobCheckpoints.open(place.address, settings, jobId, this.#failures)
    }
    if (!this.#isSubscribed) return null
    return JobCheckpoints.open({ kind: 'process', id: ProcessStore.create().id }, settingsInProcess(commitIntervalMs), jobId, this.#failures)
  }

  async #letGo(): Promise<void> {
    const checkpoints = this.#checkpoints
    this.#checkpoints = null
    this.#isUsed = false
    await checkpoints?.close()
    if (checkpoints?.address.kind === 'process') ProcessStore.drop(checkpoints.address.id)
  }

  /** What was prepared and not committed is of no use to whoever goes on. */
  async #removeLeftovers(): Promise<void> {
    const { plan, connectors, note } = this.#environment
    const { jobId, committedEpoch } = this.#checkpoints!
    const removing = new JobSinks(plan, connectors).recover(jobId, committedEpoch)
    await settledWithin(STOP_MS_MAX, removing.catch((error: Error) => note(`what was not committed could not be removed: ${error.message}`)))
  }

  #newExecution(checkpoints: JobCheckpoints | null): Execution {
    const { plan, jobId, connectors, pool, target, note } = this.#environment
    return new Execution(plan, {
      jobId: checkpoints?.jobId ?? jobId,
      attempt: checkpoints?.attempt ?? newId(),
      checkpoints,
      subscriptions: this.#subscriptions,
      connectors, pool, target, note,
    })
  }
}
