import { assert, type AfterCheckpoint, type CheckpointPart, type CheckpointStore, loadSnapshot, MillraceError, Pipeline, type PipelineCounters, type PreparedSink, SnapshotTaker } from '@millrace/core'
import { performance } from 'node:perf_hooks'
import { type MessagePort, threadId } from 'node:worker_threads'
import { openStore } from '../checkpoint/open-store.js'
import { CounterSlot, WORKER_STATE } from '../counters.js'
import { JobSignal, SIGNAL } from '../job-signal.js'
import { CPU_PUBLISH_MS, SNAPSHOT_SLICE_MS, TURN_COUNT_MS } from '../limits.js'
import { type Outcome, outcomeOf } from '../outcome.js'
import { threadCpuMs } from './thread-cpu.js'
import { WorkerEnvironment } from './worker-environment.js'
import { runLoop } from './worker-loop.js'
import type { PipelineControl, PipelineStart, RunEnd } from './worker-protocol.js'

/**
 * One pipeline and its control, in whatever thread it lives: a thread of the pool, or the caller's under the `single`
 * strategy.
 */
export class PipelineHost implements PipelineControl {
  readonly #start: PipelineStart
  readonly #storePort: MessagePort | null
  readonly #signal: JobSignal
  readonly #abort = new AbortController()
  readonly #slot: CounterSlot
  /** CPU time of the thread when it began to open the pipeline, and to run it. */
  readonly #openedAtCpuMs: number = threadCpuMs()
  #ranAtCpuMs: number | null = null
  #pipeline: Pipeline | null = null
  #store: CheckpointStore | null = null
  #snapshots: SnapshotTaker | null = null
  #running: Promise<RunEnd> | null = null
  #isRunning = false
  #closing: Promise<void> | null = null
  #cpuReadAt = 0
  /** Behind its barrier nothing counts any more: it will be read again. */
  #lastEpoch = Infinity
  #isCounted = false
  /** Shows from outside that the thread's event loop comes round. */
  #turns: NodeJS.Timeout | null = null

  /** @param storePort see `WorkerTask` */
  constructor(start: PipelineStart, storePort: MessagePort | null = null) {
    this.#start = start
    this.#storePort = storePort
    this.#signal = new JobSignal(start.memory.signal)
    this.#slot = new CounterSlot(start.memory.counters, start.workerIndex)
  }

  open(): Promise<Outcome<void>> {
    return this.#guarded(async () => {
      const environment = await WorkerEnvironment.create(this.#start, this.#signal, this.#abort.signal)
      const { plan, store, restore, sinksHoldPositions } = this.#start
      if (store !== null) this.#store = await openStore(store, () => this.#signal.value !== SIGNAL.stop, this.#storePort)
      this.#pipeline = await Pipeline.open(plan, environment, restore === null ? { sinksHoldPositions } : {
        sinksHoldPositions, restore: restore.snapshot, load: (snapshot, needs) => loadSnapshot(this.#store!, snapshot, restore.objects, needs),
      })
      if (this.#store !== null) this.#snapshots = this.#newSnapshots(this.#pipeline, this.#store)
      this.#publish()
    })
  }

  #newSnapshots(pipeline: Pipeline, store: CheckpointStore): SnapshotTaker {
    return new SnapshotTaker(pipeline, store, {
      workerIndex: this.#start.workerIndex,
      nowMs: () => performance.now(),
      sliceMs: SNAPSHOT_SLICE_MS,
      taken: (epoch, pauseMs) => {
        this.#slot.set('epoch', epoch)
        this.#slot.set('pauseMsMax', Math.max(pauseMs, this.#slot.get('pauseMsMax')))
      },
    })
  }

  run(): Promise<Outcome<RunEnd>> {
    return this.#guarded(async () => {
      this.#ranAtCpuMs = threadCpuMs()
      this.#slot.set('setupCpuMs', this.#ranAtCpuMs - this.#openedAtCpuMs)
      this.#slot.set('threadId', threadId)
      this.#turns ??= setInterval(() => this.#slot.set('turns', this.#slot.get('turns') + 1), TURN_COUNT_MS).unref()
      this.#slot.set('state', WORKER_STATE.running)
      return this.#run()
    })
  }

  barrier(epoch: number, after: AfterCheckpoint): Promise<Outcome<CheckpointPart>> {
    if (after !== 'goes on') this.#lastEpoch = epoch
    return this.#guarded(async () => {
      assert(this.#snapshots !== null, 'checkpoints are asked of a job that has them')
      const part = this.#snapshots.part(epoch, after === 'ended')
      // A pipeline that has ended gives barriers all the same. What goes wrong in the loop is told by the part too.
      if (!this.#isRunning) void this.#run().catch(() => {})
      return part
    })
  }

  /** Drives the pipeline to its end, or through a barrier behind its end. */
  async #run(): Promise<RunEnd> {
    this.#isRunning = true
    this.#running = runLoop(this.#opened, this.#signal, this.#snapshots, () => this.#publish())
    try {
      const end = await this.#running
      this.#cpuReadAt = 0
      this.#publish()
      if (end === 'ended') this.#slot.set('state', WORKER_STATE.ended)
      return end
    } catch (error) {
      this.#snapshots?.fail(error)
      throw error
    } finally {
      this.#isRunning = false
    }
  }

  prepare(epoch: number): Promise<Outcome<readonly PreparedSink[]>> {
    return this.#guarded(async () => {
      const prepared = await this.#opened.prepare(epoch)
      this.#cpuReadAt = 0
      this.#publish()
      this.#slot.set('epoch', epoch)
      this.#slot.set('state', WORKER_STATE.prepared)
      return prepared
    })
  }

  stop(): void {
    this.#signal.raise(SIGNAL.stop)
    this.#abort.abort()
  }

  close(): Promise<Outcome<void>> {
    return this.#guarded(() => (this.#closing ??= this.#close()))
  }

  async #close(): Promise<void> {
    if (this.#running !== null) await this.#running.catch(() => {})
    if (this.#turns !== null) clearInterval(this.#turns)
    this.#snapshots?.fail(closed())
    await this.#snapshots?.settled()
    await this.#pipeline?.close()
    await this.#store?.close()
    if (this.#slot.get('state') !== WORKER_STATE.failed) this.#slot.set('state', WORKER_STATE.closed)
  }

  get #opened(): Pipeline {
    assert(this.#pipeline !== null, 'a pipeline is opened before it runs')
    return this.#pipeline
  }

  async #guarded<T>(work: () => Promise<T>): Promise<Outcome<T>> {
    const outcome = await outcomeOf(work)
    if (!outcome.ok) this.#slot.set('state', WORKER_STATE.failed)
    return outcome
  }

  #publish(): void {
    const slot = this.#slot
    const now = performance.now()
    slot.set('heartbeat', now)
    if (!this.#isCounted) this.#publishCounters(this.#opened.counters)
    this.#isCounted ||= (this.#snapshots?.begun ?? 0) >= this.#lastEpoch
    if (this.#ranAtCpuMs === null || now - this.#cpuReadAt < CPU_PUBLISH_MS) return
    this.#cpuReadAt = now
    slot.set('cpuMs', threadCpuMs() - this.#ranAtCpuMs)
  }

  #publishCounters(counters: PipelineCounters): void {
    const slot = this.#slot
    slot.set('rowsIn', counters.rowsIn)
    slot.set('rowsOut', counters.rowsOut)
    slot.set('rowsFiltered', counters.rowsFiltered)
    slot.set('rowsAggregated', counters.rowsAggregated)
    slot.set('rowsLate', counters.rowsLate)
    slot.set('rowsFailed', counters.rowsFailed)
    slot.set('bytesIn', counters.bytesIn)
    slot.set('bytesOut', counters.bytesOut)
    slot.set('watermark', counters.watermark)
    slot.set('stateBytes', counters.stateBytes)
    slot.set('splitsDone', counters.splitsDone)
    slot.set('weightDone', counters.weightDone)
  }
}

function closed(): MillraceError {
  return new MillraceError('JOB_CANCELLED', 'the job has ended before its checkpoint was complete')
}
