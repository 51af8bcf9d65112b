import type { Connector, PhysicalNode, PhysicalPlan, Schema, SinkNode, Strategy } from '@millrace/core'
import { assert, BATCH_ROWS_DEFAULT, MillraceError, rescaled, RESULT_CONNECTOR } from '@millrace/core'
import { compileScript } from '@millrace/core/compile'

/** What modules of user functions export, by specifier. */
export type FunctionModules = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** The job that is simulated. */
export interface JobOptions {
  /** A script with one job: INSERTs, or one SELECT. */
  readonly sql?: string
  /** In place of `sql`: a plan; its worker count holds. */
  readonly plan?: PhysicalPlan
  readonly connectors: readonly Connector[]
  /** Modules of user functions by what stands in `AS '…'`: `{ './f.js': { double: (x: number) => 2 * x } }`. */
  readonly functions?: FunctionModules
  /** Rows in a batch, default that of a job. */
  readonly batchRows?: number
  /** False: interpreted. Default true. */
  readonly compile?: boolean
  readonly strategy?: Strategy
  readonly set?: Readonly<Record<string, string>>
  readonly params?: Readonly<Record<string, string>>
  readonly seed?: number
  /** Default 1. */
  readonly workers?: number
  /**
   * True: the job is planned so that it can be restored at another number of workers, although it runs on one. Default false: on one
   * worker no row is moved, and it can only be restored on one.
   */
  readonly rescalable?: boolean
}

/** The plan of a script's only job. */
export async function compiledPlan(options: JobOptions): Promise<PhysicalPlan> {
  if (options.plan !== undefined) return options.plan
  const { sql, workers = 1, batchRows = BATCH_ROWS_DEFAULT, compile = true, strategy = 'pipelines', seed = 1, set, params } = options
  assert(sql !== undefined, 'a simulation is given `sql` or `plan`')
  const { rescalable = false } = options
  const connectors = byName(options.connectors)
  const { jobs } = await compileScript(sql, {
    connector: async (name) => connectorOf(name, connectors),
    functionModule: async (specifier) => ({ url: specifier, exports: moduleOf(specifier, options.functions ?? {}) }),
    workerCount: rescalable ? Math.max(2, workers) : workers,
    strategy,
    settings: { batchRows, compile, seed, timeZone: 'UTC' },
    baseDirectory: '/',
    fileName: 'simulation.sql',
    ...(set === undefined ? {} : { set }),
    ...(params === undefined ? {} : { params }),
  })
  assert(jobs.length === 1, `a simulation runs one job, not ${jobs.length}`)
  return rescalable ? rescaled(jobs[0]!.plan, workers) : jobs[0]!.plan
}

/** Rows of a bare SELECT have this schema; empty in a job that only inserts. */
export function resultSchemaOf(plan: PhysicalPlan): Schema {
  const isResult = (node: PhysicalNode): node is SinkNode => node.kind === 'sink' && node.table.connector === RESULT_CONNECTOR
  return plan.nodes.find(isResult)?.schema ?? []
}

export function byName(connectors: readonly Connector[]): Map<string, Connector> {
  return new Map(connectors.map((connector) => [connector.name, connector]))
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

export function withSettings(plan: PhysicalPlan, batchRows: number, compile: boolean): PhysicalPlan {
  const nodes = plan.nodes.map((node) => (node.kind === 'scan' ? { ...node, spec: { ...node.spec, batchRows } } : node))
  return { ...plan, settings: { ...plan.settings, batchRows, compile }, nodes }
}
