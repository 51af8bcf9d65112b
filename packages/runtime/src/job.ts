import type { CompiledJob, CompiledScript, StatementOutput } from '@millrace/core/compile'
import {
  assert, groupText, guaranteesOf, MillraceError, rebase, type Row, type SinkGuarantee, type SinkNode, type StateChange, type Strategy, valuesToRow,
} from '@millrace/core'
import type { CheckpointPlace } from './checkpoint/checkpoint-place.js'
import type { ConnectorLoader } from './connectors/connector-loader.js'
import type { MemoryStore } from './connectors/memory-store.js'
import type { Execution } from './execution.js'
import { JobAttempts } from './job-attempts.js'
import type { ResultSink, RunOptions, SelectInfo } from './options.js'
import type { ResultTarget } from './results/result-pump.js'
import { StdoutLines } from './results/stdout-lines.js'
import { combineStats, type JobStats } from './stats.js'
import type { ThreadPool } from './threads/thread-pool.js'
import { commitIntervalOf, restartPolicyOf } from './options.js'
import type { RestartPolicy } from './supervision/restart-decision.js'
import { supervise } from './supervision/supervise.js'
import { nextTurn, sleepMs } from './turn.js'

/** A SQL text that is being run. Its INSERTs run as one, each bare SELECT by itself, in the order of the text. */
export interface Job {
  readonly id: string
  readonly strategy: Strategy
  readonly workerCount: number
  /** What it promises of each table that it writes: see `Guarantee`. */
  readonly guarantees: readonly SinkGuarantee[]
  /** How the processes of a group divide it among them; null where no group reads its tables. */
  readonly group: string | null
  /** What SHOW, DESCRIBE and EXPLAIN had to say. EXPLAIN ANALYZE adds to it when it has run. */
  readonly outputs: readonly StatementOutput[]
  /** Live, from shared memory: cheap, at any time. */
  stats(): JobStats
  /** Resolves when everything has been committed; rejects with a MillraceError. */
  readonly done: Promise<JobStats>
  /**
   * Stops reading, finishes and commits what was read. A job with checkpoints stops at one instead, and `restore` goes on from it: see
   * `CheckpointOptions.onDrain`. Resolves or rejects like `done`.
   */
  drain(): Promise<JobStats>
  /**
   * Takes a checkpoint now.
   *
   * @returns its epoch, when what belongs to it is committed
   * @throws MillraceError USAGE where the job takes none, or does not run
   */
  checkpoint(): Promise<number>
  /** What the job goes on from; null where it begins, and where a group says which process of several goes on. */
  readonly restored: RestoredFrom | null
  /** True once it has been drained at a checkpoint, before its end. */
  readonly suspended: boolean
  /** Gives up without committing. Resolves when all threads have let go; `done` rejects with JOB_CANCELLED. */
  stop(): Promise<void>
  /**
   * The rows of a `memory` table that the job has committed, its changes applied.
   * @throws MillraceError SQL_TABLE_UNKNOWN
   */
  table(name: string): Row[]
}

export interface RestoredFrom {
  readonly epoch: number
  /** It had come to its end: nothing is left to do. */
  readonly ended: boolean
  /** Newer checkpoints that are damaged and were passed over. */
  readonly damaged: readonly { readonly epoch: number; readonly reason: string }[]
  /** State that does not fit the query as it is now, and what of it begins empty: under {@link CheckpointOptions.allowPartialRestore} alone. */
  readonly lost: readonly StateChange[]
  readonly fresh: readonly StateChange[]
}

export interface ScriptEnvironment {
  readonly id: string
  readonly place: CheckpointPlace | null
  readonly script: CompiledScript
  readonly loader: ConnectorLoader
  readonly store: MemoryStore
  readonly options: RunOptions
  pool(): ThreadPool
  /** Called when the job has ended, whichever way. */
  finished(): Promise<void>
}

const PROGRESS_MS_DEFAULT = 200

/** Runs the jobs of one script, one after the other. */
export class ScriptJob implements Job {
  readonly id: string
  readonly restored: RestoredFrom | null
  readonly guarantees: readonly SinkGuarantee[]
  readonly group: string | null
  readonly strategy: Strategy
  readonly workerCount: number
  readonly outputs: StatementOutput[]
  readonly done: Promise<JobStats>
  readonly #environment: ScriptEnvironment
  readonly #lines: StdoutLines
  #attempts: JobAttempts | null = null
  #past: JobStats[] = []
  #raised: 'drain' | 'stop' | null = null
  #suspended = false
  readonly #restartPolicy: RestartPolicy
  /** Resolves when the job is told to drain or to stop. */
  readonly #wanted: Promise<void>
  #want: () => void = () => {}

  constructor(environment: ScriptEnvironment) {
    const { script, options } = environment
    const plan = script.jobs[0]?.plan
    this.id = environment.id
    this.restored = restoredFrom(environment)
    this.guarantees = script.jobs.flatMap((job) => guaranteesOf(job.plan, options.checkpoint !== undefined))
    this.group = plan === undefined ? null : groupText(plan, options.checkpoint !== undefined)
    this.strategy = plan?.strategy ?? 'single'
    this.workerCount = plan?.workerCount ?? 1
    this.outputs = [...script.outputs]
    this.#environment = environment
    this.#restartPolicy = restartPolicyOf(options)
    this.#wanted = new Promise((resolve) => (this.#want = resolve))
    this.#lines = new StdoutLines(options.stdout ?? process.stdout)
    this.done = this.#run()
  }

  stats(): JobStats {
    const stats = combineStats([...this.#past, ...(this.#attempts?.stats() ?? [])])
    return this.#attempts?.standsBy === true ? { ...stats, standsBy: true } : stats
  }

  drain(): Promise<JobStats> {
    this.#raised ??= 'drain'
    this.#want()
    this.#attempts?.execution?.drain()
    return this.done
  }

  async checkpoint(): Promise<number> {
    const execution = this.#attempts?.execution ?? null
    if (execution === null) throw new MillraceError('USAGE', 'the job does not run: a checkpoint is taken of one that does')
    return execution.checkpoint()
  }

  get suspended(): boolean {
    return this.#suspended
  }

  async stop(): Promise<void> {
    this.#raised = 'stop'
    this.#want()
    this.#attempts?.execution?.stop()
    await this.done.catch(() => {})
  }

  table(name: string): Row[] {
    const { schema, rows } = this.#environment.store.read(name)
    return rows.map((values) => valuesToRow(values, schema, this.#environment.options.bigints ?? 'bigint'))
  }

  async #run(): Promise<JobStats> {
    const { script, options, finished } = this.#environment
    const stop = (): void => void this.stop()
    options.signal?.addEventListener('abort', stop)
    if (options.signal?.aborted === true) this.#raised = 'stop'
    const timer = options.onProgress && setInterval(() => options.onProgress?.(this.stats()), options.progressMs ?? PROGRESS_MS_DEFAULT)
    // The caller, however many promises away, gets the job before anything of it happens.
    await nextTurn()
    try {
      let selects = 0
      for (const job of script.jobs) await this.#runJob(job, job.kind === 'select' ? selects++ : -1)
      return this.stats()
    } finally {
      clearInterval(timer)
      options.signal?.removeEventListener('abort', stop)
      await finished()
      options.onProgress?.(this.stats())
    }
  }

  async #runJob(job: CompiledJob, select: number): Promise<void> {
    if (this.#raised === 'stop') {
      await this.#environment.place?.opened?.close()
      throw new MillraceError('JOB_CANCELLED', 'the job was stopped before its end; nothing was committed')
    }
    // A drained script starts no further jobs.
    if (this.#raised === 'drain') return
    const { jobs } = this.#environment.script
    const last = job === jobs.at(-1)
    const info: SelectInfo = { index: select, schema: job.schema, changelog: job.outputMode === 'changes', last }
    const results = job.kind === 'select' && !job.analyze ? this.#environment.options.results : undefined
    await results?.begin?.(info)
    const attempts = this.#newAttempts(job, (sink) => this.#target(sink, results, info))
    this.#attempts = attempts
    let failed = true
    try {
      await supervise<Execution>({
        policy: this.#restartPolicy,
        checkpointed: attempts.checkpointed,
        begin: (before) => attempts.begin(before),
        forgives: attempts.forgives,
        restarting: (error, afterMs, failures) => this.#note(restartNote(error, afterMs, failures, this.#restartPolicy.limit)),
        wait: (ms) => Promise.race([sleepMs(ms), this.#wanted]),
      })
      failed = false
    } finally {
      await attempts.close(failed)
      this.#suspended = attempts.suspended
      this.#past.push(...attempts.stats())
      this.#attempts = null
    }
    await results?.end?.(info)
    if (job.analyze) this.outputs.push({ statement: 'explain', text: `${job.explain()}\n${analysisOf(this.#past.at(-1)!)}` })
  }

  #newAttempts(job: CompiledJob, target: (sink: SinkNode) => ResultTarget | null): JobAttempts {
    const { script, place, loader, options, pool } = this.#environment
    const index = script.jobs.indexOf(job)
    return new JobAttempts({
      plan: job.plan,
      // Each job of a text names its files differently.
      jobId: index === 0 ? this.id : `${this.id}x${index}`,
      place,
      commitIntervalMs: commitIntervalOf(options),
      connectors: loader,
      pool, target,
      note: (text) => this.#note(text),
      raised: () => this.#raised,
      wanted: this.#wanted,
    })
  }

  #note(text: string): void {
    this.#environment.options.onNote?.(text)
  }

  #target(sink: SinkNode, results: ResultSink | undefined, info: SelectInfo): ResultTarget | null {
    const schema = sink.schema
    switch (sink.table.connector) {
      case 'result': return { schema, batch: (batch) => results?.rows(batch, info) }
      case 'memory': {
        const { store } = this.#environment
        return {
          schema,
          batch: (batch, worker) => store.stage(sink.table, worker, batch),
          endEpoch: (worker, epoch) => store.endEpoch(sink.table, worker, epoch),
        }
      }
      case 'stdout': case 'print': return { schema, bytes: (payload) => this.#lines.write(payload) }
      default: return null
    }
  }
}

function restartNote({ code, message }: MillraceError, afterMs: number, failures: number, limit: number): string {
  return `${code}: ${message}; going on from the last checkpoint in ${(afterMs / 1_000).toFixed(1)} s (failure ${failures} of at most ${limit})`
}

function restoredFrom({ place, script }: ScriptEnvironment): RestoredFrom | null {
  if (place?.opened?.restored == null) return null
  const { restored: { snapshot, ended }, damaged } = place.opened
  const { lost, fresh } = rebase(snapshot, script.jobs[0]!.plan)
  return { epoch: snapshot.epoch, ended, damaged, lost, fresh }
}

/** What EXPLAIN ANALYZE adds to the plan. */
function analysisOf(stats: JobStats): string {
  assert(stats.workers.length > 0, 'a job that ran has workers')
  const { rowsIn, rowsFiltered, rowsAggregated, rowsLate, rowsDeadLettered: failed, rowsOut } = stats
  const lines = stats.workers.map((w) => `  worker ${w.index}: rows in ${w.rowsIn}, out ${w.rowsOut}, cpu ${w.cpuMs.toFixed(1)} ms`)
  return [
    `rows in ${rowsIn}, filtered ${rowsFiltered}, aggregated ${rowsAggregated}, late ${rowsLate}, failed ${failed}, out ${rowsOut}`,
    `elapsed ${stats.elapsedMs.toFixed(1)} ms, set-up ${stats.setupMs.toFixed(1)} ms, cpu ${stats.cpuMs.toFixed(1)} ms`,
    ...lines,
  ].join('\n')
}
