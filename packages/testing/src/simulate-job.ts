import type { PhysicalPlan, PipelineCounters, Schema, Value } from '@millrace/core'
import { assert, MillraceError, rescaled } from '@millrace/core'
import type { Change } from './batch-text.js'
import { foldChanges } from './fold-changes.js'
import { BACK_OFF_TURNS_MAX, SIMULATED_TURNS_MAX } from './limits.js'
import { seededRandom } from './seeded-random.js'
import type { SeededRandom } from './seeded-random.js'
import { CommittedResults } from './simulation/committed-results.js'
import { byName, compiledPlan, type JobOptions, resultSchemaOf, withSettings } from './simulation/compiled-job.js'
import { CrashPlan } from './simulation/crash-plan.js'
import { VirtualDisk } from './simulation/disk.js'
import { type Fault, FaultPlan, USUAL_FAULTS } from './simulation/faults.js'
import { History } from './simulation/history.js'
import { MachineClock } from './simulation/machine-clock.js'
import { SimulatedProcess } from './simulation/process.js'

export interface JobSimulationOptions extends Omit<JobOptions, 'workers' | 'rescalable'> {
  /** Numbers of workers to pick from at each start. Default 1, 2, 4 and 8. */
  readonly workers?: readonly number[]
  /** What may befall the job; each seed picks among them. Default {@link USUAL_FAULTS}; an empty list: nothing does. */
  readonly faults?: readonly Fault[]
  /** Times that the process crashes, at most: the job may come to its end before. Default 4. */
  readonly crashes?: number
  /** Holds operators to the rules of their edges and to conservation. Default true. */
  readonly checked?: boolean
}

/** What came of a simulated job, over all its restarts. */
export interface JobHistory {
  readonly seed: number
  /** Of a bare SELECT; empty for INSERTs. */
  readonly schema: Schema
  /** What a bare SELECT has given, in epochs that were committed. */
  readonly changes: readonly Change[]
  /** What `changes` come to, sorted. */
  readonly folded: readonly (readonly Value[])[]
  /** Of the process in which the job came to its end, by worker. */
  readonly counters: readonly PipelineCounters[]
  /** Each start of a process: the number of its workers, and the epoch from which it went on; null where it did not come so far. */
  readonly starts: readonly { readonly workers: number; readonly epoch: number | null }[]
  readonly crashes: number
  readonly checkpoints: number
  /** How much happened: turns that were given, and steps that were told. */
  readonly turns: number
  readonly steps: number
  /** The same for two runs exactly if they took the same steps. */
  readonly traceHash: string
  /** The last steps, as text. */
  readonly trace: readonly string[]
}

/**
 * One history of a whole job, told by its seed: its workers, their coordinator, the checkpoint store, the connectors and the clocks run
 * on this thread, step by step, while processes crash, storage fails, messages come late and twice, and the job goes on at other numbers
 * of workers. Its answer must be that of the undisturbed job, whatever the seed.
 *
 * Connectors are those of the job, wrapped so that they are slow and fail; what they keep outlives the simulated processes. Steps
 * are the same at every run as long as connectors and functions wait for nothing outside; results of asynchronous functions come when
 * the seed says so.
 *
 * @throws MillraceError what ends the job: an error that is not to be retried. Its message names the seed, and its details hold the trace
 */
export async function simulateJob(options: JobSimulationOptions): Promise<JobHistory> {
  return new JobSimulation(options, await plannedJob(options)).run()
}

/** The plan of the job, which goes on at any number of workers. */
export function plannedJob(options: JobSimulationOptions): Promise<PhysicalPlan> {
  return compiledPlan({ ...options, workers: 2, rescalable: true })
}

class JobSimulation {
  readonly #options: JobSimulationOptions
  readonly #plan: PhysicalPlan
  readonly #seed: number
  readonly #random: SeededRandom
  readonly #history = new History()
  readonly #faults: FaultPlan
  readonly #disk: VirtualDisk
  readonly #clock: MachineClock
  readonly #results = new CommittedResults()
  readonly #starts: { workers: number; epoch: number | null }[] = []
  #counters: readonly PipelineCounters[] = []
  #crashes = 0
  #checkpoints = 0
  #turns = 0

  constructor(options: JobSimulationOptions, plan: PhysicalPlan) {
    const { seed = 1, faults = USUAL_FAULTS } = options
    this.#options = options
    this.#plan = plan
    this.#seed = seed
    this.#random = seededRandom(seed)
    this.#faults = new FaultPlan(faults, this.#random)
    this.#clock = new MachineClock(this.#faults, this.#random)
    this.#disk = new VirtualDisk(this.#clock, this.#faults, this.#random, this.#history)
  }

  async run(): Promise<JobHistory> {
    this.#history.note('simulation', this.#faults.names)
    try {
      for (;;) {
        const workers = this.#random.pick(this.#options.workers ?? [1, 2, 4, 8])
        const process = this.#newProcess(workers)
        const end = await this.#live(process)
        this.#checkpoints += process.checkpoints
        if (process.counters.length > 0) this.#counters = process.counters
        this.#starts.push({ workers, epoch: process.restoredEpoch })
        if (end === 'ended') return this.#outcome()
      }
    } catch (error) {
      throw this.#explained(error)
    }
  }

  #newProcess(workers: number): SimulatedProcess {
    const random = this.#random
    const batchRows = this.#options.batchRows ?? random.pick([1, 3, 16])
    return new SimulatedProcess({
      plan: withSettings(rescaled(this.#plan, workers), batchRows, this.#options.compile ?? random.oneIn(2)),
      connectors: byName(this.#options.connectors),
      functions: this.#options.functions ?? {},
      checked: this.#options.checked ?? true,
      attempt: this.#starts.length + 1,
      exchangeBytes: random.pick([1, 300, 4_096]),
      intervalMs: random.pick([1, 10, 40, 150]),
      // A checkpoint may be slow; one that is given up is as good as a crash.
      timeoutMs: this.#starts.length < 2 && random.oneIn(8) ? 200 : 600_000,
      keep: random.pick([1, 3]),
      disk: this.#disk,
      clock: this.#clock,
      faults: this.#faults,
      random,
      history: this.#history,
      results: this.#results,
      committing: (table, epoch) => {
        assert(this.#disk.hasManifest(epoch), `the checkpoint of epoch ${epoch} is there before ${table} shows its rows`)
      },
    })
  }

  /** Lets a process take its turns until it has ended, failed so that it is to be tried again, or crashed. */
  async #live(process: SimulatedProcess): Promise<'ended' | 'failed' | 'crashed'> {
    const crash = this.#faults.has('crash') && this.#crashes < (this.#options.crashes ?? 4) ? new CrashPlan(this.#random) : null
    const ends: { readonly error: unknown }[] = []
    process.run().then(() => ends.push({ error: null }), (error: unknown) => ends.push({ error }))
    for (let turn = 0; ; turn++) {
      const steps = this.#history.steps
      const before = process.turns.now
      await process.calls.settled()
      const actor = await process.turns.next()
      if (ends.length > 0) return this.#ended(ends[0]!.error)
      assert(++this.#turns < SIMULATED_TURNS_MAX, 'a simulated job comes to its end')
      // All wait for something outside: a connector that reads files, say. Then real time passes.
      if (actor === null) await new Promise((resolve) => setTimeout(resolve, 1))
      this.#clock.pass(process.turns.now - before)
      if (crash?.isDue(turn, this.#history.since(steps)) !== true) continue
      const losesPower = this.#faults.slows('power-loss', 2)
      this.#history.note('simulation', losesPower ? 'the power goes' : 'the process crashes')
      this.#crashes++
      this.#disk.crash(losesPower)
      return 'crashed'
    }
  }

  #ended(error: unknown): 'ended' | 'failed' {
    if (error === null) return 'ended'
    const isCorrupt = error instanceof MillraceError && error.code === 'CHECKPOINT_CORRUPT'
    assert(!isCorrupt || this.#disk.newestWhole === null, `a job goes on while there is a whole checkpoint, that of epoch ${this.#disk.newestWhole}`)
    if (!(error instanceof MillraceError) || !error.retry) throw error
    this.#history.note('simulation', `it failed: ${error.code} ${error.message}`)
    this.#clock.pass(1 + this.#random.below(BACK_OFF_TURNS_MAX))
    return 'failed'
  }

  #outcome(): JobHistory {
    const schema = resultSchemaOf(this.#plan)
    const { changes } = this.#results
    return {
      seed: this.#seed, schema, changes, folded: foldChanges(changes, schema), counters: this.#counters, starts: this.#starts, crashes: this.#crashes,
      checkpoints: this.#checkpoints, turns: this.#turns, steps: this.#history.steps, traceHash: this.#history.hash, trace: this.#history.lines,
    }
  }

  #explained(error: unknown): unknown {
    const message = `${error instanceof Error ? error.message : String(error)} (seed ${this.#seed}, step ${this.#history.steps})`
    const trace = this.#history.lines
    if (error instanceof MillraceError) return new MillraceError(error.code, message, { ...error.details, trace }, { cause: error })
    return Object.assign(new Error(message, { cause: error }), { details: { trace } })
  }
}
