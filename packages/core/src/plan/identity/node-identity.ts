import { assert, unreachable } from '../../errors.js'
import { typeName } from '../../types/data-type.js'
import type { TableDefinition } from '../../connector.js'
import type { AsyncCallNode } from '../physical-async.js'
import type { AggregateNode, LimitNode, PhysicalNode, PhysicalPlan, ScanNode, SinkNode, SortNode, ValuesNode } from '../physical.js'
import type { JoinNode, JoinTime, TemporalJoinNode } from '../physical-join.js'
import type { OverNode, TopNNode } from '../physical-over.js'
import type { ExpandNode, UnnestNode } from '../physical-rows.js'
import type { SessionNode, WindowNode } from '../physical-windows.js'
import { placementOf } from '../row-placement.js'
import { expressionText, textOf, typedText, userText, type Text } from './canonical-text.js'
import { withCondition, withScanCondition } from './conditions.js'
import {
  callTexts, inputFacets, keptColumns, latenessFacet, meaning, orderTexts, plain, shapeText, type Facet, type RowsIn,
} from './facets.js'
import { overFacets, overTexts } from './over-facets.js'
import { textHash } from './text-hash.js'

/** A node by what its rows are; and by what it is, if it remembers something between two epochs. */
export interface NodeText {
  readonly rows: RowsIn
  readonly facets: readonly Facet[] | null
}

/**
 * Tells what the nodes of a plan are, by the tables they read and what is computed of them: not by their numbers, by names that the query
 * gives to columns, nor by what else is read or computed beside.
 *
 * A row set is a source and conditions. Calcs and exchanges give none of their own: columns are told by the expressions that made them.
 */
export function nodeTexts(plan: PhysicalPlan): readonly NodeText[] {
  const texts: NodeText[] = []
  const describer = new Describer(plan, texts)
  for (const node of plan.nodes) texts.push(describer.describe(node))
  return texts
}

class Describer {
  readonly #plan: PhysicalPlan
  /** Of the nodes so far. */
  readonly #texts: readonly NodeText[]
  /** Days and hours of instants depend on where they are. */
  readonly #timeZone: readonly Facet[]

  constructor(plan: PhysicalPlan, texts: readonly NodeText[]) {
    this.#plan = plan
    this.#texts = texts
    this.#timeZone = JSON.stringify(plan.nodes, (_, value: unknown) => (typeof value === 'bigint' ? 0 : value)).includes('"TIMESTAMP_LTZ"')
      ? [plain('time zone', plan.settings.timeZone)]
      : []
  }

  describe(node: PhysicalNode): NodeText {
    switch (node.kind) {
      case 'scan': return scanText(node)
      case 'values': return valuesText(node)
      case 'sink': return { rows: { source: textOf('sink'), conditions: [], columns: [] }, facets: sinkFacets(node) }
      case 'exchange': return stateless(this.#input(node))
      case 'calc': {
        const { source, conditions, columns } = this.#input(node)
        return stateless({ source, conditions: withCondition(conditions, node.filter, columns), columns: node.project.map((e) => expressionText(e, columns)) })
      }
      case 'union': return this.#union(node)
      case 'unnest': return this.#unnest(node)
      case 'expand': return this.#expand(node)
      case 'window': return this.#window(node)
      case 'async call': return this.#asyncCall(node)
      case 'aggregate': return this.#aggregate(node)
      case 'session': return this.#session(node)
      case 'join': case 'temporal join': return this.#join(node)
      case 'over': return this.#over(node)
      case 'top-n': return this.#topN(node)
      case 'sort': return this.#sort(node)
      case 'limit': return this.#limit(node)
      default: return unreachable(node)
    }
  }

  #input(node: PhysicalNode, input = 0): RowsIn {
    return this.#texts[node.inputs[input]!]!.rows
  }

  /** What remembers something is a source of its own: named by its meaning. */
  #keeper(node: PhysicalNode, shown: string, own: readonly Facet[], columns: readonly Text[]): NodeText {
    const facets = [...own, ...this.#timeZone]
    const source = textOf(`${node.kind} ${hashOf(facets.filter(({ of }) => of === 'meaning'))}`, shown)
    return { rows: { source, conditions: [], columns }, facets: [...facets, this.#place(node)] }
  }

  #place(node: PhysicalNode): Facet {
    const { kind, sharedOutBy } = placementOf(this.#plan, node)
    const by = sharedOutBy.map((columns, input) => (columns === null ? '' : columns.map((column) => this.#input(node, input).columns[column]!.shown).join(', ')))
    const copied = node.kind === 'join' && node.copied !== null ? [`the ${node.copied} side is copied to all workers`] : []
    const where = kind === 'first' ? 'on the first worker' : kind === 'split' ? 'where rows are read' : `by ${by.filter((text) => text !== '').join(' and ')}`
    return { name: 'place of rows', of: 'place', values: [where, ...copied].map((text) => textOf(text)) }
  }

  // ---------------------------------------------------------------------------------------------------- without state

  #union(node: PhysicalNode): NodeText {
    const inputs = node.inputs.map((_, i) => this.#input(node, i))
    const parts = inputs.map(({ source, conditions }) => [source.exact, conditions.map((c) => c.exact)])
    const columns = node.schema.map((field, c) => textOf(JSON.stringify(inputs.map((input) => input.columns[c]!.exact)), field.name))
    return stateless({ source: textOf(`union ${textHash(JSON.stringify(parts))}`, 'a union'), conditions: [], columns })
  }

  #unnest(node: UnnestNode): NodeText {
    const input = this.#input(node)
    const args = node.args.map((arg) => expressionText(arg, input.columns))
    const made = JSON.stringify([node.function, userText(node.user), args.map((arg) => arg.exact), node.outer])
    const source = derived('unnest', input, made, `the rows of ${node.user?.name ?? node.function}(${args.map((arg) => arg.shown).join(', ')})`)
    const own = node.schema.length - node.before.length - node.behind.length
    const columns = [
      ...node.before.map((c) => input.columns[c]!),
      ...Array.from({ length: own }, (_, i) => textOf(`${made}.${i}`, node.schema[node.before.length + i]!.name)),
      ...node.behind.map((c) => input.columns[c]!),
    ]
    return stateless({ source, conditions: [], columns })
  }

  #expand(node: ExpandNode): NodeText {
    const input = this.#input(node)
    const sets = JSON.stringify(node.nulls.map((columns) => columns.map((c) => input.columns[node.columns[c]!]!.exact).sort()))
    const columns = node.columns.map((c) => (c === -1 ? textOf('#set') : textOf(`#in set ${input.columns[c]!.exact}`, input.columns[c]!.shown)))
    return stateless({ source: derived('expand', input, sets, 'grouping sets'), conditions: [], columns })
  }

  #window(node: WindowNode): NodeText {
    const input = this.#input(node)
    const { exact, shown } = input.columns[node.time]!
    const made = JSON.stringify([exact, shapeText(node.shape), node.assign, node.judge?.latenessMicros ?? null])
    const added = ['window_start', 'window_end', 'window_time'].map((name) => textOf(`#${name}`, name))
    const columns = [...input.columns.slice(0, node.width), ...added, ...input.columns.slice(node.width)]
    return stateless({ source: derived('window', input, made, `windows ${shapeText(node.shape)} by ${shown}`), conditions: [], columns })
  }

  // ------------------------------------------------------------------------------------------------------- with state

  #asyncCall(node: AsyncCallNode): NodeText {
    const input = this.#input(node)
    const args = node.args.map((arg) => expressionText(arg, input.columns))
    const exact = JSON.stringify([node.user.name, userText(node.user), args.map((arg) => arg.exact)])
    const call = textOf(exact, `${node.user.name}(${args.map((arg) => arg.shown).join(', ')})`)
    const facets = [...inputFacets(input), meaning('call', [call]), keptColumns('columns of rows that wait', input.columns, this.#plan.nodes[node.inputs[0]!]!.schema)]
    return this.#keeper(node, `rows with ${call.shown}`, facets, [...node.before.map((c) => input.columns[c]!), call, ...node.behind.map((c) => input.columns[c]!)])
  }

  /** `final` does with `partial` what `complete` does alone. */
  #aggregate(node: AggregateNode): NodeText {
    const input = this.#input(node)
    const keys = node.keys.map((key) => typedText(key, input.columns))
    if (node.phase === 'partial') return stateless({ ...input, columns: node.schema.map((_, i) => keyOrState(node, i, input)) })
    const first = node.phase === 'final' ? partialOf(this.#plan, node) : node
    const rows = this.#input(first)
    const calls = callTexts(first.calls, rows.columns)
    const facets: Facet[] = [
      ...inputFacets({ ...rows, conditions: withCondition(rows.conditions, first.filter, rows.columns) }),
      meaning('GROUP BY key', keys),
      meaning('aggregate calls', calls),
      ...windowFacets(node, keys),
      plain('results', node.emit, ...(node.retracting === true ? ['of rows that are taken back'] : [])),
    ]
    const isForgetful = node.emit === 'changes' && node.window === null && node.keys.length > 0 && this.#plan.settings.stateTtlMs !== undefined
    if (isForgetful) facets.push({ name: 'state.ttl', of: 'layout', values: [textOf('times of last use are kept')] })
    const by = keys.length === 0 ? '' : ` by ${keys.map((key) => key.shown).join(', ')}`
    const kept = node.schema.length - node.calls.length
    const columns = [...node.keys.slice(0, kept).map((key) => expressionText(key, input.columns)), ...calls.map(({ exact, shown }) => textOf(`#${exact}`, shown))]
    return this.#keeper(node, `groups${by}`, facets, columns)
  }

  #session(node: SessionNode): NodeText {
    const input = this.#input(node)
    const schema = this.#plan.nodes[node.inputs[0]!]!.schema
    const keys = node.keys.map((k) => textOf(`${input.columns[k]!.exact} ${typeName(schema[k]!.type)}`, input.columns[k]!.shown))
    const calls = node.calls === null ? null : callTexts(node.calls, input.columns)
    const facets = [
      ...inputFacets(input), meaning('session key', keys), meaning('time', [input.columns[node.time]!]), plain('gap', `${node.gapMicros / 1_000} ms`),
      ...(calls === null ? [keptColumns('columns kept', input.columns, schema)] : [meaning('aggregate calls', calls)]),
      latenessFacet(node.judge), plain('results', node.emit),
    ]
    const bounds = ['window_start', 'window_end'].map((name) => textOf(`#${name}`, name))
    const columns = calls === null
      ? [...input.columns.slice(0, node.width), ...bounds, textOf('#window_time', 'window_time')]
      : [...node.keys.map((k) => input.columns[k]!), ...bounds, ...calls.map(({ exact, shown }) => textOf(`#${exact}`, shown))]
    return this.#keeper(node, 'sessions', facets, columns)
  }

  #join(node: JoinNode | TemporalJoinNode): NodeText {
    const [left, right] = [this.#input(node, 0), this.#input(node, 1)]
    const schemas = node.inputs.map((id) => this.#plan.nodes[id]!.schema)
    const sides = [...left.columns.map(sideText('left')), ...right.columns.map(sideText('right'))]
    const keys = node.leftKeys.map((key, k) => textOf(
      JSON.stringify([left.columns[key]!.exact, right.columns[node.rightKeys[k]!]!.exact, node.kind === 'join' && node.nullsEqual[k]]),
      `${left.columns[key]!.shown} = ${right.columns[node.rightKeys[k]!]!.shown}`,
    ))
    const facets = [
      ...inputFacets(left, 'left '), ...inputFacets(right, 'right '),
      plain('type of join', node.kind, node.type), meaning('join key', keys),
      meaning('condition', node.residual === null ? [] : [expressionText(node.residual, sides)]),
      timeFacet(node.kind === 'join' ? node.bound : { kind: 'versions', sides: node.sides }, [left, right]),
      ...(node.kind === 'join' ? [plain('results', node.emit)] : []),
      keptColumns('columns kept of the left input', left.columns, schemas[0]!),
      keptColumns('columns kept of the right input', right.columns, schemas[1]!),
    ]
    return this.#keeper(node, 'a join', facets, node.output.map((c) => sides[c]!))
  }

  #over(node: OverNode): NodeText {
    const input = this.#input(node)
    const schema = this.#plan.nodes[node.inputs[0]!]!.schema
    const calls = overTexts(node.calls, input.columns)
    const facets = [...inputFacets(input), ...overFacets(node, input.columns), meaning('calls', calls), plain('results', node.mode), keptColumns('columns kept', input.columns, schema)]
    return this.#keeper(node, 'rows with OVER', facets, [...input.columns.slice(0, node.width), ...calls.map(({ exact, shown }) => textOf(`#${exact}`, shown))])
  }

  #topN(node: TopNNode): NodeText {
    const input = this.#input(node)
    const facets = [
      ...inputFacets(input), ...overFacets(node, input.columns), plain('places', node.function, `${node.from} to ${node.to}`),
      plain('results', node.emit, ...(node.rank ? ['with the place'] : []), ...(node.retracting ? ['of rows that are taken back'] : []), ...(node.latest ? ['latest first'] : [])),
      keptColumns('columns kept', input.columns, this.#plan.nodes[node.inputs[0]!]!.schema),
    ]
    return this.#keeper(node, 'first rows', facets, [...input.columns.slice(0, node.width), ...(node.rank ? [textOf('#place', 'place')] : [])])
  }

  #sort(node: SortNode): NodeText {
    const input = this.#input(node)
    const facets = [
      ...inputFacets(input), meaning('ORDER BY', orderTexts(node.keys, input.columns)), plain('LIMIT', node.limit ?? 'none', node.offset),
      ...(node.retracting === true ? [plain('results', 'of rows that are taken back')] : []),
      keptColumns('columns kept', input.columns, node.schema),
    ]
    return this.#keeper(node, 'sorted rows', facets, input.columns)
  }

  #limit(node: LimitNode): NodeText {
    const input = this.#input(node)
    return this.#keeper(node, 'first rows', [...inputFacets(input), plain('LIMIT', node.limit, node.offset)], input.columns)
  }
}

function stateless(rows: RowsIn): NodeText {
  return { rows, facets: null }
}

/** A source made of an input and its conditions. */
function derived(kind: string, { source, conditions }: RowsIn, made: string, shown: string): Text {
  return textOf(`${kind} ${textHash(JSON.stringify([source.exact, conditions.map((c) => c.exact), made]))}`, shown)
}

export function hashOf(facets: readonly Facet[]): string {
  return textHash(JSON.stringify(facets.map(({ name, values }) => [name, values.map(({ exact }) => exact)])))
}

// ------------------------------------------------------------------------------------------------------------ tables

function scanText(node: ScanNode): NodeText {
  const columns = node.spec.columns.map(({ name, path, metadata, type }) => (
    textOf(`${JSON.stringify([path ?? name, metadata])}:${typeName(type)}`, name)))
  const conditions = node.spec.filter.reduce<RowsIn['conditions']>(
    (all, condition) => withScanCondition(all, condition, columns[condition.column]!, node.spec.columns[condition.column]!.type), [])
  const facets = [
    ...tableFacets(node.spec.table), plain('reading', node.bounded ? 'to its end' : 'for ever', ...(node.clock === true ? ['by the clock'] : [])),
    ...(node.firstRows === undefined ? [] : [plain('first rows', node.firstRows)]),
  ]
  const source = textOf(`read ${hashOf(facets)}`, node.spec.table.name)
  return { rows: { source, conditions, columns: [...columns, ...node.hidden.map((name) => textOf(`#${name}`))] }, facets }
}

function valuesText(node: ValuesNode): NodeText {
  const rows = node.rows.map((row) => textOf(JSON.stringify(row.map((e) => expressionText(e, []).exact)), 'a row'))
  const facets = [meaning('rows', rows)]
  const columns = node.schema.map((field, i) => textOf(`#${i}`, field.name))
  return { rows: { source: textOf(`values ${hashOf(facets)}`, 'VALUES'), conditions: [], columns }, facets }
}

function sinkFacets(node: SinkNode): readonly Facet[] {
  return [...tableFacets(node.table), plain('PRIMARY KEY', ...node.table.primaryKey), plain('rows', node.takes ?? (node.inputs.length === 0 ? 'failed rows' : 'of a query'))]
}

function tableFacets({ name, connector, options, identity }: TableDefinition): readonly Facet[] {
  const given = Object.entries(identity ?? options).sort(([a], [b]) => (a < b ? -1 : 1))
  // Values may be secret where nobody has said which are not.
  const texts = given.map(([key, value]) => textOf(JSON.stringify([key, value]), identity === undefined ? `'${key}'` : `'${key}' = '${value}'`))
  return [plain('table', name), plain('connector', connector), meaning('options', texts)]
}

// ------------------------------------------------------------------------------------------------------------- parts

function partialOf(plan: PhysicalPlan, final: AggregateNode): AggregateNode {
  let node: PhysicalNode = plan.nodes[final.inputs[0]!]!
  while (node.kind === 'exchange') node = plan.nodes[node.inputs[0]!]!
  assert(node.kind === 'aggregate' && node.phase === 'partial', 'a final aggregate has its partial one in front')
  return node
}

function keyOrState(node: AggregateNode, column: number, input: RowsIn): Text {
  return column < node.keys.length ? expressionText(node.keys[column]!, input.columns) : textOf(`#state ${column}`)
}

function windowFacets({ window, slices }: AggregateNode, keys: readonly Text[]): readonly Facet[] {
  if (window === null) return []
  const shape = slices === undefined ? [] : [`${shapeText(slices.shape)}${slices.from ? ' from' : ''}`]
  return [
    meaning('window', [keys[window.endKey]!, ...shape.map((text) => textOf(text))]),
    latenessFacet({ latenessMicros: window.allowedLatenessMicros }),
  ]
}

function sideText(side: string): (column: Text) => Text {
  return ({ exact, shown }) => textOf(`${side} ${exact}`, shown)
}

function timeFacet(time: JoinTime | { kind: 'versions'; sides: JoinTime['sides'] } | null, inputs: readonly RowsIn[]): Facet {
  if (time === null) return meaning('bound in time', [])
  const sides = time.sides.map(({ time: column, doneMicros, lateMicros }, s) => {
    const { exact, shown } = inputs[s]!.columns[column]!
    return textOf(JSON.stringify([exact, doneMicros, lateMicros]), `${shown} + ${doneMicros / 1_000} ms`)
  })
  return meaning('bound in time', [textOf(time.kind), ...sides])
}

