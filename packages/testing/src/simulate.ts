import type {
  CheckpointDecision, Connector, JobSnapshot, PhysicalPlan, PipelineCounters, PipelineSnapshot, PreparedSink, Schema, SinkNode, SnapshotTaking, StepResult, Value,
} from '@millrace/core'
import { assert, decideCheckpoint, IN_MEMORY, MillraceError, Pipeline, rescaled } from '@millrace/core'
import type { Change } from './batch-text.js'
import { foldChanges } from './fold-changes.js'
import type { ManualClock } from './manual-clock.js'
import { manualClock } from './manual-clock.js'
import type { SeededRandom } from './seeded-random.js'
import { seededRandom } from './seeded-random.js'
import { byName, compiledPlan, type JobOptions, resultSchemaOf, withSettings } from './simulation/compiled-job.js'
import { SimulatedWorld } from './simulation/world.js'

/** `seed`: of the schedule: which worker steps next, which channel is emptied first, when the caller is slow. Default 1. */
export interface SimulationOptions extends JobOptions {
  /** Bytes that a channel between two workers holds; few make for much back-pressure. Default 4,096. */
  readonly exchangeBytes?: number
  readonly clock?: ManualClock
  /** Holds operators to the rules of their edges and to conservation. Default true. */
  readonly checked?: boolean
}

/** Where a simulation can start again: plain data. */
export interface SimulationCheckpoint {
  readonly snapshot: JobSnapshot
  /** All that the job's bare SELECT had given up to here, over all restarts. What it gave behind it is void. */
  readonly changes: readonly Change[]
}

/** What may differ from the run that took the checkpoint; the rest is as it was. */
export type RestoreOptions = Pick<SimulationOptions, 'connectors' | 'workers' | 'batchRows' | 'compile' | 'seed' | 'exchangeBytes' | 'clock' | 'checked' | 'functions'>

export interface SimulationResult {
  /** Of a bare SELECT; empty for INSERTs. */
  readonly schema: Schema
  /** What a bare SELECT gave, in the order it arrived. */
  readonly changes: readonly Change[]
  /** What `changes` come to, sorted: the same for every schedule. After a restore with those before it. */
  readonly folded: readonly (readonly Value[])[]
  /** The rows of `changes` in the order they arrived: the result of a query with ORDER BY. */
  readonly rows: readonly (readonly Value[])[]
  /** By worker. */
  readonly counters: readonly PipelineCounters[]
}

/** Rounds in which nothing happens before a simulation that should end counts as stuck. */
const IDLE_ROUNDS_MAX = 1_000

/** Rounds in which nothing happens before a simulation has settled: slow callers take something in one of them. */
const QUIET_ROUNDS = 20

/** Calls of asynchronous functions. */
interface Calls {
  underWay: number
}

/** What a simulation is made of. */
interface Parts {
  readonly options: SimulationOptions
  readonly plan: PhysicalPlan
  readonly connectors: ReadonlyMap<string, Connector>
  readonly world: SimulatedWorld
  readonly calls: Calls
  readonly random: SeededRandom
  readonly clock: ManualClock
  readonly pipelines: readonly Pipeline[]
}

/** Runs a job to its end: N pipelines on this thread under a seeded scheduler. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const simulation = await Simulation.open(options)
  return simulation.finish()
}

/**
 * A job that goes on only when told to: push rows, {@link settle}, look, move the clock, go on.
 *
 * Every run with the same options and the same calls is the same; an unexpected failure names the seed that repeats it.
 */
export class Simulation {
  readonly clock: ManualClock
  readonly #options: SimulationOptions
  readonly #plan: PhysicalPlan
  readonly #connectors: ReadonlyMap<string, Connector>
  readonly #world: SimulatedWorld
  readonly #calls: Calls
  readonly #random: SeededRandom
  readonly #pipelines: readonly Pipeline[]
  readonly #running: Set<Pipeline>
  /** What came before the checkpoint from which it goes on. */
  readonly #before: readonly Change[]
  #epoch: number
  #drained = false

  private constructor({ options, plan, connectors, world, calls, random, clock, pipelines }: Parts, checkpoint: SimulationCheckpoint | null) {
    this.#options = options
    this.#plan = plan
    this.#connectors = connectors
    this.#world = world
    this.#calls = calls
    this.#random = random
    this.clock = clock
    this.#pipelines = pipelines
    this.#running = new Set(pipelines)
    this.#before = checkpoint?.changes ?? []
    this.#epoch = checkpoint?.snapshot.epoch ?? 0
  }

  static async open(options: SimulationOptions): Promise<Simulation> {
    return Simulation.#start(options, await compiledPlan(options), null)
  }

  /**
   * The job as it stood at a checkpoint, with another seed, other batches or another number of workers if so asked. Its results are
   * those since the checkpoint.
   *
   * @throws MillraceError RESTORE_MISMATCH for several workers where the job was not {@link SimulationOptions.rescalable}
   */
  static async restore(checkpoint: SimulationCheckpoint, options: RestoreOptions): Promise<Simulation> {
    const { plan } = checkpoint.snapshot
    const { workers = plan.workerCount, batchRows = plan.settings.batchRows, compile = plan.settings.compile } = options
    return Simulation.#start({ ...options, workers, batchRows, compile }, withSettings(rescaled(plan, workers), batchRows, compile), checkpoint)
  }

  static async #start(options: SimulationOptions, given: PhysicalPlan, checkpoint: SimulationCheckpoint | null): Promise<Simulation> {
    const connectors = byName(options.connectors)
    const plan = structuredClone(given)
    const random = seededRandom(options.seed ?? 1)
    const clock = options.clock ?? manualClock()
    const restore = checkpoint === null ? null : structuredClone(checkpoint.snapshot)
    const { exchangeBytes = 4_096, functions = {} } = options
    const calls: Calls = { underWay: 0 }
    const watch = (result: Promise<unknown>): Promise<unknown> => {
      calls.underWay++
      return result.finally(() => calls.underWay--)
    }
    const world = await SimulatedWorld.make({ plan, connectors, random, clock, exchangeBytes, functions, watch, jobId: 'simulated', attempt: '1', restore })
    const pipelines: Pipeline[] = []
    const checked = options.checked ?? true
    for (let w = 0; w < plan.workerCount; w++) {
      pipelines.push(await Pipeline.open(plan, world.environment(w), { checked, ...(restore === null ? {} : { restore }) }))
    }
    return new Simulation({ options, plan, connectors, world, calls, random, clock, pipelines }, checkpoint)
  }

  /** Lets the workers take so many rounds of steps, or fewer if all ends before. */
  async run(rounds: number): Promise<void> {
    for (let round = 0; round < rounds && this.#running.size > 0; round++) await this.#round()
  }

  /** True once every worker has come to its end; {@link finish} then only commits and closes. */
  get ended(): boolean {
    return this.#running.size === 0
  }

  /**
   * Takes a checkpoint while the job goes on: the workers are asked for it one after the other, at moments of the seed's choosing, and
   * each goes on as soon as it has given its part. Then what was written up to it is committed.
   */
  async checkpoint(): Promise<SimulationCheckpoint> {
    const epoch = ++this.#epoch
    const workers: PipelineSnapshot[] = []
    const unasked = new Set(this.#pipelines)
    const takings = new Map<Pipeline, SnapshotTaking>()
    for (let idle = 0; this.#decide(epoch, workers.length).kind !== 'commit';) {
      const pipeline = this.#random.pick(this.#pipelines)
      if (unasked.has(pipeline) && this.#random.oneIn(2)) {
        unasked.delete(pipeline)
        // It may have its part already: others' barriers come through exchanges.
        if (!takings.has(pipeline) && !workers.some(({ workerIndex }) => this.#pipelines[workerIndex] === pipeline)) pipeline.barrier(epoch)
        this.#running.add(pipeline)
      }
      // What is to be stored is written by pieces, while rows flow.
      if (this.#random.oneIn(2) && takings.get(pipeline)?.advance() === true) {
        workers.push(await takings.get(pipeline)!.finish())
        takings.delete(pipeline)
      }
      if (!this.#running.has(pipeline)) continue
      const result = await this.#step(pipeline)
      if (result === 'aligned') takings.set(pipeline, pipeline.beginSnapshot(IN_MEMORY))
      if (result === 'ended') this.#running.delete(pipeline)
      idle = result === 'idle' || result === 'ended' ? idle + 1 : 0
      assert(idle < IDLE_ROUNDS_MAX * this.#pipelines.length, this.#replay('a simulated job comes to its checkpoint'))
    }
    workers.sort((a, b) => a.workerIndex - b.workerIndex)
    await this.#commit(epoch, workers.flatMap(({ prepared }) => prepared))
    const snapshot = { formatVersion: 1, epoch, plan: this.#plan, splits: this.#world.scanSplits, workers } as const
    return { snapshot: structuredClone(snapshot), changes: [...this.#before, ...this.#world.results.closed] }
  }

  /**
   * Goes on until nothing more happens by itself. Calls of asynchronous functions get a little real time to end in; the clock
   * stands still.
   */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_ROUNDS && this.#running.size > 0;) {
      const worked = await this.#round()
      quiet = worked || !this.#world.isQuiet ? 0 : quiet + 1
      if (quiet > 0) await this.#letCallsEnd()
    }
  }

  /** Stops reading: windows close and groups are written with the next steps. */
  drain(): void {
    this.#drained = true
    for (const pipeline of this.#running) pipeline.drain()
  }

  /** Goes on to the end, commits what was written, and closes. */
  async finish(): Promise<SimulationResult> {
    let idle = 0
    while (this.#running.size > 0) {
      idle = (await this.#round()) ? 0 : idle + 1
      if (idle > 0) await this.#letCallsEnd()
      // Where all wait for calls that do not end, only time can help.
      if (idle > QUIET_ROUNDS && this.#calls.underWay > 0) this.clock.advanceMs(1_000)
      assert(idle < IDLE_ROUNDS_MAX, this.#replay('a simulated job whose tables have ended ends'))
    }
    const counters = this.counters
    const prepared: PreparedSink[] = []
    const epoch = ++this.#epoch
    for (const pipeline of this.#pipelines) prepared.push(...(await pipeline.prepare(epoch)))
    await this.#commit(epoch, prepared)
    await this.close()
    return { ...this.result(), counters }
  }

  /** What a bare SELECT has given so far, since the checkpoint from which the job goes on, in the order it arrived. */
  get changes(): readonly Change[] {
    return this.#world.results.all
  }

  /** What has come of a bare SELECT so far. */
  result(): SimulationResult {
    const { changes } = this
    const schema = resultSchemaOf(this.#plan)
    return { schema, changes, rows: changes.map(({ values }) => values), folded: foldChanges([...this.#before, ...changes], schema), counters: this.counters }
  }

  get counters(): readonly PipelineCounters[] {
    return this.#pipelines.map((pipeline) => pipeline.counters)
  }

  async close(): Promise<void> {
    this.#world.abort()
    for (const pipeline of this.#pipelines) await pipeline.close()
  }

  async #letCallsEnd(): Promise<void> {
    if (this.#calls.underWay > 0) await new Promise((resolve) => setTimeout(resolve, 1))
  }

  #decide(epoch: number, taken: number): CheckpointDecision {
    return decideCheckpoint({
      nowMs: 0, workerCount: this.#pipelines.length, intervalMs: null, timeoutMs: Infinity, isAsked: true, lastEpoch: epoch - 1, lastBeganMs: 0,
      current: { epoch, taken },
    })
  }

  /** Lets as many workers as there are take a step, by chance the same one twice. True if any had something to do. */
  async #round(): Promise<boolean> {
    let worked = false
    for (let left = this.#running.size; left > 0 && this.#running.size > 0; left--) {
      const pipeline = this.#random.pick([...this.#running])
      const result = await this.#step(pipeline)
      if (result === 'ended') this.#running.delete(pipeline)
      if (result !== 'idle') worked = true
      if (this.#world.stopRequested && !this.#drained) this.drain()
    }
    return worked
  }

  async #step(pipeline: Pipeline): Promise<StepResult> {
    try {
      return await pipeline.step()
    } catch (error) {
      await this.close().catch(() => {})
      if (error instanceof MillraceError && error.domain !== 'internal') throw error
      const message = this.#replay(error instanceof Error ? error.message : String(error))
      if (!(error instanceof MillraceError)) throw new Error(message, { cause: error })
      throw new MillraceError(error.code, message, error.details, { cause: error })
    }
  }

  async #commit(epoch: number, prepared: readonly PreparedSink[]): Promise<void> {
    for (const node of this.#plan.nodes.filter((n): n is SinkNode => n.kind === 'sink')) {
      const handles = prepared.filter(({ nodeId }) => nodeId === node.id).map(({ prepared: handle }) => handle).filter((handle) => handle !== null)
      const commit = this.#connectors.get(node.table.connector)?.writer?.commit
      if (commit !== undefined) await commit(node.table, handles, epoch)
    }
  }

  #replay(message: string): string {
    const { seed = 1, exchangeBytes = 4_096 } = this.#options
    const { workerCount, settings } = this.#plan
    return `${message} (again with seed: ${seed}, workers: ${workerCount}, batchRows: ${settings.batchRows}, exchangeBytes: ${exchangeBytes})`
  }
}
