import type { PhysicalPlan } from './plan/physical.js'
import { buildOperators } from './operators/build-operators.js'
import { checkConservation } from './operators/checked.js'
import type { OperatorGraph } from './operators/operator-graph.js'
import { countersOf } from './pipeline-counters.js'
import type { PipelineCounters } from './pipeline-counters.js'
import type { PipelineEnvironment } from './pipeline-environment.js'

/** `worked`: call again soon. `idle`: nothing was ready. `ended`: every row has left; prepare the writers and close. */
export type StepResult = 'worked' | 'idle' | 'ended'

/** What one writer of this worker has prepared, for the connector's `commit` on the main thread. */
export interface PreparedSink {
  readonly nodeId: number
  /** Serialisable; null where there is nothing to commit. */
  readonly prepared: unknown
}

export interface PipelineOptions {
  /** Holds every operator to the rules of its edges and to conservation of rows, at a price. For tests. */
  readonly checked?: boolean
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
 */
export class Pipeline {
  readonly #graph: OperatorGraph
  readonly #checked: boolean

  private constructor(graph: OperatorGraph, checked: boolean) {
    this.#graph = graph
    this.#checked = checked
  }

  /** Builds the operators and opens the writers. Readers are opened as their splits come up. */
  static async open(plan: PhysicalPlan, env: PipelineEnvironment, options: PipelineOptions = {}): Promise<Pipeline> {
    const checked = options.checked ?? false
    return new Pipeline(await buildOperators(plan, env, { checked }), checked)
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
      if (intake.ended || !gates.every((gate) => gate.isOpen)) continue
      const did = intake.poll()
      if (did instanceof Promise) return did.then((late) => this.#poll(i + 1, late || worked))
      worked ||= did
    }
    return this.#settle(worked)
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

  /** Makes what the writers have got so far durable but not yet visible. Called between two steps, after the last one too. */
  async prepare(epoch: number): Promise<PreparedSink[]> {
    const prepared: PreparedSink[] = []
    for (const { node, writer } of this.#graph.sinks) prepared.push({ nodeId: node.id, prepared: await writer.prepare(epoch) })
    return prepared
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
