import {
  CheckpointCoordinator, type CheckpointManifest, type CheckpointPart, type IsSecret, type JobSnapshot, type PhysicalPlan, type ScanSplits, storedBytesOf,
  withoutSecrets,
} from '@millrace/core'
import { performance } from 'node:perf_hooks'
import { nowMicros } from '../clock.js'
import { CHECKPOINT_TICK_MS } from '../limits.js'
import type { PipelineHandle } from '../threads/pipeline-handle.js'
import { type CheckpointStats, newCheckpointStats } from './checkpoint-stats.js'
import type { JobCheckpoints } from './job-checkpoints.js'

export interface EpochsOptions {
  readonly plan: PhysicalPlan
  readonly isSecret: IsSecret
  readonly splits: readonly ScanSplits[]
  /** What is committed says itself how far was read, and nothing that is stored has to say what to commit: so it comes first. */
  readonly commitsFirst: boolean
  readonly pipelines: readonly PipelineHandle[]
  /** Makes visible what the writers had prepared when the manifest was stored. */
  commit(manifest: CheckpointManifest): Promise<void>
}

/** Takes the checkpoints of one attempt, on the main thread: asks pipelines, stores manifests, has sinks commit, prunes. */
export class Epochs {
  /** Rejects when a checkpoint fails for good: the job has to be started again. Never resolves. */
  readonly failed: Promise<never>
  readonly #checkpoints: JobCheckpoints
  readonly #options: EpochsOptions
  readonly #coordinator: CheckpointCoordinator
  readonly #timer: NodeJS.Timeout
  #began = 0
  #completing: Promise<void> = Promise.resolve()
  #stats: CheckpointStats

  constructor(checkpoints: JobCheckpoints, options: EpochsOptions) {
    this.#checkpoints = checkpoints
    this.#options = options
    this.#stats = newCheckpointStats(checkpoints)
    let fail!: (error: unknown) => void
    this.failed = new Promise<never>((_, reject) => (fail = reject))
    this.failed.catch(() => {})
    const { intervalMs, timeoutMs } = checkpoints.settings
    this.#coordinator = new CheckpointCoordinator(
      { workerCount: options.plan.workerCount, intervalMs, timeoutMs, lastEpoch: checkpoints.lastEpoch, startedAtMs: performance.now() },
      {
        ask: (worker, epoch, after) => {
          this.#began = performance.now()
          options.pipelines[worker]!.barrier(epoch, after).then((part) => this.#coordinator.part(part), fail)
        },
        complete: (epoch, parts, ended) => (this.#completing = this.#store(epoch, parts, ended)),
        failed: fail,
      },
    )
    this.#timer = setInterval(() => this.#coordinator.tick(performance.now()), CHECKPOINT_TICK_MS)
  }

  get stats(): CheckpointStats {
    return this.#stats
  }

  /** Takes one now. @returns its epoch, when what belongs to it is committed */
  take(): Promise<number> {
    return this.#coordinator.request()
  }

  /** Takes the one at which the job is suspended. */
  suspend(): Promise<number> {
    return this.#coordinator.request('suspended')
  }

  /** Takes the last one, when all pipelines have ended. */
  finish(): Promise<number> {
    return this.#coordinator.request('ended')
  }

  /** Takes no more. What is being stored and committed comes to its end first: whoever goes on from here must find it, or not, for good. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#coordinator.close()
    await this.#completing.catch(() => {})
  }

  async #store(epoch: number, parts: readonly CheckpointPart[], ended: boolean): Promise<void> {
    const { plan, isSecret, splits } = this.#options
    const { history, jobId } = this.#checkpoints
    const workers = parts.map(({ snapshot }) => snapshot)
    const snapshot: JobSnapshot = { formatVersion: 1, epoch, plan: withoutSecrets(plan, isSecret), splits, workers }
    history.stored(parts.flatMap(({ objects }) => objects))
    const objects = history.objectsOf([...storedBytesOf(snapshot)].map(({ object }) => object))
    const manifest = { jobId, writtenAtMs: Math.round(nowMicros() / 1_000), ended, snapshot, objects }
    if (this.#options.commitsFirst) {
      await this.#options.commit(manifest)
      await history.add(manifest)
    } else {
      // Committed is what is read again: so a handle that does not survive the way through the manifest is noticed at once.
      await this.#options.commit(await history.add(manifest))
    }
    this.#checkpoints.committedEpoch = epoch
    await history.prune()
    this.#count(epoch, parts)
  }

  #count(epoch: number, parts: readonly CheckpointPart[]): void {
    this.#stats = {
      ...this.#stats,
      count: this.#stats.count + 1,
      lastEpoch: epoch,
      lastAtMs: Math.round(nowMicros() / 1_000),
      lastDurationMs: performance.now() - this.#began,
      lastBytes: parts.reduce((sum, { stateBytes }) => sum + stateBytes, 0),
      pauseMsMax: parts.reduce((longest, { pauseMs }) => Math.max(longest, pauseMs), this.#stats.pauseMsMax),
    }
  }
}
