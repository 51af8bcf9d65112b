import type { RowCompiler } from '../../expressions/row-compiler.js'
import type { Accumulating } from '../../functions/function.js'
import type { AggregateCall } from '../../plan/physical.js'
import { orderedElementType } from '../../plan/aggregate-state.js'
import { valueKey } from '../../state/value-key.js'
import type { Vector } from '../../types/batch.js'
import { copyValue } from '../../types/copy-batch.js'
import { array, type DataType, type Value } from '../../types/data-type.js'
import { compareValues, type Comparator } from '../../types/value.js'
import { vectorBuilderOf, type VectorBuilder } from '../../types/vector-builder.js'
import { rowKey } from '../folded-rows.js'
import type { Accumulator, ArgOperand, StoredForm } from './accumulator.js'
import { countedForm, type CountedRow } from './counted-accumulator.js'

/** Arguments, keys of the order, ordinal: what `add` takes, and an element of the state. */
type Row = readonly Value[]

/**
 * ORDER BY inside a call, and DISTINCT of a function that depends on order: keeps the rows of each group and aggregates
 * them, sorted, when the result is asked for. With DISTINCT the first row in that order stands for its equals, so that
 * the result does not depend on who saw which row first.
 */
export class OrderedAccumulator implements Accumulator {
  readonly boxes = true
  readonly wide = false
  readonly #call: AggregateCall
  readonly #function: Accumulating
  readonly #argCount: number
  readonly #order: Comparator
  readonly #result: VectorBuilder
  readonly #state: VectorBuilder
  readonly #rowTypes: readonly DataType[]
  readonly stored: StoredForm
  /** By group, rows by their keys and how often they are there. */
  #rows: (Map<string, CountedRow> | undefined)[] = []
  #rowCount = 0

  constructor(call: AggregateCall, implementation: Accumulating) {
    this.#call = call
    this.#function = implementation
    this.#argCount = call.argTypes.length
    this.#order = orderOf(call)
    this.#result = vectorBuilderOf(call.type)
    const element = orderedElementType(call)
    this.#state = vectorBuilderOf(array(element))
    this.#rowTypes = element.kind === 'ROW' ? element.fields.map(({ type }) => type) : []
    this.stored = countedForm(
      this.#rowTypes, (group) => this.#rows[group]?.values() ?? [], (group, row, count) => this.#change(group, row, count),
    )
  }

  get bytes(): number {
    return this.#rowCount * 128
  }

  ensure(): void {}

  /** @param args the call's arguments, the values of its ORDER BY, the ordinal */
  add(group: number, args: readonly Value[]): void {
    this.#change(group, args, 1)
  }

  retract(group: number, args: readonly Value[]): void {
    this.#change(group, args, -1)
  }

  #change(group: number, args: Row, by: number): void {
    const rows = this.#rows[group] ??= new Map()
    const key = rowKey(args, this.#rowTypes)
    const known = rows.get(key)
    this.#rowCount += by
    if (known === undefined) rows.set(key, { args: args.map(copyValue), count: by })
    else if ((known.count += by) === 0) rows.delete(key)
  }

  merge(group: number, [rows]: readonly Value[]): void {
    for (const row of rows as readonly Row[] | null ?? []) this.add(group, row)
  }

  emitAdd(code: RowCompiler, args: readonly ArgOperand[]): void {
    code.emit(`${code.constant(this)}.add(g, [${args.map((arg) => arg.boxed).join(', ')}])`)
  }

  emitRetract(code: RowCompiler, args: readonly ArgOperand[]): void {
    code.emit(`${code.constant(this)}.retract(g, [${args.map((arg) => arg.boxed).join(', ')}])`)
  }

  emitMerge(code: RowCompiler, [rows]: readonly ArgOperand[]): void {
    code.emit(`${code.constant(this)}.merge(g, [${rows!.boxed}])`)
  }

  results(groups: Int32Array, count: number): Vector {
    this.#result.reset()
    for (let i = 0; i < count; i++) this.#result.append(this.#resultOf(groups[i]!))
    return this.#result.finish(count)
  }

  #resultOf(group: number): Value {
    const state = this.#function.create()
    this.#sorted(group).forEach((row, position) => this.#function.add(state, [...row.slice(0, this.#argCount), position]))
    return this.#function.result(state)
  }

  #sorted(group: number): Row[] {
    const counted = [...this.#rows[group]?.values() ?? []]
    const all = counted.flatMap(({ args, count }) => Array.from({ length: Math.max(0, count) }, () => args))
    const rows = all.sort(this.#order as (a: Row, b: Row) => number)
    if (!this.#call.distinct) return rows
    const seen = new Set<string>()
    return rows.filter((row) => {
      const key = JSON.stringify(this.#call.argTypes.map((type, a) => valueKey(row[a]!, type)))
      return !seen.has(key) && seen.add(key)
    })
  }

  states(groups: Int32Array, count: number): Vector[] {
    this.#state.reset()
    for (let i = 0; i < count; i++) this.#state.append(this.#sorted(groups[i]!))
    return [this.#state.finish(count)]
  }

  reset(group: number): void {
    for (const { count } of this.#rows[group]?.values() ?? []) this.#rowCount -= count
    this.#rows[group] = undefined
  }

  compact(live: Int32Array, count: number): void {
    const rows = this.#rows
    this.#rows = Array.from({ length: count }, (_, i) => rows[live[i]!])
    this.#rowCount = 0
    for (const kept of this.#rows) for (const { count } of kept?.values() ?? []) this.#rowCount += count
  }
}

function orderOf(call: AggregateCall): Comparator {
  const first = call.argTypes.length
  const keys = call.orderBy.map(({ key, descending, nullsFirst }) => ({ compare: compareValues(key.type), descending, nullsFirst }))
  const ordinal = first + keys.length
  // Rows of one ordinal are those of an input that has none.
  const compareArgs = call.argTypes.map((type) => compareValues(type))
  const compareArguments = (x: Row, y: Row): number => {
    for (let a = 0; a < first; a++) {
      const order = compareArgs[a]!(x[a]!, y[a]!)
      if (order !== 0) return order
    }
    return 0
  }
  return (a, b) => {
    const x = a as Row
    const y = b as Row
    for (let k = 0; k < keys.length; k++) {
      const { compare, descending, nullsFirst } = keys[k]!
      const p = x[first + k]!
      const q = y[first + k]!
      if (p === null || q === null) {
        if (p === q) continue
        return (p === null) === nullsFirst ? -1 : 1
      }
      const order = compare(p, q)
      if (order !== 0) return descending ? -order : order
    }
    const order = (x[ordinal] as number) - (y[ordinal] as number)
    return order !== 0 ? order : compareArguments(x, y)
  }
}
