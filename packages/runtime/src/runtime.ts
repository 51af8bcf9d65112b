import { isSubscribed, MillraceError } from '@millrace/core'
import { type CompiledScript, compileScript } from '@millrace/core/compile'
import { resolve } from 'node:path'
import { openCheckpoints, placed, strategyToPlan } from './checkpoint/start-checkpoints.js'
import { ConnectorLoader } from './connectors/connector-loader.js'
import { MemoryStore } from './connectors/memory-store.js'
import { findFunctionModule } from './functions/function-modules.js'
import { type Job, ScriptJob } from './job.js'
import { newId } from './new-id.js'
import { baseDirectoryOf, commitIntervalOf, confinementOf, packageBases, resolutionBases, type ResultSink, type RunOptions, workerCountOf } from './options.js'
import { type Query, type QueryOptions, RowQuery } from './query.js'
import { findSpillModule } from './spill-module.js'
import { ThreadPool } from './threads/thread-pool.js'
import { liesIn } from './trusted-module.js'

/** Threads that several jobs use one after the other, or side by side as far as there are enough of them. */
export interface Runtime {
  /** The number of threads, and the default of `workers`. */
  readonly workerCount: number
  /**
   * Compiles a SQL text and starts it.
   *
   * @throws MillraceError what the compiler finds, OPTION_INVALID, CONNECTOR_UNKNOWN, CONNECTOR_INVALID
   */
  run(sql: string, options?: RunOptions): Promise<Job>
  /** The rows of a text with one SELECT; what stands before it (CREATE, INSERT) runs first. */
  query<R = Record<string, unknown>>(sql: string, options?: QueryOptions): Query<R>
  /** Parses, binds and plans without running. */
  compile(sql: string, options?: RunOptions): Promise<CompiledScript>
  /** Ends the threads. Jobs that still run fail with WORKER_LOST: stop or drain them before. */
  close(): Promise<void>
}

/** @throws MillraceError OPTION_INVALID */
export function createRuntime({ workers }: { readonly workers?: number | 'auto' } = {}): Runtime {
  return new PooledRuntime(workerCountOf(workers), false)
}

/** A runtime for one text: its threads end with the job. */
export function runtimeFor(options: RunOptions): PooledRuntime {
  return new PooledRuntime(workerCountOf(options.workers), true)
}

/** A query that asks for its runtime when it is iterated. */
export function newQuery<R>(runtime: () => PooledRuntime, sql: string, options: QueryOptions): Query<R> {
  const start = async (results: ResultSink): Promise<Job> => runtime().start(sql, { ...options, results }, checkOneSelect)
  return new RowQuery<R>(start, options.bigints ?? 'bigint')
}

/** @throws MillraceError USAGE */
function checkOneSelect(script: CompiledScript): void {
  const selects = script.jobs.filter((job) => job.kind === 'select').length
  if (selects !== 1) throw new MillraceError('USAGE', `query() takes a text with one SELECT, and this has ${selects}; use run()`)
}

/** @throws MillraceError USAGE */
function checkSelectsTaken(script: CompiledScript, options: RunOptions): void {
  if (options.results !== undefined || !script.jobs.some((job) => job.kind === 'select' && !job.analyze)) return
  throw new MillraceError('USAGE', 'nobody would take the rows of this SELECT: use query(), give `results`, or INSERT them into a table')
}

/** What a job without checkpoints is told of them has a meaning where it commits as it goes. @throws MillraceError USAGE, OPTION_INVALID */
function checkCommits({ jobs }: CompiledScript, options: RunOptions): void {
  const { commitIntervalMs, checkpoint, restart } = options
  commitIntervalOf(options)
  if (checkpoint !== undefined) {
    if (commitIntervalMs === undefined) return
    throw new MillraceError('USAGE', 'commitIntervalMs is of jobs without checkpoints: give checkpoint.intervalMs')
  }
  const alone = commitIntervalMs !== undefined ? '--checkpoint-interval' : restart?.limit !== undefined ? '--restart-limit' : null
  if (alone === null || jobs.some(({ plan }) => isSubscribed(plan))) return
  throw new MillraceError('USAGE', `${alone} goes with --checkpoint DIR, which says where checkpoints are kept: this job commits at its end, `
    + 'because it reads no table whose splits come and go, as those of a Kafka topic do')
}

/** The one path that is not of a table: SET 'state.spill-directory'. @throws MillraceError PATH_OUTSIDE */
function checkSpillDirectories({ jobs }: CompiledScript, confinedTo: string): void {
  for (const { plan: { settings: { spillDirectory } } } of jobs) {
    if (spillDirectory === undefined || liesIn(resolve(spillDirectory), confinedTo)) continue
    throw new MillraceError('PATH_OUTSIDE', `'state.spill-directory' = '${spillDirectory}' leads out of ${confinedTo}, to which this job is confined; leave it out`)
  }
}

export class PooledRuntime implements Runtime {
  readonly workerCount: number
  readonly #once: boolean
  #pool: ThreadPool | null = null

  constructor(workerCount: number, once: boolean) {
    this.workerCount = workerCount
    this.#once = once
  }

  run(sql: string, options: RunOptions = {}): Promise<Job> {
    return this.start(sql, options, (script) => checkSelectsTaken(script, options))
  }

  query<R = Record<string, unknown>>(sql: string, options: QueryOptions = {}): Query<R> {
    return newQuery<R>(() => this, sql, options)
  }

  /** @param check refuses a script before anything of it runs */
  async start(sql: string, options: RunOptions, check: (script: CompiledScript) => void): Promise<Job> {
    // Threads take longer to start than a text to compile: side by side.
    if (options.strategy !== 'single') this.#threads()
    const finished = async (): Promise<void> => {
      if (this.#once) await this.close()
    }
    try {
      const compiled = await this.#compile(sql, options)
      check(compiled.script)
      const newJobId = newId()
      checkCommits(compiled.script, options)
      const place = await openCheckpoints(compiled.script, options, newJobId)
      return new ScriptJob({ ...compiled, id: place?.opened?.jobId ?? newJobId, place, options, pool: () => this.#threads(), finished })
    } catch (error) {
      await finished()
      throw error
    }
  }

  #threads(): ThreadPool {
    return (this.#pool ??= new ThreadPool(this.workerCount))
  }

  async compile(sql: string, options: RunOptions = {}): Promise<CompiledScript> {
    return (await this.#compile(sql, options)).script
  }

  async close(): Promise<void> {
    const pool = this.#pool
    this.#pool = null
    await pool?.close()
  }

  async #compile(sql: string, options: RunOptions): Promise<{ script: CompiledScript; loader: ConnectorLoader; store: MemoryStore }> {
    const workerCount = options.workers === undefined ? this.workerCount : workerCountOf(options.workers)
    if (workerCount > this.workerCount) {
      const have = `this runtime has ${this.workerCount} threads`
      throw new MillraceError('OPTION_INVALID', `workers is ${workerCount}, and ${have}: create it with more`)
    }
    const store = new MemoryStore(options.tables)
    const bases = resolutionBases(options)
    const confinement = confinementOf(options)
    const loader = new ConnectorLoader(bases, store, confinement)
    const script = await compileScript(sql, {
      connector: (name) => loader.load(name),
      format: (name) => loader.format(name),
      functionModule: (specifier) => findFunctionModule(specifier, bases, confinement),
      spillModule: () => findSpillModule(packageBases(options)),
      ...strategyToPlan(options, workerCount),
      baseDirectory: baseDirectoryOf(options),
      ...(confinement === null ? {} : { confinedTo: confinement.confinedTo }),
      ...(options.fileName === undefined ? {} : { fileName: options.fileName }),
      ...(options.params === undefined ? {} : { params: options.params }),
      ...(options.set === undefined ? {} : { set: options.set }),
    })
    if (confinement !== null) checkSpillDirectories(script, confinement.confinedTo)
    return { script: placed(script, options, workerCount), loader, store }
  }
}
