import { MillraceError, type PhysicalPlan, type PreparedSink, type ScanNode, type SinkNode, type Split } from '@millrace/core'
import { performance } from 'node:perf_hooks'
import type { ConnectorAddress } from './connectors/connector-address.js'
import type { ConnectorLoader } from './connectors/connector-loader.js'
import { Feeder } from './coordinator/feeder.js'
import { type JobMemory, newJobMemory } from './job-memory.js'
import { JobSignal, SIGNAL } from './job-signal.js'
import { STOP_MS_MAX } from './limits.js'
import { ResultPump, type ResultTarget } from './results/result-pump.js'
import { type JobStats, statsOf, weightDone } from './stats.js'
import { LocalPipeline } from './threads/local-pipeline.js'
import type { PipelineHandle } from './threads/pipeline-handle.js'
import { ThreadPipeline } from './threads/thread-pipeline.js'
import type { ThreadPool } from './threads/thread-pool.js'

export interface ExecutionEnvironment {
  readonly jobId: string
  readonly connectors: ConnectorLoader
  /** Not asked for under the `single` strategy. */
  pool(): ThreadPool
  /** How long a pipeline may take to let go; default STOP_MS_MAX. */
  readonly stopMsMax?: number
  /** Who takes what a sink sends to the main thread; null for sinks that send nothing. */
  target(sink: SinkNode): ResultTarget | null
}

/** The only epoch of a job without checkpoints. */
const EPOCH = 1

/** One plan being executed, whatever its strategy. */
export class Execution {
  readonly plan: PhysicalPlan
  readonly #environment: ExecutionEnvironment
  readonly #abort = new AbortController()
  /** Rejects when the job is stopped: whatever is being waited for may never come. */
  readonly #cancelled: Promise<never>
  #signal: JobSignal | null = null
  #memory: JobMemory | null = null
  #pipelines: readonly PipelineHandle[] = []
  #feeders: readonly Feeder[] = []
  #raised: 'drain' | 'stop' | null = null
  #weight = 0
  readonly #createdAt = performance.now()
  #startedAt: number | null = null
  #finishedAt: number | null = null

  constructor(plan: PhysicalPlan, environment: ExecutionEnvironment) {
    this.plan = plan
    this.#environment = environment
    this.#cancelled = new Promise((_, reject) => {
      this.#abort.signal.addEventListener('abort', () => reject(cancelled()))
    })
    this.#cancelled.catch(() => {})
  }

  /**
   * The life of a job: list splits, open pipelines, run them to their end, prepare, commit, close. Rejects with the first
   * error, after everything has been stopped and what was not committed has been removed.
   */
  async run(): Promise<void> {
    const { plan } = this
    const connectors = await this.#environment.connectors.addresses(plan)
    const splits = await this.#listSplits()
    const memory = newJobMemory(plan, splits)
    this.#memory = memory
    this.#signal = new JobSignal(memory.signal)
    if (this.#raised !== null) this.#signal.raise(SIGNAL[this.#raised])
    const pump = new ResultPump(memory.results, this.#targets())
    const release = plan.strategy === 'single' ? () => {} : await this.#environment.pool().take(plan.workerCount)
    let prepared: readonly PreparedSink[] = []
    try {
      this.#pipelines = this.#newPipelines(memory, connectors)
      this.#feeders = this.#newFeeders(memory, splits)
      await this.#unlessCancelled(Promise.all(this.#pipelines.map((pipeline) => pipeline.open())))
      this.#startedAt = performance.now()
      await this.#runAll(pump)
      prepared = await this.#prepareAll(pump)
      await this.#commit(prepared)
      this.#finishedAt = performance.now()
    } catch (error) {
      this.stop()
      await this.#closeAll()
      await this.#abandon(prepared)
      throw asMillraceError(error)
    } finally {
      this.#finishedAt ??= performance.now()
      await this.#closeAll()
      release()
    }
  }

  /** Stops reading; what was read is finished, written and committed. */
  drain(): void {
    this.#raised ??= 'drain'
    this.#signal?.raise(SIGNAL.drain)
  }

  /** Gives up: nothing is committed and {@link run} rejects with JOB_CANCELLED. */
  stop(): void {
    this.#raised = 'stop'
    this.#signal?.raise(SIGNAL.stop)
    this.#abort.abort()
    for (const pipeline of this.#pipelines) pipeline.stop()
  }

  stats(): JobStats | null {
    if (this.#memory === null) return null
    const now = performance.now()
    const startedAt = this.#startedAt ?? this.#finishedAt ?? now
    return statsOf(this.#memory.counters, this.plan.workerCount, this.plan.strategy, this.#progress(), {
      setupMs: startedAt - this.#createdAt,
      elapsedMs: (this.#finishedAt ?? now) - startedAt,
    })
  }

  /** Share of the input's weight that was read: by the workers, or for them. */
  #progress(): number | null {
    if (this.#weight === 0) return null
    const own = this.#memory === null ? 0 : weightDone(this.#memory.counters, this.plan.workerCount)
    return Math.min(1, (own + this.#feeders.reduce((sum, feeder) => sum + feeder.weightDone, 0)) / this.#weight)
  }

  async #listSplits(): Promise<ReadonlyMap<number, readonly Split[]>> {
    const lists = new Map<number, readonly Split[]>()
    for (const scan of this.#scans()) {
      const { table } = scan.spec
      const { reader } = this.#environment.connectors.get(table.connector)
      if (reader === undefined) {
        throw new MillraceError('CONNECTOR_DIRECTION', `table ${table.name}: connector '${table.connector}' cannot be read`)
      }
      lists.set(scan.id, await reader.listSplits(table, { workerCount: this.plan.workerCount }))
    }
    this.#weight = [...lists.values()].flat().reduce((sum, split) => sum + split.weight, 0)
    return lists
  }

  #newPipelines(memory: JobMemory, connectors: readonly ConnectorAddress[]): PipelineHandle[] {
    const { plan } = this
    const stopMsMax = this.#environment.stopMsMax ?? STOP_MS_MAX
    return Array.from({ length: plan.workerCount }, (_, workerIndex) => {
      const start = { jobId: this.#environment.jobId, attempt: '1', plan, workerIndex, workerCount: plan.workerCount, memory, connectors }
      if (plan.strategy === 'single') return new LocalPipeline(start, stopMsMax)
      return new ThreadPipeline(this.#environment.pool().threads, start, stopMsMax)
    })
  }

  /** Pipelines, feeders and the pump together; the first failure of any ends all. */
  async #runAll(pump: ResultPump): Promise<void> {
    const pumping = pump.run()
    const running = Promise.all([...this.#pipelines.map((pipeline) => pipeline.run()), ...this.#feeders.map((feeder) => feeder.run())])
    try {
      await this.#unlessCancelled(Promise.race([running, pumping.then(() => running)]))
    } finally {
      pump.stop()
      // Where one has failed the others end too, in their own time; their errors are consequences.
      running.catch(() => {})
      pumping.catch(() => {})
    }
    await pumping
  }

  #newFeeders(memory: JobMemory, splits: ReadonlyMap<number, readonly Split[]>): Feeder[] {
    return memory.scans.flatMap((scan) => {
      if (scan.feed === null) return []
      const node = this.plan.nodes[scan.nodeId] as ScanNode
      const connector = this.#environment.connectors.get(node.spec.table.connector)
      return [new Feeder(node, connector, splits.get(scan.nodeId)!, scan.feed, scan.rows, {
        signal: this.#signal!, abort: this.#abort.signal, compile: this.plan.settings.compile,
      })]
    })
  }

  /** Prepares every sink while the pump goes on taking what they still send. */
  async #prepareAll(pump: ResultPump): Promise<readonly PreparedSink[]> {
    const preparing = Promise.all(this.#pipelines.map((pipeline) => pipeline.prepare(EPOCH)))
    const prepared = await this.#unlessCancelled(pump.finish(preparing))
    return prepared.flat()
  }

  async #commit(prepared: readonly PreparedSink[]): Promise<void> {
    for (const { sink, handles } of this.#bySink(prepared)) {
      await this.#environment.connectors.get(sink.table.connector).writer?.commit?.(sink.table, handles, EPOCH)
    }
  }

  async #abandon(prepared: readonly PreparedSink[]): Promise<void> {
    for (const { sink, handles } of this.#bySink(prepared)) {
      // What cannot be removed must not hide why the job failed.
      await Promise.resolve(this.#environment.connectors.get(sink.table.connector).writer?.abort?.(sink.table, handles)).catch(() => {})
    }
  }

  #bySink(prepared: readonly PreparedSink[]): { readonly sink: SinkNode; readonly handles: readonly unknown[] }[] {
    return this.#sinks().map((sink) => ({
      sink,
      handles: prepared.filter(({ nodeId, prepared: handle }) => nodeId === sink.id && handle !== null).map((p) => p.prepared),
    }))
  }

  async #closeAll(): Promise<void> {
    await Promise.all(this.#pipelines.map((pipeline) => pipeline.close()))
  }

  #unlessCancelled<T>(work: Promise<T>): Promise<T> {
    return Promise.race([this.#cancelled, work])
  }

  #targets(): ReadonlyMap<number, ResultTarget> {
    return new Map(this.#sinks().flatMap((sink): [number, ResultTarget][] => {
      const target = this.#environment.target(sink)
      return target === null ? [] : [[sink.id, target]]
    }))
  }

  #scans(): ScanNode[] {
    return this.plan.nodes.filter((node): node is ScanNode => node.kind === 'scan')
  }

  #sinks(): SinkNode[] {
    return this.plan.nodes.filter((node): node is SinkNode => node.kind === 'sink')
  }
}

function cancelled(): MillraceError {
  return new MillraceError('JOB_CANCELLED', 'the job was stopped before its end; nothing was committed')
}

/** What a connector or a callback has thrown may be anything. */
function asMillraceError(error: unknown): MillraceError {
  if (error instanceof MillraceError) return error
  return new MillraceError('INTERNAL', error instanceof Error ? error.message : String(error), {}, { cause: error })
}
