import { assert, type Connector, type ExchangeNode, type PipelineEnvironment, RESULT_CONNECTOR, type ResultPort, type Spill } from '@millrace/core'
import { performance } from 'node:perf_hooks'
import { nowMicros } from '../clock.js'
import { builtInConnector } from '../connectors/built-in.js'
import { loadModuleConnector } from '../connectors/load-connector.js'
import { loadFormats } from '../connectors/plan-formats.js'
import type { SinkChannel } from '../connectors/sink-channel.js'
import { fedConnector } from '../coordinator/fed-connector.js'
import type { Feed } from '../coordinator/fed-reader.js'
import { FeedInbox } from '../coordinator/feed-inbox.js'
import { FedSplits } from '../coordinator/fed-splits.js'
import { RingPort } from '../exchange/ring-port.js'
import { importFunctions } from '../functions/function-modules.js'
import type { ScanMemory } from '../job-memory.js'
import { type JobSignal, SIGNAL } from '../job-signal.js'
import { JobWatermark } from '../job-watermark.js'
import { seededRandom } from '../seeded-random.js'
import { ResultOutbox } from '../results/result-outbox.js'
import { importSpill } from '../spill-module.js'
import { SplitRows } from '../split-rows.js'
import { type PendingSplits, SharedSplits } from '../splits.js'
import type { PipelineStart } from './worker-protocol.js'

interface ScanEnvironment {
  readonly splits: PendingSplits
  readonly watermark: JobWatermark
}

/** The world of one pipeline: shared memory, connectors, a real clock. */
export class WorkerEnvironment implements PipelineEnvironment {
  readonly jobId: string
  readonly attempt: string
  readonly workerIndex: number
  readonly workerCount: number
  readonly results: ResultPort
  readonly signal: AbortSignal
  readonly random: () => number
  readonly #spillModule: string | undefined
  readonly #jobSignal: JobSignal
  readonly #connectors: ReadonlyMap<string, Connector>
  readonly #functions: ReadonlyMap<string, Readonly<Record<string, unknown>>>
  readonly #scans: ReadonlyMap<number, ScanEnvironment>
  readonly #ports: ReadonlyMap<number, RingPort>

  private constructor(
    start: PipelineStart, jobSignal: JobSignal, signal: AbortSignal, outbox: ResultOutbox,
    connectors: ReadonlyMap<string, Connector>, functions: ReadonlyMap<string, Readonly<Record<string, unknown>>>,
    scans: ReadonlyMap<number, ScanEnvironment>,
  ) {
    this.jobId = start.jobId
    this.attempt = start.attempt
    this.workerIndex = start.workerIndex
    this.workerCount = start.workerCount
    this.signal = signal
    this.#spillModule = start.plan.settings.spillModule
    this.random = seededRandom(start.plan.settings.seed + start.workerIndex)
    this.#jobSignal = jobSignal
    this.#connectors = connectors
    this.#functions = functions
    this.#scans = scans
    this.results = resultPort(start, outbox)
    this.#ports = new Map(start.memory.exchanges.map(({ nodeId, rings }) => {
      const node = start.plan.nodes[nodeId] as ExchangeNode
      return [nodeId, new RingPort(rings, start.workerIndex, start.workerCount, node.schema)]
    }))
  }

  /** @throws MillraceError CONNECTOR_INVALID, SQL_FUNCTION_MODULE */
  static async create(start: PipelineStart, jobSignal: JobSignal, signal: AbortSignal): Promise<WorkerEnvironment> {
    const outbox = new ResultOutbox(start.memory.results[start.workerIndex]!)
    const channel = sinkChannel(start, outbox, signal)
    const feeds = new Map<number, Feed>()
    const scans = new Map(start.memory.scans.map((scan) => [scan.nodeId, scanEnvironment(start, scan, feeds)]))
    const connectors = new Map<string, Connector>()
    for (const address of start.connectors) {
      const own = address.kind === 'built-in' ? builtInConnector(address.name, null, channel) : await loadModuleConnector(address)
      assert(own !== undefined, 'a built-in connector is known in every worker')
      connectors.set(address.name, feeds.size > 0 ? fedConnector(own, feeds) : own)
    }
    await loadFormats(start.plan)
    const functions = new Map<string, Readonly<Record<string, unknown>>>()
    for (const url of start.plan.functionModules ?? []) functions.set(url, await importFunctions(url))
    return new WorkerEnvironment(start, jobSignal, signal, outbox, connectors, functions, scans)
  }

  connector(name: string): Connector {
    const connector = this.#connectors.get(name)
    assert(connector !== undefined, 'a worker has every connector of its plan')
    return connector
  }

  functionExport(url: string, exportName: string): unknown {
    const module = this.#functions.get(url)
    assert(module !== undefined, 'a worker has every module of user functions of its plan')
    return module[exportName]
  }

  splits(scanNodeId: number): PendingSplits {
    return this.#scan(scanNodeId).splits
  }

  jobWatermark(scanNodeId: number, own: number, reached: number): number {
    const { splits, watermark } = this.#scan(scanNodeId)
    watermark.publish(splits.unclaimed > 0 ? -Infinity : own, reached)
    return watermark.job()
  }

  exchange(exchangeNodeId: number): RingPort {
    const port = this.#ports.get(exchangeNodeId)
    assert(port !== undefined, 'an exchange of the plan has its rings')
    return port
  }

  async openSpill(directory: string | null): Promise<Spill> {
    assert(this.#spillModule !== undefined, 'a plan with a limit of memory names what keeps state beyond it')
    const factory = await importSpill(this.#spillModule)
    return factory.open(directory, `${this.jobId}-worker-${this.workerIndex}`)
  }

  requestStop(): void {
    this.#jobSignal.raise(SIGNAL.drain)
  }

  nowMicros(): number {
    return nowMicros()
  }

  monotonicMs(): number {
    return performance.now()
  }

  #scan(nodeId: number): ScanEnvironment {
    const scan = this.#scans.get(nodeId)
    assert(scan !== undefined, 'a scan of the plan has its splits')
    return scan
  }
}

function scanEnvironment(start: PipelineStart, scan: ScanMemory, feeds: Map<number, Feed>): ScanEnvironment {
  const { workerIndex, workerCount } = start
  const watermark = new JobWatermark(scan.watermarks, workerIndex, workerCount)
  const rows = scan.rows === null ? null : new SplitRows(scan.rows)
  if (scan.feed === null) return { watermark, splits: new SharedSplits(scan.splits, scan.owners, workerIndex, workerCount, watermark, rows) }
  const inbox = new FeedInbox(scan.feed.rings[workerIndex]!)
  feeds.set(scan.nodeId, { deal: scan.feed.deal, inbox, splitIds: scan.splits.map((split) => split.id), decoder: null })
  return { watermark, splits: new FedSplits(scan.nodeId, scan.feed.deal, inbox, scan.splits, workerIndex, workerCount, rows) }
}

function resultPort(start: PipelineStart, outbox: ResultOutbox): ResultPort {
  const sink = start.plan.nodes.find((node) => node.kind === 'sink' && node.table.connector === RESULT_CONNECTOR)
  return {
    send: (batch) => {
      assert(sink !== undefined, 'only a bare SELECT sends results')
      outbox.sendBatch(sink.id, batch)
    },
    flush: () => outbox.flush(),
  }
}

function sinkChannel(start: PipelineStart, outbox: ResultOutbox, signal: AbortSignal): SinkChannel {
  const sinks = start.plan.nodes.filter((node) => node.kind === 'sink')
  const idOf = (table: string): number => {
    const sink = sinks.find((node) => node.table.name === table)
    assert(sink !== undefined, 'a writer belongs to a sink of the plan')
    return sink.id
  }
  return {
    sendBatch: (table, batch) => outbox.sendBatch(idOf(table), batch),
    sendBytes: (table, payload) => outbox.sendBytes(idOf(table), payload),
    flush: () => outbox.flush(),
    drain: () => outbox.drain(signal),
    endEpoch: (table, epoch) => {
      outbox.sendEpoch(idOf(table), epoch)
      return outbox.settle(signal)
    },
  }
}
