import type { Connector, JobSnapshot, PhysicalPlan, PipelineEnvironment, ScanNode, ScanSplits, Split, SplitsLeft } from '@millrace/core'
import { MemorySpill, MillraceError, splitsLeft } from '@millrace/core'
import type { SeededRandom } from '../seeded-random.js'
import { connectorOf, type FunctionModules, moduleOf, resultSchemaOf } from './compiled-job.js'
import { SimulatedExchange } from './exchange.js'
import { type Watch, watched } from './function-calls.js'
import { ResultLog } from './results.js'
import { SharedSplits } from './shared-splits.js'

export interface WorldOptions {
  readonly plan: PhysicalPlan
  readonly connectors: ReadonlyMap<string, Connector>
  readonly random: SeededRandom
  readonly clock: { nowMicros(): number; monotonicMs(): number }
  readonly exchangeBytes: number
  readonly functions: FunctionModules
  readonly watch: Watch
  readonly jobId: string
  /** See `PipelineEnvironment.attempt`. */
  readonly attempt: string
  /** The job goes on from here. */
  readonly restore: JobSnapshot | null
}

/** All that the workers of one simulated job share, in place of threads and shared memory. */
export class SimulatedWorld {
  readonly results: ResultLog
  stopRequested = false
  readonly #options: WorldOptions
  readonly #splits: ReadonlyMap<number, SharedSplits>
  readonly #exchanges: ReadonlyMap<number, SimulatedExchange>
  readonly #abort = new AbortController()

  private constructor(options: WorldOptions, splits: ReadonlyMap<number, SharedSplits>) {
    const { plan, random, exchangeBytes } = options
    this.#options = options
    this.#splits = splits
    this.results = new ResultLog(resultSchemaOf(plan), random)
    this.#exchanges = new Map(plan.nodes.filter((node) => node.kind === 'exchange').map((node) =>
      [node.id, new SimulatedExchange(node.schema, plan.workerCount, exchangeBytes, random)]))
  }

  static async make(options: WorldOptions): Promise<SimulatedWorld> {
    const { plan, random } = options
    const splits = new Map<number, SharedSplits>()
    for (const node of plan.nodes) {
      if (node.kind !== 'scan') continue
      const isRestored = options.restore?.splits.some(({ nodeId }) => nodeId === node.id) === true
      const left = isRestored ? splitsLeft(options.restore!, node.id, plan.workerCount) : allOf(await listSplits(node, options))
      splits.set(node.id, new SharedSplits(left, plan.workerCount, random))
    }
    return new SimulatedWorld(options, splits)
  }

  /** True if no element is between two workers. */
  get isQuiet(): boolean {
    return [...this.#exchanges.values()].every((exchange) => exchange.isEmpty)
  }

  /** The splits of every scan, for a snapshot. */
  get scanSplits(): ScanSplits[] {
    return [...this.#splits].map(([nodeId, shared]) => ({ nodeId, splits: shared.queueOf(0).splits }))
  }

  abort(): void {
    this.#abort.abort()
  }

  environment(workerIndex: number): PipelineEnvironment {
    const { plan, connectors, clock, random, functions, watch, jobId, attempt } = this.#options
    return {
      jobId,
      attempt,
      workerIndex,
      workerCount: plan.workerCount,
      connector: (name) => connectorOf(name, connectors),
      functionExport: (url, exportName) => watched(moduleOf(url, functions)[exportName], watch),
      splits: (id) => this.#splits.get(id)!.queueOf(workerIndex),
      exchange: (id) => this.#exchanges.get(id)!.port(workerIndex),
      results: this.results.port(workerIndex),
      jobWatermark: (id, own, reached) => this.#splits.get(id)!.publish(workerIndex, own, reached),
      openSpill: async () => new MemorySpill(),
      requestStop: () => {
        this.stopRequested = true
      },
      nowMicros: () => clock.nowMicros(),
      monotonicMs: () => clock.monotonicMs(),
      random: () => random.next(),
      signal: this.#abort.signal,
    }
  }
}

/** What is left of splits of which nothing has been read. */
function allOf(splits: readonly Split[]): SplitsLeft {
  return { splits, done: new Set(), rows: new Map(), owners: new Map() }
}

function listSplits(node: ScanNode, { plan, connectors }: WorldOptions): Promise<readonly Split[]> {
  const { reader } = connectorOf(node.spec.table.connector, connectors)
  if (reader === undefined) throw new MillraceError('CONNECTOR_DIRECTION', `connector \`${node.spec.table.connector}\` cannot be read`)
  return reader.listSplits(node.spec.table, { workerCount: plan.workerCount })
}
