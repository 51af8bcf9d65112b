import { MillraceError } from '../../errors.js'
import type { RowCompiler } from '../../expressions/row-compiler.js'
import type { Accumulating } from '../../functions/function.js'
import type { AggregateCall } from '../../plan/physical.js'
import { orderedElementType } from '../../plan/aggregate-state.js'
import { valueKey } from '../../state/value-key.js'
import type { Vector } from '../../types/batch.js'
import { copyValue } from '../../types/copy-batch.js'
import { array, type Value } from '../../types/data-type.js'
import { compareValues, type Comparator } from '../../types/value.js'
import { vectorBuilderOf, type VectorBuilder } from '../../types/vector-builder.js'
import type { Accumulator, ArgOperand } from './accumulator.js'

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
  #rows: (Row[] | undefined)[] = []
  #rowCount = 0

  constructor(call: AggregateCall, implementation: Accumulating) {
    this.#call = call
    this.#function = implementation
    this.#argCount = call.argTypes.length
    this.#order = orderOf(call)
    this.#result = vectorBuilderOf(call.type)
    this.#state = vectorBuilderOf(array(orderedElementType(call)))
  }

  get bytes(): number {
    return this.#rowCount * 128
  }

  ensure(): void {}

  /** @param args the call's arguments, the values of its ORDER BY, the ordinal */
  add(group: number, args: readonly Value[]): void {
    (this.#rows[group] ??= []).push(args.map(copyValue))
    this.#rowCount++
  }

  retract(): void {
    const what = `${this.#call.name} with ORDER BY or DISTINCT`
    throw new MillraceError('SQL_CHANGELOG', `${what} cannot take rows back; use EMIT FINAL in the query below it`)
  }

  merge(group: number, [rows]: readonly Value[]): void {
    for (const row of rows as readonly Row[] | null ?? []) this.add(group, row)
  }

  emitAdd(code: RowCompiler, args: readonly ArgOperand[]): void {
    code.emit(`${code.constant(this)}.add(g, [${args.map((arg) => arg.boxed).join(', ')}])`)
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
    const rows = (this.#rows[group] ?? []).toSorted(this.#order as (a: Row, b: Row) => number)
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
    this.#rowCount -= this.#rows[group]?.length ?? 0
    this.#rows[group] = undefined
  }

  compact(live: Int32Array, count: number): void {
    const rows = this.#rows
    this.#rows = Array.from({ length: count }, (_, i) => rows[live[i]!])
    this.#rowCount = this.#rows.reduce((sum, kept) => sum + (kept?.length ?? 0), 0)
  }
}

function orderOf(call: AggregateCall): Comparator {
  const first = call.argTypes.length
  const keys = call.orderBy.map(({ key, descending, nullsFirst }) => ({ compare: compareValues(key.type), descending, nullsFirst }))
  const ordinal = first + keys.length
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
    return (x[ordinal] as number) - (y[ordinal] as number)
  }
}
