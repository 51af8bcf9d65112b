import { MillraceError, type Span } from '../errors.js'
import type { ChangeMode, SinkDescription, TableDefinition } from '../connector.js'
import type { Schema } from '../types/data-type.js'
import type { TableEntry } from './catalog.js'
import { deadLetterSchemaOf } from './dead-letter.js'
import { lateRowSchemaOf } from './late-rows.js'
import type { Descriptions } from './descriptions.js'
import { keysStay } from './keys-stay.js'
import { readsOf, type LogicalNode, type LogicalRead } from './logical.js'
import { changelogOf, isLive, resolveOutput, sinkModeOf, type Changelog } from './output-mode.js'
import type { PhysicalPlan, PlanSettings, SinkNode, Strategy } from './physical.js'
import { LOCAL, NOTHING, PhysicalBuilder, single, type Stream } from './physical-builder.js'
import { planNode } from './plan-physical.js'
import { rewrite } from './rewrite.js'
import { gathered, sharedOut, withoutHidden, type PlanContext } from './stream.js'
import { shareReads } from './rules/share-reads.js'
import { SharedWants } from './shared-wants.js'
import { chooseExecution, type Execution } from './strategy.js'
import { functionModulesOf } from './function-modules.js'

/** A query and what takes its rows: a table, or the caller (`table` null). */
export interface JobOutput {
  readonly node: LogicalNode
  readonly emit: 'changes' | 'final' | null
  readonly table: TableEntry | null
  readonly schema: Schema
  readonly span: Span
}

export interface JobRequest {
  readonly outputs: readonly JobOutput[]
  readonly strategy: Strategy | 'auto'
  readonly workerCount: number
  readonly settings: PlanSettings
  /** False: a table is read as often as it is named. */
  readonly shareReads: boolean
  readonly descriptions: Descriptions
  readonly baseDirectory: string
  /** What the caller can take of a SELECT. */
  readonly resultMode: ChangeMode
  /** The table that `'dead-letter'` of another names; throws if there is none. */
  deadLetterTable(table: TableEntry, span: Span): TableEntry
  /** The one that `'late-rows'` names. */
  lateRowsTable(table: TableEntry, span: Span): TableEntry
}

/** All tables a job has to do with are described by now: from bound queries to what every worker runs. */
export function planJob(request: JobRequest): { readonly plan: PhysicalPlan; readonly outputMode: 'append' | 'changes' } {
  const { descriptions } = request
  refuseSecondWriters(request)
  const resolved = request.outputs.map((output) => ({ output, node: resolveOutput(output.node, output.emit, descriptions) }))
  const rewritten = resolved.map(({ output, node }) => {
    return {
      output,
      node: rewrite(node, {
        filters: (read) => mayFilter(read, descriptions), fields: (read) => descriptions.source(read.table).fields === true,
        isLive: (read) => isLive(read, descriptions),
        lateTable: ({ table, span }) => (table.policy.lateRows === null ? null : request.lateRowsTable(table, span)),
      }),
      changelog: changelogOf(node),
      rowsStay: keysStay(node),
      constants: constantsOf(node),
    }
  })
  const apart = rewritten.map((r) => r.node)
  const isGenerated = (read: LogicalRead): boolean => descriptions.source(read.table).generated === true
  const nodes = request.shareReads ? shareReads(apart, { isGenerated }) : apart
  const execution = chooseExecution(request.strategy, request.workerCount, nodes, descriptions)
  const plannedWorkers = plannedWorkersOf(execution, nodes, descriptions)
  const modes = rewritten.map(({ output, changelog, constants }) => modeOf(output, changelog, constants, request))
  const wants = new SharedWants()
  const plan = (): PhysicalBuilder => {
    const builder = new PhysicalBuilder()
    const context: PlanContext = {
      builder, workerCount: plannedWorkers, batchRows: request.settings.batchRows, descriptions,
      readCount: nodes.flatMap(readsOf).length,
      deadLetterSink: deadLetterSinks(builder, nodes, request),
      lateSink: lateSinks(builder, request),
      sharedWants: (read, wanted) => wants.of(read, wanted),
      plan: (node, wanted) => planNode(node, wanted, context),
    }
    rewritten.forEach((resolvedOutput, i) => addSink(planNode(nodes[i]!, NOTHING, context), resolvedOutput, modes[i]!, request, context))
    return builder
  }
  let builder = plan()
  // What is wanted of a shared read is known once all that share it have been planned.
  if (wants.haveChanged) builder = plan()
  const rescalable = plannedWorkers === execution.workerCount ? {} : { rescalable: true }
  return {
    plan: freeze({ formatVersion: 1, ...execution, ...rescalable, settings: request.settings, nodes: builder.nodes, ...functionModulesOf(builder.nodes) }),
    outputMode: rewritten.some(({ changelog }) => changelog.kind === 'changes') ? 'changes' : 'append',
  }
}

/**
 * Where splits come and go, rows may have to move between processes as between workers: so one worker has the plan of several, and what
 * can be shared among processes does not depend on how many workers each of them has.
 */
function plannedWorkersOf({ workerCount }: Execution, nodes: readonly LogicalNode[], descriptions: Descriptions): number {
  const isSubscribed = nodes.flatMap(readsOf).some(({ table }) => descriptions.source(table).subscribed === true)
  return isSubscribed ? Math.max(2, workerCount) : workerCount
}

/**
 * A reader that filters hides rows from the watermark, and those also say how far a stream has come. Where time never goes
 * back in a split, that makes no row late that was not; and such a reader shows the last row it has passed over.
 */
function mayFilter(read: LogicalRead, descriptions: Descriptions): boolean {
  const { filters, inOrder } = descriptions.source(read.table)
  return filters && (inOrder === true || !(read.table.watermark !== null && !read.clock && isLive(read, descriptions)))
}

// -------------------------------------------------------------------------------------------------------------- sinks

function modeOf(output: JobOutput, changelog: Changelog, constants: ReadonlySet<number>, request: JobRequest): ChangeMode {
  if (output.table === null) return changelog.kind === 'append' ? 'append' : request.resultMode
  const { definition } = output.table
  const keys = definition.primaryKey.map((name) => definition.columns.findIndex((c) => c.name === name))
  return sinkModeOf(
    changelog, request.descriptions.sink(output.table), keys, constants, definition.columns.map((c) => c.name), definition.name, output.span,
  )
}

/** Each INSERT has a writer of its own. */
function refuseSecondWriters({ outputs, descriptions }: JobRequest): void {
  const written = new Set<TableEntry>()
  for (const { table, span } of outputs) {
    if (table === null || !descriptions.sink(table).single) continue
    if (written.has(table)) {
      const message = `\`${table.definition.name}\` has one writer, and two INSERTs of the job would write it; put their queries together with UNION ALL`
      throw new MillraceError('SQL_SINK_MISMATCH', message, { span })
    }
    written.add(table)
  }
}

function constantsOf(node: LogicalNode): ReadonlySet<number> {
  return new Set(node.kind === 'project' ? [...node.expressions.keys()].filter((i) => node.expressions[i]!.kind === 'literal') : [])
}

function addSink(rows: Stream, { output, changelog, rowsStay }: Resolved, mode: ChangeMode, request: JobRequest, context: PlanContext): void {
  const { builder } = context
  const description = output.table === null ? RESULT : request.descriptions.sink(output.table)
  const definition = output.table?.definition ?? resultTable(output.schema, request.baseDirectory)
  let source = withoutHidden(rows, context)
  if (description.single) source = gathered(source, `${definition.name} has one writer`, context)
  else if (mode === 'upsert' && changelog.kind === 'append') source = byPrimaryKey(source, definition, context)
  const { runsOn } = builder.get(source.node)
  builder.add({
    kind: 'sink', inputs: [source.node], schema: output.schema, table: definition, mode,
    ...promiseOf(description), ...(mode === 'upsert' && rowsStay ? { keysStay: true } : {}), summary: description.summary, runsOn,
    distribution: runsOn === 'first' ? single('') : LOCAL,
  })
}

/** An output whose query has its output mode. */
interface Resolved {
  readonly output: JobOutput
  readonly changelog: Changelog
  /** See {@link keysStay}. */
  readonly rowsStay: boolean
}

function promiseOf({ guarantee, commitsPositionsOf }: Pick<SinkDescription, 'guarantee' | 'commitsPositionsOf'>): Pick<SinkNode, 'guarantee' | 'commitsPositionsOf'> {
  return { guarantee, ...(commitsPositionsOf === undefined ? {} : { commitsPositionsOf }) }
}

const RESULT = { single: false, guarantee: 'none', summary: '' } as const

/** One writer for each key, so that its last row is written last. */
function byPrimaryKey(source: Stream, definition: TableDefinition, context: PlanContext): Stream {
  if (context.workerCount === 1 || context.builder.get(source.node).runsOn === 'first') return source
  const columns = definition.primaryKey.map((name) => definition.columns.findIndex((c) => c.name === name))
  if (source.sharedOutBy !== null && source.sharedOutBy.columns.every((c) => columns.includes(c))) return source
  return sharedOut(source, columns, `rows: one writer for each PRIMARY KEY of ${definition.name}`, context)
}

export function resultTable(schema: Schema, baseDirectory: string): TableDefinition {
  return {
    name: 'result',
    connector: 'result',
    options: {},
    columns: schema.map((f) => ({ ...f, metadata: null })),
    primaryKey: [],
    partitionedBy: [],
    baseDirectory,
  }
}

// ------------------------------------------------------------------------------------------------------- dead letters

/** Gives each table that is named by `'dead-letter'` one sink, made before the first node that may send to it. */
function deadLetterSinks(builder: PhysicalBuilder, nodes: readonly LogicalNode[], request: JobRequest): (table: TableEntry) => number {
  const sinks = new Map<TableEntry, number>()
  for (const read of nodes.flatMap(readsOf)) {
    if (read.table.policy.onError !== 'dead-letter') continue
    const target = request.deadLetterTable(read.table, read.span)
    if (![...sinks.keys()].includes(target)) sinks.set(target, addDeadLetterSink(builder, target, read.span, request))
    sinks.set(read.table, sinks.get(target)!)
  }
  return (table) => sinks.get(table)!
}

function addDeadLetterSink(builder: PhysicalBuilder, target: TableEntry, span: Span, request: JobRequest): number {
  const description = sideSink(target, 'dead-letter', 'failed', span, request)
  return builder.add({
    kind: 'sink', inputs: [], schema: deadLetterSchemaOf(target.definition, span), table: target.definition, mode: 'append',
    ...promiseOf(description), summary: description.summary, runsOn: 'all', distribution: LOCAL,
  })
}

/** Gives each table that is named by `'late-rows'` one sink. */
function lateSinks(builder: PhysicalBuilder, request: JobRequest): PlanContext['lateSink'] {
  const sinks = new Map<TableEntry, number>()
  return (target, window) => {
    const { span } = readsOf(window)[0]!
    const schema = lateRowSchemaOf(target.definition, window.input.schema, span)
    const known = sinks.get(target)
    if (known !== undefined) return known
    const description = sideSink(target, 'late-rows', 'late', span, request)
    const sink = builder.add({
      kind: 'sink', inputs: [], schema, table: target.definition, mode: 'append', takes: 'late rows',
      ...promiseOf(description), summary: description.summary, runsOn: 'all', distribution: LOCAL,
    })
    sinks.set(target, sink)
    return sink
  }
}

function sideSink(target: TableEntry, what: string, rows: string, span: Span, request: JobRequest): SinkDescription {
  const description = request.descriptions.sink(target)
  if (!description.single || request.workerCount === 1) return description
  throw new MillraceError(
    'SQL_SINK_MISMATCH',
    `the ${what} table \`${target.definition.name}\` has one writer, but every worker can have ${rows} rows; let it write a directory`,
    { span },
  )
}

function freeze(plan: PhysicalPlan): PhysicalPlan {
  const deep = (value: unknown): void => {
    if (value === null || typeof value !== 'object' || Object.isFrozen(value) || value instanceof Uint8Array) return
    Object.freeze(value)
    Object.values(value).forEach(deep)
  }
  deep(plan)
  return plan
}
