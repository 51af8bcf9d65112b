import type { Connector, JobSnapshot, PhysicalPlan, PipelineCounters, PipelineSnapshot, PreparedSink, SinkNode } from '@millrace/core'
import { decideCheckpoint, Pipeline, rescaled } from '@millrace/core'
import type { SeededRandom } from '../seeded-random.js'
import { connectorOf, type FunctionModules } from './compiled-job.js'
import { ControlChannel } from './control-channel.js'
import { disturbed } from './disturbed-connector.js'
import type { VirtualDisk } from './disk.js'
import type { FaultPlan } from './faults.js'
import { HeldCalls } from './held-calls.js'
import type { History } from './history.js'
import type { MachineClock } from './process-clock.js'
import { prune, type Restored, restoreNewest, writeManifest } from './provisional-checkpoints.js'
import { Turns } from './turns.js'
import { SimulatedWorker, type ToMain, type ToWorker } from './worker.js'
import { SimulatedWorld } from './world.js'
import type { CommittedResults } from './committed-results.js'

export interface ProcessOptions {
  readonly plan: PhysicalPlan
  readonly connectors: ReadonlyMap<string, Connector>
  readonly functions: FunctionModules
  readonly checked: boolean
  readonly attempt: number
  readonly workerCount: number
  readonly exchangeBytes: number
  readonly intervalMs: number
  readonly disk: VirtualDisk
  readonly clock: MachineClock
  readonly faults: FaultPlan
  readonly random: SeededRandom
  readonly history: History
  readonly results: CommittedResults
  committing(table: string, epoch: number, done: boolean): void
}

/** One process that runs the job, from its start to its end or to a crash. */
export class SimulatedProcess {
  readonly turns: Turns
  readonly calls: HeldCalls
  readonly #options: ProcessOptions
  readonly #connectors: ReadonlyMap<string, Connector>
  readonly #clock: ReturnType<MachineClock['ofProcess']>
  #workers: readonly SimulatedWorker[] = []
  #world: SimulatedWorld | null = null
  /** The epoch whose checkpoint it goes on from. */
  restoredEpoch = 0
  checkpoints = 0

  constructor(options: ProcessOptions) {
    this.#options = options
    this.turns = new Turns(options.random)
    this.calls = new HeldCalls(this.turns, options.random)
    this.#clock = options.clock.ofProcess()
    const { faults, random, history } = options
    const disturbance = { turns: this.turns, faults, random, history, committing: options.committing }
    this.#connectors = new Map([...options.connectors].map(([name, connector]) => [name, disturbed(connector, disturbance)]))
  }

  get workerCount(): number {
    return this.#options.workerCount
  }

  get counters(): PipelineCounters[] {
    return this.#workers.map(({ counters }) => counters)
  }

  /** The life of a process. It rejects with what ends the job, or this attempt at it. */
  async run(): Promise<void> {
    const { disk, history, faults, random, workerCount, attempt, exchangeBytes, functions, checked } = this.#options
    const store = disk.store(this.turns, 'main')
    const restored = await restoreNewest(store)
    const plan = rescaled(restored?.snapshot.plan ?? this.#options.plan, workerCount)
    await this.#settleSinks(plan, restored)
    if (restored?.ended === true) return
    const restore = restored?.snapshot ?? null
    const world = await SimulatedWorld.make({
      plan, connectors: this.#connectors, random, clock: this.#clock, exchangeBytes, functions, watch: this.calls.watch, attempt: String(attempt), restore,
    })
    this.#world = world
    const toMain = new ControlChannel<ToMain>(this.turns, faults, random)
    const inboxes = Array.from({ length: workerCount }, () => new ControlChannel<ToWorker>(this.turns, faults, random))
    const pipelines: Pipeline[] = []
    for (let w = 0; w < workerCount; w++) pipelines.push(await Pipeline.open(plan, world.environment(w), { checked, ...(restore === null ? {} : { restore }) }))
    this.#workers = pipelines.map((pipeline, w) => new SimulatedWorker(w, pipeline, { turns: this.turns, history, inbox: inboxes[w]!, outbox: toMain, epoch: this.restoredEpoch }))
    const running = Promise.all(this.#workers.map((worker) => worker.run()))
    await Promise.race([running, this.#coordinate(plan, store, toMain, inboxes)])
  }

  async #settleSinks(plan: PhysicalPlan, restored: Restored | null): Promise<void> {
    const epoch = restored?.snapshot.epoch ?? 0
    this.restoredEpoch = epoch
    this.#options.history.note('main', `goes on from epoch ${epoch} with ${plan.workerCount} workers`)
    if (restored !== null) await this.#commit(plan, epoch, restored.snapshot.workers.flatMap(({ prepared }) => prepared))
    for (const { table } of sinksOf(plan)) {
      if (this.#connectors.has(table.connector)) await connectorOf(table.connector, this.#connectors).writer?.recover?.(table, 'simulated', epoch)
    }
    this.#options.results.recover(epoch)
  }

  async #commit(plan: PhysicalPlan, epoch: number, prepared: readonly PreparedSink[]): Promise<void> {
    for (const { id, table } of sinksOf(plan)) {
      const handles = prepared.filter(({ nodeId }) => nodeId === id).map(({ prepared: handle }) => handle).filter((handle) => handle !== null)
      if (this.#connectors.has(table.connector)) await connectorOf(table.connector, this.#connectors).writer?.commit?.(table, handles, epoch)
    }
    this.#options.results.commit(epoch)
  }

  async #coordinate(plan: PhysicalPlan, store: ReturnType<VirtualDisk['store']>, inbox: ControlChannel<ToMain>, workers: readonly ControlChannel<ToWorker>[]): Promise<void> {
    const { intervalMs, results } = this.#options
    let current: number | null = null
    let last = this.restoredEpoch
    let lastBeganMs = 0
    let final = false
    const parts = new Map<number, PipelineSnapshot>()
    const ended = new Set<number>()
    for (;;) {
      await this.turns.wait('main')
      for (let message = inbox.receive(); message !== null; message = inbox.receive()) {
        if (message.kind === 'ended') ended.add(message.worker)
        else if (message.part.epoch === current) parts.set(message.part.workerIndex, message.part)
      }
      const isFinal = ended.size === workers.length
      const decision = decideCheckpoint({
        nowMs: this.#clock.monotonicMs(), workerCount: workers.length, intervalMs, timeoutMs: Infinity, isAsked: isFinal, lastEpoch: last, lastBeganMs,
        current: current === null ? null : { epoch: current, taken: parts.size },
      })
      if (decision.kind === 'begin') {
        current = last = decision.epoch
        final = isFinal
        lastBeganMs = this.#clock.monotonicMs()
        parts.clear()
        for (const worker of workers) worker.send({ kind: 'barrier', epoch: current })
      } else if (decision.kind === 'commit') {
        const taken = [...parts.values()].sort((a, b) => a.workerIndex - b.workerIndex)
        const snapshot: JobSnapshot = { formatVersion: 1, epoch: decision.epoch, plan, splits: this.#world!.scanSplits, workers: taken }
        results.stage(decision.epoch, this.#world!.results)
        await writeManifest(store, { snapshot, ended: final })
        await this.#commit(plan, decision.epoch, taken.flatMap(({ prepared }) => prepared))
        await prune(store)
        this.checkpoints++
        current = null
        if (final) return
      }
    }
  }
}

function sinksOf(plan: PhysicalPlan): SinkNode[] {
  return plan.nodes.filter((node): node is SinkNode => node.kind === 'sink')
}
