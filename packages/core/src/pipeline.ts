import type { PhysicalPlan } from './plan/physical.js'
import { buildOperators } from './operators/build-operators.js'
import { assert } from './errors.js'
import { checkConservation } from './operators/checked.js'
import type { OperatorGraph } from './operators/operator-graph.js'
import { countersOf } from './pipeline-counters.js'
import type { PipelineCounters } from './pipeline-counters.js'
import type { PipelineEnvironment } from './pipeline-environment.js'
import { IN_MEMORY } from './pipeline-snapshot.js'
import type { JobSnapshot, PipelineSnapshot, StateWriter } from './pipeline-snapshot.js'
import type { StateNeeds } from './checkpoint/state-objects.js'
import { positionHoldersOf } from './plan/group-share.js'
import { needsOf } from './restore-share.js'
import { restoreGraph, snapshotGraph } from './snapshot-graph.js'
import { StateChains } from './state-chains.js'

/**
 * `worked`: call again soon. `idle`: nothing was ready. `ended`: every row has left; prepare the writers and close.
 * `aligned`: it stands between two epochs and does nothing until {@link Pipeline.snapshot}; only where a barrier was asked for.
 */
export type StepResult = 'worked' | 'idle' | 'ended' | 'aligned'

/** What one writer of this worker has prepared, for the connector's `commit` on the main thread. */
export interface PreparedSink {
  readonly nodeId: number
  /** Serialisable; null where there is nothing to commit. */
  readonly prepared: unknown
}

/** A snapshot that is being taken while its pipeline goes on. The next barrier is asked for when it is finished. */
export interface SnapshotTaking {
  readonly epoch: number
  /**
   * Writes a piece of what is to be written, STATE_PIECE_ROWS rows at most: a millisecond or two. True when nothing is left. Called
   * between two steps, as often as the time allows: what changes before it is written costs more.
   *
   * @param rowsMax other pieces than those, for tests
   */
  advance(rowsMax?: number): boolean
  /** When `advance` has said so: waits for the writers. The next barrier may be asked for when it is called. */
  finish(): Promise<PipelineSnapshot>
}

export interface PipelineOptions {
  /** Holds every operator to the rules of its edges and to conservation of rows, at a price. For tests. */
  readonly checked?: boolean
  /** Goes on from here. Its plan, perhaps {@link rescaled}, must be the one that is opened, and the environment's splits those left. */
  readonly restore?: JobSnapshot
  /** Brings the bytes of it that this worker needs into memory. Left out: they are there. */
  readonly load?: (snapshot: JobSnapshot, needs: StateNeeds) => Promise<JobSnapshot>
  /** Sinks that can commit positions with their rows do: see `positionHoldersOf`. Default false. */
  readonly sinksHoldPositions?: boolean
}

/**
 * One worker's part of a job: the life of a record, from its reader to its writer, on one thread.
 *
 * ```
 *              step                                                        another worker
 *   ┌────────────┴─────────────┐                                           ┌────────────
 *   readers ─▶ scan ─▶ calc ─▶ partial aggregate ─▶ exchange ═ gate ═ ring ═▶ exchange ─▶ final aggregate ─▶ sink ─▶ writer
 * ```
 *
 * Whoever owns the thread calls `step` in a loop of its own, with no call outstanding: Pipeline knows of no threads, no
 * event loop and no clock. All work happens inside `step`, and a step does a bounded amount of it.
 *
 * **Epochs.** Asked for the barrier of an epoch, its sources give it at once, and exchanges when it has come from all their senders. An
 * intake that has given it is not polled until all have; so nothing of the next epoch enters any operator before the pipeline *stands*:
 * everything of this epoch has gone through it, nothing of the next has come. Then {@link snapshot} takes all its state at once.
 *
 * Standing pipelines cannot wait for one another for ever. Sources give barriers without asking anybody; what waits in front of a
 * barrier goes into rings that are emptied, because a receiver passes over a sender only behind its barrier, and behind that nothing
 * is put before the sender's pipeline has stood. So the exchange furthest from the tables gets its barriers if those before it do.
 */
export class Pipeline {
  readonly #graph: OperatorGraph
  readonly #workerIndex: number
  readonly #checked: boolean
  /** What is stored of the operators' state. */
  readonly #chains: readonly StateChains[]
  /** The last epoch that was closed by a snapshot. */
  #epoch = 0
  /** The epoch whose barrier is on its way through here. */
  #due: number | null = null

  private constructor(graph: OperatorGraph, workerIndex: number, checked: boolean) {
    this.#graph = graph
    this.#workerIndex = workerIndex
    this.#checked = checked
    this.#chains = graph.states.map(({ node, state }) => new StateChains(node.id, state))
  }

  /** Builds the operators and opens the writers. Readers are opened as their splits come up. */
  static async open(plan: PhysicalPlan, env: PipelineEnvironment, options: PipelineOptions = {}): Promise<Pipeline> {
    const checked = options.checked ?? false
    const holders = options.sinksHoldPositions === true ? positionHoldersOf(plan) : new Set<number>()
    const graph = await buildOperators(plan, env, { checked, restore: options.restore ?? null, holders })
    const pipeline = new Pipeline(graph, env.workerIndex, checked)
    if (options.restore === undefined) return pipeline
    try {
      const needs = needsOf(graph.states, options.restore, env.workerIndex, env.workerCount)
      const snapshot = options.load === undefined ? options.restore : await options.load(options.restore, needs)
      restoreGraph(graph, snapshot, env.workerIndex, env.workerCount)
      pipeline.#epoch = options.restore.epoch
      return pipeline
    } catch (error) {
      await graph.close().catch(() => {})
      throw error
    }
  }

  /**
   * Moves records on: empties the ways out, takes what has come from other workers, takes at most a batch from every
   * table, then lets the writers catch up. A promise only where a reader or a writer has to wait.
   *
   * A gate that does not empty holds back whatever would put more in front of it, back to the last exchange; everything
   * behind it goes on, so that workers that wait for one another all get on.
   *
   * @throws MillraceError whatever ends the job. The pipeline is then only to be closed
   */
  step(): StepResult | Promise<StepResult> {
    for (const state of this.#graph.gates) state.isOpen = state.gate.flush()
    return this.#poll(0, false)
  }

  #poll(first: number, worked: boolean): StepResult | Promise<StepResult> {
    const { intakes } = this.#graph
    for (let i = first; i < intakes.length; i++) {
      const { intake, gates } = intakes[i]!
      if (intake.ended || intake.epoch > this.#epoch) continue
      if (this.#due !== null && intake.giveBarrier(this.#due)) worked = true
      else if (gates.every((gate) => gate.isOpen)) {
        const did = intake.poll()
        if (did instanceof Promise) return did.then((late) => this.#poll(i + 1, late || worked))
        worked ||= did
        // Another worker was asked first: its barrier has come before the request.
        if (intake.epoch > this.#epoch) this.#due = intake.epoch
      }
    }
    return this.#isAligned() ? 'aligned' : this.#settle(worked)
  }

  /**
   * Asks for the barrier of an epoch, higher than those before: the next steps bring the pipeline to a stand behind it. One epoch at a
   * time: the next only when every worker has taken its snapshot of this one. Also after `ended`.
   */
  barrier(epoch: number): void {
    assert(epoch > this.#epoch && (this.#due === null || this.#due === epoch), 'epochs follow one another')
    this.#due = epoch
  }

  /** The epoch whose barrier is on its way through here, or behind which it stands; null where none is. */
  get due(): number | null {
    return this.#due
  }

  #isAligned(): boolean {
    return this.#due !== null && this.#graph.intakes.every(({ intake }) => intake.ended || intake.epoch === this.#due)
  }

  /**
   * Takes everything between two epochs, when a step has said `aligned`: what the operators remember, how far tables were read, and
   * has the writers prepare. Steps may go on with the next epoch at once; between them the snapshot is brought to its end.
   *
   * @param writer takes what the operators remember; null where all pipelines have ended, and nobody will go on from that
   */
  beginSnapshot(writer: StateWriter | null): SnapshotTaking {
    assert(this.#isAligned(), 'a pipeline is asked for its snapshot where it stands')
    assert(writer !== null || this.#graph.intakes.every(({ intake }) => intake.ended), 'what is remembered is left out at the end of a job only')
    const epoch = this.#due!
    const chains = writer === null ? [] : this.#chains
    const snapshot = { epoch, workerIndex: this.#workerIndex, ...snapshotGraph(this.#graph) }
    for (const chain of chains) chain.begin(epoch, writer!)
    const preparing = this.prepare(epoch)
    // Who waits for it comes later, or never.
    preparing.catch(() => {})
    this.#epoch = epoch
    this.#due = null
    return {
      epoch,
      advance: (rowsMax) => chains.every((chain) => chain.advance(rowsMax)),
      finish: async () => ({ ...snapshot, operators: chains.map((chain) => chain.stored()), prepared: await preparing }),
    }
  }

  /** {@link beginSnapshot}, to its end and in memory. */
  async snapshot(): Promise<PipelineSnapshot> {
    const taking = this.beginSnapshot(IN_MEMORY)
    while (!taking.advance());
    return taking.finish()
  }

  #settle(worked: boolean): StepResult | Promise<StepResult> {
    // With nothing to read, the few rows that wait for company are sent as they are.
    if (!worked) for (const sender of this.#graph.senders) worked = sender.flushPending() || worked
    const waits: Promise<void>[] = []
    for (const { writer } of this.#graph.sinks) {
      const wait = writer.ready(!worked)
      if (wait instanceof Promise) waits.push(wait)
    }
    return waits.length === 0 ? this.#result(worked) : Promise.all(waits).then(() => this.#result(worked))
  }

  #result(worked: boolean): StepResult {
    const { gates, intakes, meters } = this.#graph
    const ended = intakes.every(({ intake }) => intake.ended) && gates.every(({ gate }) => gate.flush())
    if (!ended) return worked ? 'worked' : 'idle'
    if (this.#checked) for (const { node, meter } of meters) checkConservation(node, meter)
    return 'ended'
  }

  /** Stops reading. The next steps end the job as if its tables had ended: windows close, groups are written. */
  drain(): void {
    for (const { intake } of this.#graph.intakes) intake.drain()
  }

  /**
   * Makes what the writers have got so far durable but not yet visible. Called between two steps, after the last one too; steps may go on
   * before it has resolved, and what they write belongs to the next epoch.
   */
  prepare(epoch: number): Promise<PreparedSink[]> {
    const scans = this.#graph.scans.map((scan) => ({ nodeId: scan.nodeId, positions: scan.positions() }))
    return Promise.all(this.#graph.sinks.map(async ({ node, writer, holdsPositionsOf: held }) => {
      const read = held === null ? undefined : scans.filter(({ nodeId }) => held.has(nodeId)).flatMap(({ positions }) => positions)
      return { nodeId: node.id, prepared: await writer.prepare(epoch, read) }
    }))
  }

  /** Closes readers, writers and what they share. Once, at the end, after a failure too. */
  close(): Promise<void> {
    return this.#graph.close()
  }

  /** As of the last step. */
  get counters(): PipelineCounters {
    return countersOf(this.#graph)
  }
}
