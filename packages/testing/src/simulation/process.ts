import type { CheckpointManifest, CheckpointPart, CheckpointStore, Connector, IsSecret, JobSnapshot, PhysicalPlan, PipelineCounters, SinkNode } from '@millrace/core'
import {
  assert, CheckpointCoordinator, CheckpointHistory, fromPlainError, loadSnapshot, Pipeline, rebase, refusePartial, RESULT_CONNECTOR, retryingStore, storedBytesOf, unreachable, withoutSecrets,
} from '@millrace/core'
import type { SeededRandom } from '../seeded-random.js'
import type { CommittedResults } from './committed-results.js'
import { connectorOf, type FunctionModules } from './compiled-job.js'
import { ControlChannel } from './control-channel.js'
import type { VirtualDisk } from './disk.js'
import { disturbed } from './disturbed-connector.js'
import type { FaultPlan } from './faults.js'
import { HeldCalls } from './held-calls.js'
import type { History } from './history.js'
import { type MachineClock, TURN_MS_MEAN } from './machine-clock.js'
import { Turns } from './turns.js'
import { type Barrier, type FromWorker, SimulatedWorker } from './worker.js'
import { SimulatedWorld } from './world.js'

export interface ProcessOptions {
  readonly plan: PhysicalPlan
  readonly connectors: ReadonlyMap<string, Connector>
  readonly functions: FunctionModules
  readonly checked: boolean
  /** Which process of the job it is, from 1. */
  readonly attempt: number
  readonly exchangeBytes: number
  /** Of checkpoints. */
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly keep: number
  readonly disk: VirtualDisk
  readonly clock: MachineClock
  readonly faults: FaultPlan
  readonly random: SeededRandom
  readonly history: History
  readonly results: CommittedResults
  /** Told of every commit, before and after it. */
  committing(table: string, epoch: number, done: boolean): void
}

/** One process that runs the job, from its start to its end or to a crash: what the runtime does on threads, in turns. */
export class SimulatedProcess {
  readonly turns: Turns
  readonly calls: HeldCalls
  /** The epoch whose checkpoint it goes on from; null until it has found that. */
  restoredEpoch: number | null = null
  checkpoints = 0
  readonly #options: ProcessOptions
  readonly #connectors: ReadonlyMap<string, Connector>
  readonly #clock: ReturnType<MachineClock['ofProcess']>
  readonly #checkpoints: CheckpointHistory
  #jobId = ''
  #world: SimulatedWorld | null = null
  #completing: Promise<void> = Promise.resolve()
  #workers: readonly SimulatedWorker[] = []

  constructor(options: ProcessOptions) {
    const { faults, random, history, committing, keep } = options
    this.#options = options
    this.turns = new Turns(random)
    this.calls = new HeldCalls(this.turns, random)
    this.#clock = options.clock.ofProcess()
    const disturbance = { turns: this.turns, faults, random, history, committing }
    this.#connectors = new Map([...options.connectors].map(([name, connector]) => [name, disturbed(connector, disturbance)]))
    this.#checkpoints = new CheckpointHistory(this.#store('main'), keep)
  }

  get counters(): PipelineCounters[] {
    return this.#workers.map(({ counters }) => counters)
  }

  /** The life of a process. It rejects with what ends the job, or this attempt at it, when everything has been let go of. */
  async run(): Promise<void> {
    try {
      await this.#run()
    } finally {
      this.#world?.abort()
      await this.#completing.catch(() => {})
      await Promise.all(this.#workers.map((worker) => worker.close()))
    }
  }

  async #run(): Promise<void> {
    const { plan, faults, random, results } = this.#options
    const { manifest, lastEpoch } = await this.#find()
    this.restoredEpoch = manifest?.snapshot.epoch ?? 0
    this.#options.history.note('main', `goes on from epoch ${this.restoredEpoch} with ${plan.workerCount} workers`)
    const rebased = manifest === null ? null : rebase(manifest.snapshot, plan)
    if (rebased !== null) refusePartial(rebased)
    const restored = rebased?.snapshot ?? null
    if (manifest !== null) await this.#commit(manifest)
    for (const { table } of this.#sinks()) await this.#writerOf(table.connector)?.recover?.(table, this.#jobId, this.restoredEpoch)
    results.recover(this.restoredEpoch)
    if (manifest?.ended === true) return
    const world = (this.#world = await this.#newWorld(restored))
    const toMain = new ControlChannel<FromWorker>(this.turns, faults, random)
    const inboxes = Array.from({ length: plan.workerCount }, () => new ControlChannel<Barrier>(this.turns, faults, random))
    const opening = await Promise.allSettled(inboxes.map((inbox, index) => this.#openWorker(index, world, manifest, restored, { inbox, outbox: toMain })))
    this.#workers = opening.flatMap((opened) => (opened.status === 'fulfilled' ? [opened.value] : []))
    for (const opened of opening) if (opened.status === 'rejected') throw opened.reason
    for (const worker of this.#workers) worker.start()
    await this.#coordinate(world, lastEpoch, toMain, inboxes)
  }

  /** Where the job goes on; and whose leftovers are its own. */
  async #find(): ReturnType<CheckpointHistory['find']> {
    const found = await this.#checkpoints.find()
    const newest = this.#options.disk.newestWhole
    assert((found.manifest?.snapshot.epoch ?? null) === newest, `the job goes on from its newest whole checkpoint, that of epoch ${newest}`)
    this.#jobId = (await this.#checkpoints.nameJob(found.manifest, `job-${this.#options.attempt}`)).jobId
    if (found.manifest !== null) await this.#checkpoints.add(found.manifest)
    await this.#checkpoints.prune(true)
    return found
  }

  #newWorld(restore: JobSnapshot | null): Promise<SimulatedWorld> {
    const { plan, random, exchangeBytes, functions, attempt } = this.#options
    return SimulatedWorld.make({
      plan, connectors: this.#connectors, random, clock: this.#clock, exchangeBytes, functions, watch: this.calls.watch, jobId: this.#jobId,
      attempt: String(attempt), restore,
    })
  }

  async #openWorker(
    index: number, world: SimulatedWorld, manifest: CheckpointManifest | null, restored: JobSnapshot | null, channels: { inbox: ControlChannel<Barrier>; outbox: ControlChannel<FromWorker> },
  ): Promise<SimulatedWorker> {
    const { plan, checked, history, random } = this.#options
    const store = this.#store(`worker ${index}`)
    const restore = restored === null ? {} : { restore: await loadSnapshot(store, structuredClone(restored), manifest!.objects) }
    const pipeline = await Pipeline.open(plan, world.environment(index), { checked, ...restore })
    return new SimulatedWorker({ index, pipeline, store, turns: this.turns, history, random, ...channels })
  }

  async #coordinate(world: SimulatedWorld, lastEpoch: number, inbox: ControlChannel<FromWorker>, workers: readonly ControlChannel<Barrier>[]): Promise<void> {
    const { intervalMs, timeoutMs } = this.#options
    const over: { error: unknown }[] = []
    const end = (error: unknown): void => void over.push({ error })
    const coordinator = new CheckpointCoordinator(
      { workerCount: workers.length, intervalMs, timeoutMs, lastEpoch, startedAtMs: this.#clock.monotonicMs() },
      {
        ask: (worker, epoch, after) => workers[worker]!.send({ epoch, isLast: after === 'ended' }),
        complete: (epoch, parts, ended) => (this.#completing = this.#complete(world, epoch, parts, ended)),
        failed: end,
      },
    )
    const running = new Set(workers.keys())
    const hear = (message: FromWorker): void => {
      switch (message.kind) {
        case 'part': return coordinator.part(message.part)
        case 'failed': return end(fromPlainError(message.error))
        case 'ended':
          if (running.delete(message.worker) && running.size === 0) coordinator.request('ended').then(() => end(null), end)
          return
        default: unreachable(message)
      }
    }
    while (over.length === 0) {
      await this.turns.wait('main')
      for (let message = inbox.receive(); message !== null; message = inbox.receive()) hear(message)
      coordinator.tick(this.#clock.monotonicMs())
    }
    coordinator.close()
    if (over[0]!.error !== null) throw over[0]!.error
  }

  async #complete(world: SimulatedWorld, epoch: number, parts: readonly CheckpointPart[], ended: boolean): Promise<void> {
    const workers = parts.map(({ snapshot }) => snapshot)
    const snapshot: JobSnapshot = { formatVersion: 1, epoch, plan: withoutSecrets(this.#options.plan, isSecret), splits: world.scanSplits, workers }
    this.#options.results.stage(epoch, world.results)
    this.#checkpoints.stored(parts.flatMap(({ objects }) => objects))
    const objects = this.#checkpoints.objectsOf([...storedBytesOf(snapshot)].map(({ object }) => object))
    const manifest = await this.#checkpoints.add({ jobId: this.#jobId, writtenAtMs: Math.round(this.#clock.nowMicros() / 1_000), ended, snapshot, objects })
    await this.#commit(manifest)
    await this.#checkpoints.prune()
    this.checkpoints++
  }

  async #commit({ snapshot: { epoch, workers } }: CheckpointManifest): Promise<void> {
    const prepared = workers.flatMap((worker) => worker.prepared)
    for (const { id, table } of this.#sinks()) {
      const handles = prepared.filter(({ nodeId, prepared: handle }) => nodeId === id && handle !== null).map(({ prepared: handle }) => handle)
      await this.#writerOf(table.connector)?.commit?.(table, handles, epoch)
    }
    this.#options.results.commit(epoch)
  }

  #writerOf(connector: string): Connector['writer'] {
    return connector === RESULT_CONNECTOR ? undefined : connectorOf(connector, this.#connectors).writer
  }

  #sinks(): SinkNode[] {
    return this.#options.plan.nodes.filter((node): node is SinkNode => node.kind === 'sink')
  }

  #store(actor: string): CheckpointStore {
    const store = this.#options.disk.store(this.turns, actor)
    return retryingStore(store, (ms) => this.turns.wait(`${actor} store`, Math.ceil(ms / TURN_MS_MEAN)))
  }
}

const isSecret: IsSecret = () => false
