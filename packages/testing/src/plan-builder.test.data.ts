import type { AggregateNode, DataType, ErrorPolicy, ExchangeNode, Field, PhysicalNode, PhysicalPlan, PlanSettings, ScanNode, Schema, SortKey, TableDefinition } from '@millrace/core'
import { BIGINT, BOOLEAN, decimal, DOUBLE } from '@millrace/core'

/** Plans written by hand, for tests of what runs them. Every method adds a node and returns its id. */

type Expression = NonNullable<ScanNode['watermark']>
type AggregateCall = AggregateNode['calls'][number]

export const FAIL: ErrorPolicy = { action: 'fail', sink: null }
const LOCAL = { kind: 'local', reason: 'a test says so' } as const

type NewNode<Node> = Node extends PhysicalNode ? Omit<Node, 'id' | 'runsOn' | 'distribution'> & { runsOn?: 'all' | 'first' } : never

export class PlanBuilder {
  readonly #nodes: PhysicalNode[] = []

  scan(table: TableDefinition, parts: Partial<ScanNode> = {}): number {
    const batchRows = parts.spec?.batchRows ?? 4
    const hidden = parts.hidden ?? []
    return this.#add({
      kind: 'scan', inputs: [], schema: [...table.columns, ...hidden.map((name) => ({ name, type: DOUBLE, nullable: false }))],
      spec: { table, columns: table.columns, filter: [], batchRows }, hidden, watermark: null, bounded: true, idleTimeoutMs: null, onError: FAIL, summary: '', ...parts,
    })
  }

  calc(input: number, filter: Expression | null, project: readonly [string, Expression][], onError: ErrorPolicy = FAIL): number {
    const schema = project.map(([name, { type, nullable }]): Field => ({ name, type, nullable }))
    return this.#add({ kind: 'calc', inputs: [input], schema, filter, project: project.map(([, e]) => e), onError })
  }

  aggregate(input: number, keys: readonly string[], calls: readonly (readonly [string, AggregateCall])[], parts: Partial<AggregateNode> = {}): number {
    const keyed = keys.map((key) => this.column(input, key))
    const schema = [...keyed.map((key, i) => ({ name: keys[i]!, type: key.type, nullable: key.nullable })), ...calls.map(([name, { type }]) => ({ name, type, nullable: name !== 'count' }))]
    return this.#add({ kind: 'aggregate', inputs: [input], schema, phase: 'complete', filter: null, keys: keyed, calls: calls.map(([, call]) => call), window: null, emit: 'final', onError: FAIL, ...parts })
  }

  /** Partial, exchange by key (or to one worker), final. */
  mergedAggregate(input: number, keys: readonly string[], calls: readonly (readonly [string, AggregateCall])[], parts: Partial<AggregateNode> = {}): number {
    const states = calls.flatMap(([name, call]) => stateTypes(call).map((type, i): Field => ({ name: `${name} ${i}`, type, nullable: true })))
    const schema: Schema = [...keys.map((key) => this.#field(input, key)), ...states]
    const partial = this.aggregate(input, keys, calls, { ...parts, phase: 'partial', schema })
    const moved = this.exchange(partial, keys.length === 0 ? { kind: 'single' } : { kind: 'hash', columns: keys.map((_, i) => i) })
    const runsOn = keys.length === 0 ? 'first' : 'all'
    return this.aggregate(moved, keys, calls, { ...parts, phase: 'final', runsOn, window: parts.window == null ? null : { ...parts.window, watermarkColumn: null } })
  }

  exchange(input: number, to: ExchangeNode['to']): number {
    return this.#add({ kind: 'exchange', inputs: [input], schema: this.#nodes[input]!.schema, to })
  }

  sort(input: number, keys: readonly SortKey[], parts: { limit?: number; offset?: number; runsOn?: 'all' | 'first' } = {}): number {
    return this.#add({ kind: 'sort', inputs: [input], schema: this.#nodes[input]!.schema, keys, limit: null, offset: 0, ...parts })
  }

  limit(input: number, limit: number, offset = 0): number {
    return this.#add({ kind: 'limit', inputs: [input], schema: this.#nodes[input]!.schema, limit, offset, runsOn: 'first' })
  }

  union(...inputs: number[]): number {
    return this.#add({ kind: 'union', inputs, schema: this.#nodes[inputs[0]!]!.schema })
  }

  values(schema: Schema, rows: readonly (readonly Expression[])[]): number {
    return this.#add({ kind: 'values', inputs: [], schema, rows, runsOn: 'first' })
  }

  /** @param input null for a table of failed rows */
  sink(input: number | null, table: TableDefinition, runsOn: 'all' | 'first' = 'all'): number {
    const schema = input === null ? table.columns : this.#nodes[input]!.schema
    return this.#add({ kind: 'sink', inputs: input === null ? [] : [input], schema, table, mode: 'retract', guarantee: 'exactly-once', summary: '', runsOn })
  }

  result(input: number, runsOn: 'all' | 'first' = 'all'): number {
    return this.sink(input, { name: 'result', connector: 'result', options: {}, columns: [], primaryKey: [], partitionedBy: [], baseDirectory: '/' }, runsOn)
  }

  column(node: number, name: string): Expression {
    const index = this.#nodes[node]!.schema.findIndex((field) => field.name === name)
    return { kind: 'column', index, ...this.#nodes[node]!.schema[index]! }
  }

  #field(node: number, name: string): Field {
    return this.#nodes[node]!.schema.find((field) => field.name === name)!
  }

  plan(workerCount: number, settings: Partial<PlanSettings> = {}): PhysicalPlan {
    return { formatVersion: 1, strategy: 'pipelines', workerCount, settings: { compile: true, batchRows: 4, timeZone: 'UTC', seed: 1, ...settings }, nodes: this.#nodes }
  }

  #add(node: NewNode<PhysicalNode>): number {
    const id = this.#nodes.length
    this.#nodes.push({ runsOn: 'all', distribution: LOCAL, ...node, id } as PhysicalNode)
    return id
  }
}

export function literal(value: null | boolean | number | bigint | string, type: DataType): Expression {
  return { kind: 'literal', value, type, nullable: value === null }
}

export function call(name: string, type: DataType, ...args: Expression[]): Expression {
  return { kind: 'call', name, args, type, nullable: args.some(({ nullable }) => nullable) }
}

export const greater = (a: Expression, b: Expression): Expression => call('>', BOOLEAN, a, b)

export const countAll: AggregateCall = { name: 'count', args: [], distinct: false, filter: null, argTypes: [], type: BIGINT, orderBy: [] }

export function sumOf(arg: Expression): AggregateCall {
  return { name: 'sum', args: [arg], distinct: false, filter: null, argTypes: [arg.type], type: BIGINT, orderBy: [] }
}

function stateTypes({ name }: AggregateCall): readonly DataType[] {
  return name === 'count' ? [BIGINT] : [decimal(38, 0), BIGINT]
}
