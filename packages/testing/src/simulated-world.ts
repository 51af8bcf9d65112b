import type {
  Batch, Connector, JobSnapshot, PhysicalNode, PhysicalPlan, PipelineEnvironment, ResultPort, RowKind, ScanNode, ScanSplits, Schema, SinkNode,
  Split, SplitQueue, SplitsLeft,
} from '@millrace/core'
import { assert, batchToRows, copyBatch, copyValue, INSERT, MillraceError, RESULT_CONNECTOR, splitsLeft } from '@millrace/core'
import type { Change } from './batch-text.js'
import type { ManualClock } from './manual-clock.js'
import type { SeededRandom } from './seeded-random.js'
import { SimulatedExchange } from './simulated-exchange.js'

export interface WorldOptions {
  readonly plan: PhysicalPlan
  readonly connectors: ReadonlyMap<string, Connector>
  readonly random: SeededRandom
  readonly clock: ManualClock
  readonly exchangeBytes: number
  readonly functions: FunctionModules
  /** The job goes on from here. */
  readonly restore: JobSnapshot | null
}

/** What modules of user functions export, by specifier. */
export type FunctionModules = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** All that the workers of one simulated job share, in place of threads and shared memory. */
export class SimulatedWorld {
  /** Rows of a bare SELECT in the order they arrived, with the worker that sent them. */
  readonly #results: { readonly worker: number; readonly change: Change }[] = []
  /** By worker: how many of its results belong to epochs that it has closed. */
  readonly #closedResults: number[] = []
  stopRequested = false
  /** Of asynchronous functions. */
  callsUnderWay = 0
  readonly #options: WorldOptions
  readonly #splits: ReadonlyMap<number, SharedSplits>
  readonly #exchanges: ReadonlyMap<number, SimulatedExchange>
  readonly #abort = new AbortController()

  private constructor(options: WorldOptions, splits: ReadonlyMap<number, SharedSplits>) {
    const { plan, random, exchangeBytes } = options
    this.#options = options
    this.#splits = splits
    this.#exchanges = new Map(plan.nodes.filter((node) => node.kind === 'exchange').map((node) =>
      [node.id, new SimulatedExchange(node.schema, plan.workerCount, exchangeBytes, random)]))
  }

  static async make(options: WorldOptions): Promise<SimulatedWorld> {
    const { plan, random } = options
    const splits = new Map<number, SharedSplits>()
    for (const node of plan.nodes) {
      if (node.kind !== 'scan') continue
      const left = options.restore === null ? allOf(await listSplits(node, options)) : splitsLeft(options.restore, node.id, plan.workerCount)
      splits.set(node.id, new SharedSplits(left, plan.workerCount, random))
    }
    return new SimulatedWorld(options, splits)
  }

  /** True if no element is between two workers. */
  get isQuiet(): boolean {
    return [...this.#exchanges.values()].every((exchange) => exchange.isEmpty)
  }

  /** Rows of a bare SELECT have this schema; null in a job that only inserts. */
  get resultSchema(): Schema | null {
    const isResult = (node: PhysicalNode): node is SinkNode => node.kind === 'sink' && node.table.connector === RESULT_CONNECTOR
    return this.#options.plan.nodes.find(isResult)?.schema ?? null
  }

  /** Rows of a bare SELECT in the order they arrived. */
  get results(): Change[] {
    return this.#results.map(({ change }) => change)
  }

  /** Those of {@link results} that belong to epochs which their workers have closed. */
  get closedResults(): Change[] {
    const left = [...this.#closedResults]
    return this.#results.filter(({ worker }) => (left[worker] = (left[worker] ?? 0) - 1) >= 0).map(({ change }) => change)
  }

  /** The splits of every scan, for a snapshot. */
  get scanSplits(): ScanSplits[] {
    return [...this.#splits].map(([nodeId, shared]) => ({ nodeId, splits: shared.queueOf(0).splits }))
  }

  abort(): void {
    this.#abort.abort()
  }

  environment(workerIndex: number): PipelineEnvironment {
    const { plan, connectors, clock, random, functions } = this.#options
    return {
      jobId: 'simulated',
      attempt: '1',
      workerIndex,
      workerCount: plan.workerCount,
      connector: (name) => connectorOf(name, connectors),
      functionExport: (url, exportName) => this.#watched(moduleOf(url, functions)[exportName]),
      splits: (id) => this.#splits.get(id)!.queueOf(workerIndex),
      exchange: (id) => this.#exchanges.get(id)!.port(workerIndex),
      results: this.#resultPort(workerIndex),
      jobWatermark: (id, own, reached) => this.#splits.get(id)!.publish(workerIndex, own, reached),
      requestStop: () => {
        this.stopRequested = true
      },
      nowMicros: () => clock.nowMicros(),
      monotonicMs: () => clock.monotonicMs(),
      random: () => random.next(),
      signal: this.#abort.signal,
    }
  }

  /** A function whose calls are counted as long as their results are under way. */
  #watched(exported: unknown): unknown {
    const watch = (call: (...args: unknown[]) => unknown) => (...args: unknown[]): unknown => {
      const result = call(...args)
      if (!(result instanceof Promise)) return result
      this.callsUnderWay++
      return result.finally(() => this.callsUnderWay--)
    }
    if (typeof exported === 'function') return watch(exported as (...args: unknown[]) => unknown)
    if (typeof exported !== 'object' || exported === null || !('eval' in exported)) return exported
    const { eval: evaluate } = exported as { eval: (...args: unknown[]) => unknown }
    return { ...exported, eval: watch((...args) => evaluate.apply(exported, args)) }
  }

  /** Now and then the caller of the job is slow and takes nothing. */
  #resultPort(worker: number): ResultPort {
    const waiting: Batch[] = []
    const receiveAll = (): void => {
      for (const batch of waiting.splice(0)) this.#receive(worker, batch)
    }
    return {
      send: (batch) => void waiting.push(copyBatch(batch)),
      flush: () => {
        if (waiting.length > 0 && this.#options.random.oneIn(4)) return false
        receiveAll()
        return true
      },
      endEpoch: () => {
        receiveAll()
        this.#closedResults[worker] = this.#results.filter((result) => result.worker === worker).length
      },
    }
  }

  #receive(worker: number, batch: Batch): void {
    const rows = batchToRows(batch, this.resultSchema!)
    rows.forEach((row, i) => {
      this.#results.push({ worker, change: { kind: (batch.rowKinds?.[i] ?? INSERT) as RowKind, values: row.map(copyValue) } })
    })
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

export function connectorOf(name: string, connectors: ReadonlyMap<string, Connector>): Connector {
  const connector = connectors.get(name)
  if (connector !== undefined) return connector
  throw new MillraceError('CONNECTOR_UNKNOWN', `the simulation has no connector \`${name}\``, { alternatives: [...connectors.keys()] })
}

/** @throws MillraceError SQL_FUNCTION_MODULE */
export function moduleOf(specifier: string, functions: FunctionModules): Readonly<Record<string, unknown>> {
  if (Object.hasOwn(functions, specifier)) return functions[specifier]!
  throw new MillraceError('SQL_FUNCTION_MODULE', `the simulation has no module '${specifier}'`, { alternatives: Object.keys(functions) })
}

/**
 * The splits of one scan and its watermark. Bounded ones go to whoever asks, in any order; unbounded ones belong to
 * workers in turn.
 */
class SharedSplits {
  readonly #splits: readonly Split[]
  readonly #unclaimed: Set<number>
  readonly #published: number[]
  readonly #reached: number[]
  /** Rows that each split has given, where anybody asks. */
  readonly #rows: number[]
  /** Who must claim a split; see {@link SplitsLeft}. */
  readonly #owners: ReadonlyMap<number, number>
  readonly #random: SeededRandom

  constructor({ splits, done, rows, owners }: SplitsLeft, workerCount: number, random: SeededRandom) {
    this.#splits = splits
    this.#unclaimed = new Set([...splits.keys()].filter((index) => !done.has(index)))
    this.#rows = splits.map((_, index) => rows.get(index) ?? 0)
    this.#owners = owners
    this.#published = Array.from({ length: workerCount }, () => -Infinity)
    this.#reached = Array.from({ length: workerCount }, () => -Infinity)
    this.#random = random
  }

  queueOf(workerIndex: number): SplitQueue {
    return {
      splits: this.#splits,
      claim: () => this.#claim(workerIndex),
      lastNeeded: (enough, index, rows) => this.#lastNeeded(enough, index, rows),
    }
  }

  publish(workerIndex: number, own: number, reached: number): number {
    this.#published[workerIndex] = own
    this.#reached[workerIndex] = reached
    if (this.#unclaimed.size > 0) return -Infinity
    const least = Math.min(...this.#published)
    return least === Infinity ? Math.max(...this.#reached) : least
  }

  #lastNeeded(enough: number, index: number, rows: number): number {
    this.#rows[index] = rows
    let sum = 0
    for (let k = -1; k < this.#rows.length; k++) {
      sum += this.#rows[k] ?? 0
      if (sum >= enough) return k
    }
    return Infinity
  }

  #claim(workerIndex: number): number {
    const mine = [...this.#unclaimed].filter((i) => {
      const owner = this.#owners.get(i) ?? (this.#splits[i]!.bounded ? workerIndex : i % this.#published.length)
      return owner === workerIndex
    })
    if (mine.length === 0) return -1
    const index = this.#random.pick(mine)
    assert(this.#unclaimed.delete(index), 'a split is claimed once')
    return index
  }
}
