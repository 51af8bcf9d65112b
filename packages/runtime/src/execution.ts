import {
  type CheckpointManifest, type IsSecret, type JobSnapshot, MillraceError, type PhysicalPlan, positionHoldersOf, type PreparedSink, reassigned, rebase, refusePartial,
  type ScanNode, type SinkNode,
} from '@millrace/core'
import { performance } from 'node:perf_hooks'
import { newCheckpointStats } from './checkpoint/checkpoint-stats.js'
import { Epochs } from './checkpoint/epochs.js'
import type { JobCheckpoints } from './checkpoint/job-checkpoints.js'
import type { ConnectorLoader } from './connectors/connector-loader.js'
import { Feeder } from './coordinator/feeder.js'
import { pulseOf } from './execution/pulse-of.js'
import { JobSinks } from './execution/job-sinks.js'
import { type JobSplits, splitsOf } from './execution/job-splits.js'
import { Pipelines } from './execution/pipelines.js'
import type { Assignment, Subscriptions } from './execution/subscriptions.js'
import { type JobMemory, newJobMemory } from './job-memory.js'
import { JobSignal, SIGNAL } from './job-signal.js'
import { PULSE_LOOK_MS, STOP_MS_MAX } from './limits.js'
import { ResultPump, type ResultTarget } from './results/result-pump.js'
import { type JobStats, statsOf, weightDone } from './stats.js'
import { Watchdog } from './supervision/watchdog.js'
import { LocalPipeline } from './threads/local-pipeline.js'
import type { PipelineHandle } from './threads/pipeline-handle.js'
import { ThreadPipeline } from './threads/thread-pipeline.js'
import type { ThreadPool } from './threads/thread-pool.js'
import type { PipelineStart } from './threads/worker-protocol.js'

export interface ExecutionEnvironment {
  readonly jobId: string
  /** See `SinkSpec.attempt`. */
  readonly attempt: string
  readonly connectors: ConnectorLoader
  /** Where the job goes on and where its checkpoints go; null for one without. */
  readonly checkpoints: JobCheckpoints | null
  /** The job's, where splits of its tables come and go; it then has checkpoints too. */
  readonly subscriptions?: Subscriptions | null
  /** Not asked for under the `single` strategy. */
  pool(): ThreadPool
  /** Takes what a user is to be told while the job runs. */
  note(text: string): void
  /** How often workers are looked at; default PULSE_LOOK_MS. */
  readonly lookMs?: number
  /** How long a pipeline may take to let go; default STOP_MS_MAX. */
  readonly stopMsMax?: number
  /** Who takes what a sink sends to the main thread; null for sinks that send nothing. */
  target(sink: SinkNode): ResultTarget | null
}

/** The only epoch of a job without checkpoints. */
const EPOCH = 1

/** One attempt to run a plan, whatever its strategy. A job that has failed goes on in another one, from its last checkpoint. */
export class Execution {
  readonly plan: PhysicalPlan
  readonly #environment: ExecutionEnvironment
  readonly #sinks: JobSinks
  readonly #abort = new AbortController()
  /** Rejects when the job is stopped, or a thread does not come back: whatever is being waited for may never come. */
  readonly #cancelled: Promise<never>
  #cancel: (error: MillraceError) => void = () => {}
  #signal: JobSignal | null = null
  #memory: JobMemory | null = null
  #pipelines: Pipelines | null = null
  #epochs: Epochs | null = null
  /** Without checkpoints: by all writers, at the end. */
  #prepared: readonly PreparedSink[] = []
  #raised: 'drain' | 'stop' | null = null
  /** Resolves when it is drained: whoever waits for splits need not any more. */
  readonly #drained: Promise<null>
  #tellDrained: () => void = () => {}
  /** Resolves when the job has stopped at a checkpoint, to go on from it later. */
  readonly #suspended: Promise<void>
  #suspend: (taken: Promise<unknown>) => void = () => {}
  #isSuspending = false
  #isSuspended = false
  /** Stopped at a checkpoint because the splits change, or without one because there are none. */
  #goesOn = false
  #standsBy = false
  /** Sinks that commit positions with their rows; empty where checkpoints outlive the process. */
  readonly #holders: ReadonlySet<number>
  #weight = 0
  readonly #createdAt = performance.now()
  #startedAt: number | null = null
  #finishedAt: number | null = null

  constructor(plan: PhysicalPlan, environment: ExecutionEnvironment) {
    this.plan = plan
    this.#environment = environment
    this.#holders = environment.subscriptions != null && environment.checkpoints?.address.kind === 'process' ? positionHoldersOf(plan) : new Set()
    this.#sinks = new JobSinks(plan, environment.connectors, this.#holders)
    this.#cancelled = new Promise((_, reject) => {
      this.#cancel = reject
      this.#abort.signal.addEventListener('abort', () => reject(this.#cancelledError()))
    })
    this.#cancelled.catch(() => {})
    this.#drained = new Promise((resolve) => (this.#tellDrained = () => resolve(null)))
    this.#suspended = new Promise((resolve) => {
      this.#suspend = (taken) => resolve(taken.then(() => {}))
    })
    this.#suspended.catch(() => {})
  }

  /**
   * The life of a job: list splits, open pipelines, run them to their end, prepare, commit, close. Rejects with the first
   * error, after everything has been stopped and what was not committed has been removed.
   *
   * With checkpoints it goes on where the last one was taken, commits with each one, and its end is one too. Where splits come and go it
   * ends at one when they do: see {@link goesOn}.
   */
  async run(): Promise<void> {
    const { plan } = this
    const { connectors, checkpoints } = this.#environment
    const addresses = await connectors.addresses(plan)
    const restored = checkpoints === null ? null : await this.#recover(checkpoints)
    if (restored?.ended === true) return this.#hadNothingToDo()
    const assigned = await this.#unlessCancelled(this.#assigned(restored?.snapshot ?? null))
    if (assigned === null) {
      this.#standsBy = this.#goesOn = true
      return this.#hadNothingToDo()
    }
    const snapshot = restored === null ? null : reassigned(restored.snapshot, assigned)
    const splits = await splitsOf(plan, connectors, snapshot, assigned)
    this.#weight = splits.weight
    const memory = newJobMemory(plan, splits.all, splits.left)
    this.#memory = memory
    this.#signal = new JobSignal(memory.signal)
    const release = plan.strategy === 'single' ? () => {} : await this.#environment.pool().take(plan.workerCount)
    const start = {
      jobId: this.#environment.jobId, attempt: this.#environment.attempt, plan, workerCount: plan.workerCount, memory, connectors: addresses,
      store: checkpoints?.address ?? null,
      restore: snapshot === null ? null : { snapshot, objects: restored!.objects },
      sinksHoldPositions: this.#holders.size > 0,
    }
    let watchdog: Watchdog | null = null
    try {
      const pipelines = new Pipelines(this.#handles(start), this.#newFeeders(memory, splits), new ResultPump(memory.results, this.#targets()))
      this.#pipelines = pipelines
      if (this.#raised !== null) this.#raise(this.#raised)
      this.#listen()
      await this.#unlessCancelled(pipelines.open())
      watchdog = this.#newWatchdog(memory)
      this.#startedAt = performance.now()
      await (checkpoints === null ? this.#runOnce(pipelines) : this.#runInEpochs(pipelines, checkpoints, splits))
      this.#finishedAt = performance.now()
    } catch (error) {
      this.stop()
      await this.#pipelines?.close()
      // With checkpoints, what is not committed belongs to the next attempt.
      if (checkpoints === null) await this.#sinks.abandon(this.#environment.jobId, this.#prepared)
      throw asMillraceError(error)
    } finally {
      this.#finishedAt ??= performance.now()
      if (this.#environment.subscriptions != null) this.#environment.subscriptions.onChange = () => {}
      watchdog?.stop()
      await this.#epochs?.close()
      if (this.#isSuspending) this.#signal.raise(SIGNAL.stop)
      await this.#pipelines?.close()
      release()
    }
  }

  /**
   * Stops reading; what was read is finished, written and committed. A job with checkpoints stops at one instead, unless it is told to
   * finish.
   */
  drain(): void {
    if (this.#raised !== null) return
    this.#raised = 'drain'
    this.#tellDrained()
    if (this.#signal !== null) this.#raise('drain')
  }

  /** Gives up: nothing more is committed and {@link run} rejects with JOB_CANCELLED. */
  stop(): void {
    this.#raised = 'stop'
    this.#signal?.raise(SIGNAL.stop)
    this.#abort.abort()
    this.#pipelines?.stop()
  }

  /** Takes a checkpoint now. @returns its epoch, when it is committed */
  async checkpoint(): Promise<number> {
    if (this.#epochs === null) throw new MillraceError('USAGE', 'this job takes no checkpoints, or does not run: give `checkpoint` when it is started')
    return this.#epochs.take()
  }

  /** Checkpoints that were completed. */
  get checkpointsTaken(): number {
    return this.#epochs?.stats.count ?? 0
  }

  /** True once it has been drained at a checkpoint, before its end. */
  get isSuspended(): boolean {
    return this.#isSuspended
  }

  /** True once it has ended for another attempt to go on at once, with other splits. */
  get goesOn(): boolean {
    return this.#goesOn
  }

  /** True where it had no splits. */
  get standsBy(): boolean {
    return this.#standsBy
  }

  stats(): JobStats | null {
    if (this.#memory === null) return null
    const { checkpoints } = this.#environment
    const now = performance.now()
    const startedAt = this.#startedAt ?? this.#finishedAt ?? now
    return statsOf(this.#memory.counters, this.plan.workerCount, this.plan.strategy, this.#progress(), {
      setupMs: startedAt - this.#createdAt,
      elapsedMs: (this.#finishedAt ?? now) - startedAt,
    }, this.#epochs?.stats ?? (checkpoints === null ? null : newCheckpointStats(checkpoints)))
  }

  /** Share of the input's weight that was read: by the workers, or for them. */
  #progress(): number | null {
    if (this.#weight === 0) return null
    const own = this.#memory === null ? 0 : weightDone(this.#memory.counters, this.plan.workerCount)
    return Math.min(1, (own + (this.#pipelines?.weightFed ?? 0)) / this.#weight)
  }

  /** Finishes what the attempt before this one had begun: commits what its last checkpoint had prepared, and removes the rest. */
  async #recover({ restored, jobId, settings }: JobCheckpoints): Promise<CheckpointManifest | null> {
    if (restored === null) {
      await this.#sinks.recover(jobId, 0)
      return null
    }
    const rebased = rebase(restored.snapshot, this.plan)
    if (!settings.allowPartialRestore) refusePartial(rebased)
    const { snapshot, removed } = rebased
    if (!this.#commitsFirst) await this.#commitAgain(snapshot)
    const gone = await JobSinks.removed(restored.snapshot.plan, removed, this.#environment.connectors)
    await gone.commit(preparedOf(restored.snapshot), snapshot.epoch)
    await gone.recover(jobId, snapshot.epoch)
    await this.#sinks.recover(jobId, snapshot.epoch)
    return { ...restored, snapshot }
  }

  /** What was committed first was, or is to be read again: its positions say which. */
  get #commitsFirst(): boolean {
    return this.#holders.size > 0
  }

  async #commitAgain(snapshot: JobSnapshot): Promise<void> {
    await this.#sinks.commit(preparedOf(snapshot), snapshot.epoch)
    // Its splits may belong to others by now, and where each begins is asked next.
    await this.#environment.subscriptions?.commit(snapshot).catch((error: MillraceError) => this.#environment.note(`${error.code}: ${error.message}`))
  }

  /** The splits of tables whose splits come and go; null where there are none now. */
  async #assigned(snapshot: JobSnapshot | null): Promise<Assignment | null> {
    const { subscriptions } = this.#environment
    return subscriptions == null ? new Map() : Promise.race([subscriptions.splits(snapshot), this.#drained])
  }

  /** From now on a change of splits ends it. */
  #listen(): void {
    const { subscriptions } = this.#environment
    if (subscriptions == null) return
    const look = (): void => {
      if (subscriptions.failure !== null) this.#cancel(subscriptions.failure)
      else if (subscriptions.isChanging) this.#change()
    }
    subscriptions.onChange = look
    look()
  }

  /** Before it runs there is nothing to come to an end: `#runInEpochs` looks again. */
  #change(): void {
    if (this.#epochs === null || this.#isSuspending || this.#raised !== null) return
    this.#goesOn = true
    this.#suspendNow()
  }

  #suspendNow(): void {
    this.#isSuspending = true
    this.#suspend(this.#epochs!.suspend())
  }

  #hadNothingToDo(): void {
    this.#memory = newJobMemory(this.plan, new Map(this.plan.nodes.filter((node) => node.kind === 'scan').map(({ id }) => [id, []])))
    this.#finishedAt = this.#startedAt = performance.now()
  }

  /** Without checkpoints: what was written is committed at the end, or not at all. */
  async #runOnce(pipelines: Pipelines): Promise<void> {
    await this.#unlessCancelled(pipelines.run(async (ended) => {
      await ended
      this.#prepared = await pipelines.prepare(EPOCH)
    }))
    await this.#sinks.commit(this.#prepared, EPOCH)
  }

  /** With checkpoints: what was written is committed with each one; the last is that of the end, or the one at which it is suspended. */
  async #runInEpochs(pipelines: Pipelines, checkpoints: JobCheckpoints, { listed }: JobSplits): Promise<void> {
    const epochs = new Epochs(checkpoints, {
      plan: this.plan, isSecret: this.#isSecret, splits: listed, commitsFirst: this.#commitsFirst,
      pipelines: pipelines.handles, commit: (manifest) => this.#commit(manifest),
    })
    this.#epochs = epochs
    await this.#unlessCancelled(pipelines.run(async (ended) => {
      if (this.#raised === 'drain') this.#raise('drain')
      else if (this.#environment.subscriptions?.isChanging === true) this.#change()
      const end = await Promise.race([ended.then(() => 'ended' as const), this.#suspended.then(() => 'suspended' as const), epochs.failed])
      if (end === 'ended' && !this.#isSuspending) await Promise.race([epochs.finish(), epochs.failed])
      else {
        // It may have come to its end while it was to be suspended: then whoever goes on finds nothing left to read.
        await Promise.race([this.#suspended, epochs.failed])
        this.#isSuspended = !this.#goesOn
      }
    }))
  }

  async #commit({ snapshot }: CheckpointManifest): Promise<void> {
    await this.#sinks.commit(preparedOf(snapshot), snapshot.epoch)
    await this.#environment.subscriptions?.commit(snapshot)
  }

  #raise(what: 'drain' | 'stop'): void {
    const { checkpoints } = this.#environment
    if (what === 'stop' || checkpoints?.settings.onDrain !== 'suspend') return this.#signal!.raise(SIGNAL[what])
    // Before it runs there is nothing to suspend: `#runInEpochs` looks again.
    if (this.#epochs === null) return
    if (!this.#isSuspending) this.#suspendNow()
  }

  #handles(start: Omit<PipelineStart, 'workerIndex'>): PipelineHandle[] {
    const stopMsMax = this.#environment.stopMsMax ?? STOP_MS_MAX
    return Array.from({ length: start.workerCount }, (_, workerIndex) => {
      if (this.plan.strategy === 'single') return new LocalPipeline({ ...start, workerIndex }, stopMsMax)
      return new ThreadPipeline(this.#environment.pool().threads, { ...start, workerIndex }, stopMsMax)
    })
  }

  /** The caller's own thread needs none: where it does not come back, nobody could look. */
  #newWatchdog(memory: JobMemory): Watchdog | null {
    if (this.plan.strategy === 'single') return null
    return new Watchdog({
      workers: Array.from({ length: this.plan.workerCount }, (_, index) => pulseOf(memory.counters, index)),
      report: (text) => this.#environment.note(text),
      lost: (error) => this.#cancel(error),
      lookMs: this.#environment.lookMs ?? PULSE_LOOK_MS,
    })
  }

  #newFeeders(memory: JobMemory, splits: JobSplits): Feeder[] {
    return memory.scans.flatMap((scan) => {
      if (scan.feed === null) return []
      const node = this.plan.nodes[scan.nodeId] as ScanNode
      const connector = this.#environment.connectors.get(node.spec.table.connector)
      return [new Feeder(node, connector, splits.all.get(scan.nodeId)!, scan.feed, scan.rows, {
        signal: this.#signal!, abort: this.#abort.signal, compile: this.plan.settings.compile,
      })]
    })
  }

  #unlessCancelled<T>(work: Promise<T>): Promise<T> {
    return Promise.race([this.#cancelled, work])
  }

  #targets(): ReadonlyMap<number, ResultTarget> {
    const sinks = this.plan.nodes.filter((node): node is SinkNode => node.kind === 'sink')
    return new Map(sinks.flatMap((sink): [number, ResultTarget][] => {
      const target = this.#environment.target(sink)
      return target === null ? [] : [[sink.id, target]]
    }))
  }

  readonly #isSecret: IsSecret = (connector, option) => this.#environment.connectors.isSecret(connector, option)

  #cancelledError(): MillraceError {
    const epoch = this.#epochs?.stats.lastEpoch
    const inProcess = this.#environment.checkpoints?.address.kind === 'process'
    const what = this.#epochs === null ? 'nothing was committed'
      : inProcess ? 'what was read since the last commit was not committed'
      : epoch == null ? 'it had no checkpoint yet' : `what belongs to checkpoints up to epoch ${epoch} was committed, and --restore goes on from it`
    return new MillraceError('JOB_CANCELLED', `the job was stopped before its end; ${what}`)
  }
}

function preparedOf({ workers }: JobSnapshot): PreparedSink[] {
  return workers.flatMap(({ prepared }) => prepared)
}

/** What a connector or a callback has thrown may be anything. */
function asMillraceError(error: unknown): MillraceError {
  if (error instanceof MillraceError) return error
  return new MillraceError('INTERNAL', error instanceof Error ? error.message : String(error), {}, { cause: error })
}
