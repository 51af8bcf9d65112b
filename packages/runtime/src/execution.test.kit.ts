import { BIGINT, DOUBLE, readValue, STRING } from '@millrace/core'
import type { PhysicalNode, PhysicalPlan, Strategy, TableDefinition } from '@millrace/core'
import { fileURLToPath } from 'node:url'
import type * as ConnectorLoaderModule from './connectors/connector-loader.js'
import type * as MemoryStoreModule from './connectors/memory-store.js'
import type * as ExecutionModule from './execution.js'
import type * as ThreadPoolModule from './threads/thread-pool.js'

/** Plans made by hand, run through the built package: threads do not start from TypeScript. */
const built = (path: string): Promise<object> => import(new URL(`../dist/${path}`, import.meta.url).href) as Promise<object>

const { Execution } = (await built('execution.js')) as typeof ExecutionModule
const { ThreadPool } = (await built('threads/thread-pool.js')) as typeof ThreadPoolModule
const { ConnectorLoader } = (await built('connectors/connector-loader.js')) as typeof ConnectorLoaderModule
const { MemoryStore } = (await built('connectors/memory-store.js')) as typeof MemoryStoreModule

export const NUMBERS = './numbers-connector.mjs'
const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url))

const columns = [
  { name: 'n', type: BIGINT, nullable: false, metadata: null },
  { name: 'name', type: STRING, nullable: true, metadata: null },
]

export function tableOf(connector: string, options: Readonly<Record<string, string>>, name = 'numbers'): TableDefinition {
  return { name, connector, options, columns, primaryKey: [], partitionedBy: [], baseDirectory: FIXTURES }
}

export interface PlanShape {
  readonly strategy: Strategy
  readonly workers: number
  readonly connector?: string
  readonly options?: Readonly<Record<string, string>>
  readonly exchange?: 'hash' | 'single' | 'none'
  readonly ordinal?: boolean
  readonly sink?: TableDefinition
}

/** Scan → [exchange →] sink. */
export function planOf(shape: PlanShape): PhysicalPlan {
  const { strategy, workers, connector = NUMBERS, options = {}, exchange = 'none', ordinal = false, sink } = shape
  const bounded = options['endless'] !== 'true'
  const hidden = ordinal ? [{ name: '$ordinal', type: DOUBLE, nullable: false }] : []
  const schema = [...columns.map(({ name, type, nullable }) => ({ name, type, nullable })), ...hidden]
  const runsOn = exchange === 'single' ? 'first' : 'all'
  const nodes: PhysicalNode[] = [{
    id: 0, kind: 'scan', inputs: [], schema, runsOn: 'all', distribution: { kind: 'local', reason: '' }, summary: '', bounded,
    spec: { table: tableOf(connector, options), columns, filter: [], batchRows: 64 },
    hidden: ordinal ? ['ordinal'] : [], watermark: null, idleTimeoutMs: null,
    onError: { action: options['bad-at'] === undefined ? 'fail' : 'skip', sink: null },
  }]
  if (exchange !== 'none') {
    nodes.push({
      id: 1, kind: 'exchange', inputs: [0], schema, runsOn, distribution: { kind: 'exchange', reason: '' },
      to: exchange === 'single' ? { kind: 'single' } : { kind: 'hash', columns: [0] },
    })
  }
  nodes.push({
    id: nodes.length, kind: 'sink', inputs: [nodes.length - 1], schema, runsOn, distribution: { kind: 'local', reason: '' },
    table: sink ?? tableOf('result', {}, 'result'), mode: 'append', guarantee: 'none', summary: '',
  })
  return { formatVersion: 1, strategy, workerCount: workers, settings: { compile: true, batchRows: 64, timeZone: 'UTC', seed: 1 }, nodes }
}

export interface Running {
  readonly execution: ExecutionModule.Execution
  /** Values of the rows that came, one array a row, in the order in which they came. */
  readonly rows: unknown[][]
  readonly done: Promise<void>
}

/** Threads that all tests of a file share, because starting them takes longer than most tests. */
const pool = new ThreadPool(3)

export function closeThreads(): Promise<void> {
  return pool.close()
}

/**
 * Starts a plan.
 *
 * @param onRows called with each batch; may wait
 * @param watch takes notes, and says how often workers are looked at
 */
export async function start(
  plan: PhysicalPlan, onRows?: (count: number) => void | Promise<void>, watch?: { readonly lookMs: number; readonly note: (text: string) => void },
): Promise<Running> {
  const loader = new ConnectorLoader([FIXTURES], new MemoryStore())
  for (const node of plan.nodes) {
    if (node.kind === 'scan') await loader.load(node.spec.table.connector)
    if (node.kind === 'sink') await loader.load(node.table.connector)
  }
  const rows: unknown[][] = []
  const execution = new Execution(plan, {
    jobId: 'test',
    attempt: '1',
    checkpoints: null,
    stopMsMax: 500,
    note: () => {},
    ...watch,
    connectors: loader,
    pool: () => pool,
    target: (sink) => sink.table.connector !== 'result' ? null : {
      schema: sink.schema,
      batch: (batch) => {
        for (let i = 0; i < batch.length; i++) rows.push(sink.schema.map((field, c) => readValue(batch.columns[c]!, field.type, i)))
        return onRows?.(rows.length)
      },
    },
  })
  const done = execution.run()
  done.catch(() => {})
  return { execution, rows, done }
}
