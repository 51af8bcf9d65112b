import type { Connector, PhysicalPlan, PipelineCounters, PreparedSink, Schema, SinkNode, StepResult, Strategy, Value } from '@millrace/core'
import { assert, BATCH_ROWS_DEFAULT, MillraceError, Pipeline } from '@millrace/core'
import { compileScript } from '@millrace/core/compile'
import type { CompiledJob } from '@millrace/core/compile'
import type { Change } from './batch-text.js'
import { foldChanges } from './fold-changes.js'
import type { ManualClock } from './manual-clock.js'
import { manualClock } from './manual-clock.js'
import type { SeededRandom } from './seeded-random.js'
import { seededRandom } from './seeded-random.js'
import { connectorOf, type FunctionModules, moduleOf, SimulatedWorld } from './simulated-world.js'

export interface SimulationOptions {
  /** A script with one job: INSERTs, or one SELECT. */
  readonly sql?: string
  /** In place of `sql`: a plan; its worker count holds. */
  readonly plan?: PhysicalPlan
  readonly connectors: readonly Connector[]
  /** Modules of user functions by what stands in `AS '…'`: `{ './f.js': { double: (x: number) => 2 * x } }`. */
  readonly functions?: FunctionModules
  /** Default 1. */
  readonly workers?: number
  /** Rows in a batch, default that of a job. */
  readonly batchRows?: number
  /** False: interpreted. Default true. */
  readonly compile?: boolean
  readonly strategy?: Strategy
  readonly set?: Readonly<Record<string, string>>
  readonly params?: Readonly<Record<string, string>>
  /** Of the schedule: which worker steps next, which channel is emptied first, when the caller is slow. Default 1. */
  readonly seed?: number
  /** Bytes that a channel between two workers holds; few make for much back-pressure. Default 4,096. */
  readonly exchangeBytes?: number
  readonly clock?: ManualClock
  /** Holds operators to the rules of their edges and to conservation. Default true. */
  readonly checked?: boolean
}

export interface SimulationResult {
  /** Of a bare SELECT; empty for INSERTs. */
  readonly schema: Schema
  /** What a bare SELECT gave, in the order it arrived. */
  readonly changes: readonly Change[]
  /** What `changes` come to, sorted: the same for every schedule. */
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
  readonly #random: SeededRandom
  readonly #pipelines: readonly Pipeline[]
  readonly #running: Set<Pipeline>
  #drained = false

  private constructor(
    options: SimulationOptions, plan: PhysicalPlan, connectors: ReadonlyMap<string, Connector>, world: SimulatedWorld, random: SeededRandom,
    clock: ManualClock, pipelines: readonly Pipeline[],
  ) {
    this.#options = options
    this.#plan = plan
    this.#connectors = connectors
    this.#world = world
    this.#random = random
    this.clock = clock
    this.#pipelines = pipelines
    this.#running = new Set(pipelines)
  }

  static async open(options: SimulationOptions): Promise<Simulation> {
    const connectors = new Map(options.connectors.map((connector) => [connector.name, connector]))
    const plan = structuredClone(options.plan ?? (await compiledJob(options, connectors)).plan)
    const random = seededRandom(options.seed ?? 1)
    const clock = options.clock ?? manualClock()
    const world = await SimulatedWorld.make({ plan, connectors, random, clock, exchangeBytes: options.exchangeBytes ?? 4_096, functions: options.functions ?? {} })
    const pipelines: Pipeline[] = []
    const checked = options.checked ?? true
    for (let w = 0; w < plan.workerCount; w++) pipelines.push(await Pipeline.open(plan, world.environment(w), { checked }))
    return new Simulation(options, plan, connectors, world, random, clock, pipelines)
  }

  /** Goes on until nothing more happens by itself. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_ROUNDS && this.#running.size > 0;) {
      const worked = await this.#round()
      quiet = worked || !this.#world.isQuiet ? 0 : quiet + 1
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
      assert(idle < IDLE_ROUNDS_MAX, this.#replay('a simulated job whose tables have ended ends'))
    }
    const counters = this.counters
    await this.#commit()
    await this.close()
    return { ...this.result(), counters }
  }

  /** What a bare SELECT has given so far. */
  result(): SimulationResult {
    const changes = [...this.#world.results]
    const schema = this.#world.resultSchema ?? []
    return { schema, changes, rows: changes.map(({ values }) => values), folded: foldChanges(changes, schema), counters: this.counters }
  }

  get counters(): readonly PipelineCounters[] {
    return this.#pipelines.map((pipeline) => pipeline.counters)
  }

  async close(): Promise<void> {
    this.#world.abort()
    for (const pipeline of this.#pipelines) await pipeline.close()
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

  async #commit(): Promise<void> {
    const prepared: PreparedSink[] = []
    for (const pipeline of this.#pipelines) prepared.push(...(await pipeline.prepare(1)))
    for (const node of this.#plan.nodes.filter((n): n is SinkNode => n.kind === 'sink')) {
      const handles = prepared.filter(({ nodeId }) => nodeId === node.id).map(({ prepared: handle }) => handle).filter((handle) => handle !== null)
      const commit = this.#connectors.get(node.table.connector)?.writer?.commit
      if (commit !== undefined) await commit(node.table, handles, 1)
    }
  }

  #replay(message: string): string {
    const { seed = 1, exchangeBytes = 4_096 } = this.#options
    const { workerCount, settings } = this.#plan
    return `${message} (again with seed: ${seed}, workers: ${workerCount}, batchRows: ${settings.batchRows}, exchangeBytes: ${exchangeBytes})`
  }
}

async function compiledJob(options: SimulationOptions, connectors: ReadonlyMap<string, Connector>): Promise<CompiledJob> {
  const { sql, workers = 1, batchRows = BATCH_ROWS_DEFAULT, compile = true, strategy = 'pipelines', seed = 1, set, params } = options
  assert(sql !== undefined, 'a simulation is given `sql` or `plan`')
  const { jobs } = await compileScript(sql, {
    connector: async (name) => connectorOf(name, connectors),
    functionModule: async (specifier) => ({ url: specifier, exports: moduleOf(specifier, options.functions ?? {}) }),
    workerCount: workers,
    strategy,
    settings: { batchRows, compile, seed, timeZone: 'UTC' },
    baseDirectory: '/',
    fileName: 'simulation.sql',
    ...(set === undefined ? {} : { set }),
    ...(params === undefined ? {} : { params }),
  })
  assert(jobs.length === 1, `a simulation runs one job, not ${jobs.length}`)
  return jobs[0]!
}
