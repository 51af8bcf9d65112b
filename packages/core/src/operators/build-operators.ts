import type { Writer } from '../connector.js'
import { assert, MillraceError, unreachable } from '../errors.js'
import type { FunctionContext } from '../functions/function.js'
import type { PipelineEnvironment } from '../pipeline-environment.js'
import type { JobSnapshot } from '../pipeline-snapshot.js'
import type { AsyncCallNode } from '../plan/physical-async.js'
import type { ErrorPolicy, ExchangeNode, PhysicalNode, PhysicalPlan, ScanNode, SinkNode, ValuesNode } from '../plan/physical.js'
import type { LateRows } from '../plan/physical-windows.js'
import { scansHeldBy } from '../plan/group-share.js'
import { placementOf } from '../plan/row-placement.js'
import { canSpill } from '../plan/spilling.js'
import type { Spill } from '../state/spill-store.js'
import type { Schema } from '../types/data-type.js'
import { AggregateOperator } from './aggregate/aggregate-operator.js'
import { AsyncCallOperator } from './async-call.js'
import { SessionAggregateOperator } from './session-aggregate.js'
import { SessionRowsOperator } from './session-rows.js'
import { SlicedAggregateOperator } from './aggregate/sliced-aggregate.js'
import { LateRowWriter } from './late-rows.js'
import { WindowOperator } from './window.js'
import { CalcOperator } from './calc.js'
import { checkedOperator } from './checked.js'
import { DeadLetters } from './dead-letters.js'
import { Edge, FanOut } from './edge.js'
import { ExchangeReceiver, ExchangeSendOperator } from './exchange.js'
import { ExchangePass } from './exchange-pass.js'
import { ExpandOperator } from './expand.js'
import type { Gate, Intake } from './intake.js'
import { JoinOperator } from './join/join-operator.js'
import { TemporalJoinOperator } from './join/temporal-join-operator.js'
import { LimitOperator } from './limit.js'
import type {
  CopyingNode, GatedIntake, GateState, MeteredNode, OpenSink, OperatorGraph, SourceOfValues, StatefulNode,
} from './operator-graph.js'
import { makeOverOperator } from './over/over-operator.js'
import { TopNOperator } from './top-n/top-n-operator.js'
import { newMeter } from './operator.js'
import type { Operator, OperatorContext, OperatorMeter, Output, SpillShare } from './operator.js'
import { RowFailures } from './row-failures.js'
import { planForOne } from './plan-for-one.js'
import { readerFactoryOf, ScanSource } from './scan.js'
import { SharedThings } from './shared-things.js'
import { RESULT_CONNECTOR, resultWriter, SinkOperator } from './sink.js'
import { SortOperator } from './sort.js'
import { UnionOperator } from './union.js'
import { UnnestOperator } from './unnest.js'
import { ValuesIntake } from './values-intake.js'
import { ValuesSource } from './values.js'

export interface BuildOptions {
  /** Every operator between checked edges, as tests want it (operators/checked.ts). */
  readonly checked: boolean
  /** The job goes on from here; null where it begins. */
  readonly restore: JobSnapshot | null
  /** Sinks that commit positions with their rows. */
  readonly holders: ReadonlySet<number>
}

/** Builds the operators of one worker from the plan: sinks first, then every node after its consumers. */
export async function buildOperators(plan: PhysicalPlan, env: PipelineEnvironment, options: BuildOptions): Promise<OperatorGraph> {
  const builder = new GraphBuilder(plan, env, options)
  try {
    await builder.openSpill()
    for (const node of plan.nodes) if (node.kind === 'sink' && builder.runsHere(node)) await builder.openSink(node)
    builder.addOthers()
    return builder.graph()
  } catch (error) {
    await builder.close().catch(() => {})
    throw error
  }
}

const FAIL: ErrorPolicy = { action: 'fail', sink: null }

class GraphBuilder {
  /** As it was made: it says where rows are. */
  readonly #planned: PhysicalPlan
  /** As it is built here. */
  readonly #plan: PhysicalPlan
  readonly #fused: ReadonlySet<number>
  readonly #omitted: ReadonlySet<number>
  readonly #env: PipelineEnvironment
  readonly #options: BuildOptions
  readonly #functions: FunctionContext
  /** By node id: the operator that takes the node's input on this worker. */
  readonly #operators = new Map<number, Operator>()
  /** By node id: the gates behind the node's output. */
  readonly #gatesBehind = new Map<number, readonly GateState[]>()
  readonly #gates = new Map<Gate, GateState>()
  readonly #intakes: GatedIntake[] = []
  readonly #senders: ExchangeSendOperator[] = []
  readonly #sinks: OpenSink[] = []
  readonly #scans: ScanSource[] = []
  readonly #meters: MeteredNode[] = []
  readonly #fanOuts: CopyingNode[] = []
  readonly #values: SourceOfValues[] = []
  readonly #states: StatefulNode[] = []
  readonly #shared: SharedThings[] = []
  #spill: Spill | null = null
  /** Bytes that each operator that can leave memory may take of it. */
  #spillShareBytes = 0

  constructor(plan: PhysicalPlan, env: PipelineEnvironment, options: BuildOptions) {
    const { plan: built, fused, omitted } = env.workerCount === 1 ? planForOne(plan, hasStoredRows(options.restore)) : { plan, fused: new Set<number>(), omitted: new Set<number>() }
    this.#planned = plan
    this.#plan = built
    this.#fused = fused
    this.#omitted = omitted
    this.#env = env
    this.#options = options
    this.#functions = {
      nowMicros: neverBack(() => env.nowMicros()),
      random: () => env.random(),
      timeZone: plan.settings.timeZone,
      functionExport: (url, exportName) => env.functionExport(url, exportName),
    }
  }

  runsHere(node: PhysicalNode): boolean {
    return node.runsOn === 'all' || this.#env.workerIndex === 0
  }

  graph(): OperatorGraph {
    const scansLast = ({ intake }: GatedIntake): number => (intake instanceof ExchangeReceiver ? 0 : 1)
    return {
      intakes: this.#intakes.toSorted((a, b) => scansLast(a) - scansLast(b)),
      gates: [...this.#gates.values()],
      senders: this.#senders,
      sinks: this.#sinks,
      scans: this.#scans,
      meters: this.#meters,
      values: this.#values,
      states: this.#states,
      fanOuts: this.#fanOuts,
      close: () => this.close(),
    }
  }

  async close(): Promise<void> {
    const closing = [...this.#intakes.map(({ intake }) => intake), ...this.#sinks.map(({ writer }) => writer), ...this.#shared, ...(this.#spill === null ? [] : [this.#spill])]
    const failures: unknown[] = []
    for (const part of closing) await part.close().catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }

  // ------------------------------------------------------------------------------------------- state beyond memory

  /** Operators that can leave memory have equal shares of what the plan allows. */
  async openSpill(): Promise<void> {
    const { stateMemoryBytes, spillDirectory } = this.#plan.settings
    const count = this.#plan.nodes.filter((node) => canSpill(node) && this.runsHere(node)).length
    if (stateMemoryBytes === undefined || count === 0) return
    this.#spillShareBytes = stateMemoryBytes / count
    this.#spill = await this.#env.openSpill(spillDirectory ?? null)
  }

  #spillOf(node: PhysicalNode): { spill?: SpillShare } {
    if (this.#spill === null || !canSpill(node)) return {}
    return { spill: { store: this.#spill.store(nameOf(node)), bytesMax: this.#spillShareBytes } }
  }

  // -------------------------------------------------------------------------------------------------------- sinks

  async openSink(node: SinkNode): Promise<void> {
    const meter = this.#meterOf(node)
    const write = { bytesOut: 0 }
    const writer = await this.#openWriter(node, write)
    const holdsPositionsOf = this.#options.holders.has(node.id) ? scansHeldBy(this.#plan, node.id) : null
    this.#sinks.push({ node, writer, write, meter, takesDeadLetters: node.inputs.length === 0, holdsPositionsOf })
    this.#operators.set(node.id, this.#guard(new SinkOperator(node, writer, meter), node, node.inputs.length === 0 ? [null] : node.inputs))
    this.#gatesBehind.set(node.id, node.table.connector === RESULT_CONNECTOR ? [this.#gate(this.#env.results)] : [])
  }

  async #openWriter(node: SinkNode, meter: { bytesOut: number }): Promise<Writer> {
    const { table, mode } = node
    if (table.connector === RESULT_CONNECTOR) return resultWriter(this.#env.results)
    const { jobId, attempt, workerIndex, workerCount, signal } = this.#env
    const { writer } = this.#env.connector(table.connector)
    if (writer === undefined) {
      throw new MillraceError('CONNECTOR_DIRECTION', `connector \`${table.connector}\` of table \`${table.name}\` cannot be written`)
    }
    const context = { shared: this.#newShared(), meter, nowMicros: () => this.#env.nowMicros(), signal }
    const index = this.#plan.nodes.filter(({ kind }) => kind === 'sink').indexOf(node)
    const holds = this.#options.holders.has(node.id) ? { holdsPositions: true } : {}
    return writer.open({ table, mode, workerIndex, workerCount, jobId, attempt, index, ...holds, before: this.#preparedBefore(node) }, context)
  }

  #preparedBefore({ id }: SinkNode): readonly unknown[] {
    const prepared = (this.#options.restore?.workers ?? []).flatMap((worker) => worker.prepared)
    return prepared.filter((sink) => sink.nodeId === id && sink.prepared !== null).map((sink) => sink.prepared)
  }

  // ------------------------------------------------------------------------------------------------ all other nodes

  addOthers(): void {
    for (const node of this.#plan.nodes.toReversed()) {
      if (this.#omitted.has(node.id)) this.#meterOf(node)
      else if (node.kind !== 'sink') this.#add(node)
    }
  }

  #add(node: Exclude<PhysicalNode, SinkNode>): void {
    switch (node.kind) {
      case 'scan': return this.#addScan(node)
      case 'values': return this.#addValues(node)
      case 'calc': return this.#addOperator(node, node.onError, (schema, context) => new CalcOperator(node, schema, context))
      case 'aggregate': return this.#addOperator(node, node.onError, (schema, context) => (node.slices !== undefined && node.phase !== 'partial'
        ? new SlicedAggregateOperator(node, schema, context)
        : new AggregateOperator(node, schema, context)))
      case 'window': return this.#addOperator(
        node, FAIL, (schema, context) => new WindowOperator(node, schema.length, this.#lateWriter(node.judge?.late ?? null, schema), context),
      )
      case 'session': return this.#addOperator(node, node.onError, (schema, context) => {
        const late = this.#lateWriter(node.judge.late, schema)
        return node.calls === null ? new SessionRowsOperator(node, schema, late, context) : new SessionAggregateOperator(node, node.calls, schema, late, context)
      })
      case 'sort': return this.#addOperator(node, FAIL, (schema, context) => new SortOperator(node, schema, context))
      case 'limit': return this.#addOperator(node, FAIL, (schema, context) => new LimitOperator(node, schema, context))
      case 'union': return this.#addOperator(node, FAIL, (_schema, context) => new UnionOperator(node, node.inputs.length, context))
      case 'join': return this.#addOperator(node, node.onError, (left, context) => (
        new JoinOperator(node, left, this.#plan.nodes[node.inputs[1]!]!.schema, context)
      ))
      case 'temporal join': return this.#addOperator(node, node.onError, (left, context) => (
        new TemporalJoinOperator(node, left, this.#plan.nodes[node.inputs[1]!]!.schema, context)
      ))
      case 'over': return this.#addOperator(node, node.onError, (schema, context) => makeOverOperator(node, schema, context))
      case 'top-n': return this.#addOperator(node, FAIL, (schema, context) => new TopNOperator(node, schema, context))
      case 'exchange': return this.#addExchange(node)
      case 'unnest': return this.#addOperator(node, node.onError, (schema, context) => new UnnestOperator(node, schema, context))
      case 'async call': return this.#addAsyncCall(node)
      case 'expand': return this.#addOperator(node, FAIL, (_schema, context) => new ExpandOperator(node, context))
      default: unreachable(node)
    }
  }

  #addOperator(node: PhysicalNode, onError: ErrorPolicy, make: (inputSchema: Schema, context: OperatorContext) => Operator): void {
    if (!this.runsHere(node)) return
    const inputSchema = this.#plan.nodes[node.inputs[0]!]!.schema
    const placement = placementOf(this.#planned, this.#planned.nodes[node.id]!)
    // What comes to a fused aggregate has not been shared out: its groups belong where their keys do.
    const sharedOutBy = this.#fused.has(node.id) && node.kind === 'aggregate' ? [null] : placement.sharedOutBy
    const operator = make(inputSchema, { ...this.#context(node, this.#outputOf(node), onError), sharedOutBy, ...this.#spillOf(node) })
    if (operator.state !== undefined) this.#states.push({ node, state: operator.state, placement })
    this.#operators.set(node.id, this.#guard(operator, node, node.inputs))
    this.#gatesBehind.set(node.id, this.#gatesOfConsumers(node))
  }

  #lateWriter(late: LateRows | null, inputSchema: Schema): LateRowWriter | null {
    if (late === null) return null
    return new LateRowWriter(late, this.#plan.nodes[late.sink]!.schema, inputSchema, this.#operators.get(late.sink)!)
  }

  #addScan(node: ScanNode): void {
    if (!this.runsHere(node)) return
    const meter = this.#meterOf(node)
    const scan = new ScanSource(node, readerFactoryOf(node, this.#env), {
      ...this.#functions,
      env: this.#env,
      settings: this.#plan.settings,
      output: this.#outputOf(node),
      meter,
      failures: this.#failures(node, meter, node.onError),
      shared: this.#newShared(),
    })
    this.#scans.push(scan)
    this.#addIntake(node, scan)
  }

  #addValues(node: ValuesNode): void {
    if (!this.runsHere(node)) return
    const source = new ValuesSource(node, this.#context(node, this.#outputOf(node), FAIL))
    this.#values.push({ node, source })
    this.#addIntake(node, new ValuesIntake(source))
  }

  /** Rows that go on by themselves once their calls are done: an operator, an intake for what is behind it, a gate for what is before. */
  #addAsyncCall(node: AsyncCallNode): void {
    if (!this.runsHere(node)) return
    const inputSchema = this.#plan.nodes[node.inputs[0]!]!.schema
    const placement = placementOf(this.#planned, node)
    const context = { ...this.#context(node, this.#outputOf(node), node.onError), sharedOutBy: placement.sharedOutBy }
    const operator = new AsyncCallOperator(node, inputSchema, context, () => this.#env.monotonicMs())
    this.#states.push({ node, state: operator.state, placement })
    this.#operators.set(node.id, this.#guard(operator, node, node.inputs))
    this.#addIntake(node, operator)
    this.#gatesBehind.set(node.id, [this.#gate(operator)])
  }

  /** An exchange is two operators: its sending end runs where its input does, its receiving end where its output goes. */
  #addExchange(node: ExchangeNode): void {
    if (this.#env.workerCount === 1) {
      const pass = new ExchangePass(this.#outputOf(node), this.#meterOf(node))
      if (node.to.kind === 'all') this.#fanOuts.push({ node, fanOut: pass })
      this.#operators.set(node.id, this.#guard(pass, node, node.inputs))
      this.#gatesBehind.set(node.id, this.#gatesOfConsumers(node))
      return
    }
    const input = this.#plan.nodes[node.inputs[0]!]!
    const port = this.#env.exchange(node.id)
    const gate = this.#gate(port)
    if (node.to.kind !== 'single' || this.#env.workerIndex === 0) {
      const senderCount = input.runsOn === 'all' ? this.#env.workerCount : 1
      this.#addIntake(node, new ExchangeReceiver(port, senderCount, this.#outputOf(node), this.#meterOf(node)))
    }
    if (this.runsHere(input)) {
      const sender = new ExchangeSendOperator(node, port, this.#meterOf(node), this.#plan.settings.batchRows)
      this.#senders.push(sender)
      if (node.to.kind === 'all') this.#fanOuts.push({ node, fanOut: sender })
      this.#operators.set(node.id, this.#guard(sender, node, node.inputs))
    }
    // What flows towards the exchange is held up by the exchange alone, not by what lies behind it.
    this.#gatesBehind.set(node.id, [gate])
  }

  #addIntake(node: PhysicalNode, intake: Intake): void {
    this.#intakes.push({ intake, gates: this.#gatesOfConsumers(node) })
  }

  // -------------------------------------------------------------------------------------------------------- edges

  /** The consumers of a node on this worker, once for each edge. */
  #consumersOf(node: PhysicalNode): { readonly node: PhysicalNode; readonly input: number }[] {
    return this.#plan.nodes.flatMap((consumer) =>
      consumer.inputs.flatMap((id, input) => (id === node.id && this.#operators.has(consumer.id) ? [{ node: consumer, input }] : [])))
  }

  #outputOf(node: PhysicalNode): Output {
    const edges = this.#consumersOf(node).map((consumer) => new Edge(this.#operators.get(consumer.node.id)!, consumer.input))
    assert(edges.length > 0, `the rows of ${nameOf(node)} go somewhere`)
    if (edges.length === 1) return edges[0]!
    const fanOut = new FanOut(edges)
    this.#fanOuts.push({ node, fanOut })
    return fanOut
  }

  #gatesOfConsumers(node: PhysicalNode): readonly GateState[] {
    return [...new Set(this.#consumersOf(node).flatMap((consumer) => this.#gatesBehind.get(consumer.node.id) ?? []))]
  }

  #gate(gate: Gate): GateState {
    let state = this.#gates.get(gate)
    if (state === undefined) this.#gates.set(gate, state = { gate, isOpen: true })
    return state
  }

  /** @param inputs ids of the nodes whose rows come in; null stands for dead letters */
  #guard(operator: Operator, node: PhysicalNode, inputs: readonly (number | null)[]): Operator {
    if (!this.#options.checked) return operator
    return checkedOperator(operator, inputs.map((id) => ({
      schema: id === null ? node.schema : this.#plan.nodes[id]!.schema,
      place: `${id === null ? 'dead letters' : nameOf(this.#plan.nodes[id]!)} → ${nameOf(node)}`,
    })))
  }

  // ------------------------------------------------------------------------------------------------------ contexts

  #context(node: PhysicalNode, output: Output, onError: ErrorPolicy): OperatorContext {
    const meter = this.#meterOf(node)
    const failures = this.#failures(node, meter, onError)
    return {
      ...this.#functions,
      output,
      settings: this.#plan.settings,
      meter,
      rowFailed: (error, origin, row) => failures.rowFailed(error, origin, row),
      requestStop: () => this.#env.requestStop(),
    }
  }

  #failures(node: PhysicalNode, meter: OperatorMeter, policy: ErrorPolicy): RowFailures {
    const sink = policy.sink === null ? undefined : this.#operators.get(policy.sink)
    const deadLetters = sink === undefined ? null : new DeadLetters(this.#plan.nodes[policy.sink!]!.schema, sink)
    return new RowFailures(policy, meter, deadLetters, nameOf(node))
  }

  #meterOf(node: PhysicalNode): OperatorMeter {
    const meter = newMeter()
    this.#meters.push({ node, meter })
    return meter
  }

  #newShared(): SharedThings['get'] {
    const things = new SharedThings()
    this.#shared.push(things)
    return things.get
  }
}

function hasStoredRows(restore: JobSnapshot | null | undefined): (nodeId: number) => boolean {
  return (id) => (restore?.workers ?? []).some(({ operators }) => operators.some(({ nodeId, tables }) => (
    nodeId === id && tables.some(({ name, parts }) => name === 'rows' && parts.some(({ rows }) => rows > 0)))))
}

/** A clock that may be set back, as one that then stands still. Windows over processing time count on it. */
function neverBack(now: () => number): () => number {
  let latest = -Infinity
  return () => (latest = Math.max(latest, now()))
}

function nameOf(node: PhysicalNode): string {
  return `${node.kind} ${node.id}`
}
