import type { RowCompiler } from '../../expressions/row-compiler.js'
import type { Accumulating } from '../../functions/function.js'
import type { Vector } from '../../types/batch.js'
import { copyValue } from '../../types/copy-batch.js'
import { array, DOUBLE, row, type DataType, type Value } from '../../types/data-type.js'
import { vectorBuilderOf, type VectorBuilder } from '../../types/vector-builder.js'
import { checkCountedRows, rowKey } from '../folded-rows.js'
import type { Accumulator, ArgOperand, StoredForm } from './accumulator.js'

/**
 * Any function that cannot take a row back from its state alone (`first_value`, `array_agg`, `max_by`, `corr`): keeps how
 * often each row of arguments is there. As long as rows are only added, the function's own state is carried along; after
 * one was taken back it is made anew from those that are left when the result is next asked for.
 */
export class CountedAccumulator implements Accumulator {
  readonly boxes = true
  readonly wide = false
  readonly #function: Accumulating
  readonly #argTypes: readonly DataType[]
  /** The function sees no difference between a row and two of them. */
  readonly #once: boolean
  readonly #result: VectorBuilder
  readonly stored: StoredForm
  #groups: (CountedGroup | undefined)[] = []
  #rowCount = 0

  /** @param argTypes of all that `add` takes, the ordinal included */
  constructor(implementation: Accumulating, type: DataType, argTypes: readonly DataType[], once: boolean) {
    this.#function = implementation
    this.#argTypes = argTypes
    this.#once = once
    this.#result = vectorBuilderOf(type)
    this.stored = countedForm(
      argTypes, (group) => this.#groups[group]?.rows.values() ?? [], (group, args, count) => this.#change(group, args, count),
    )
  }

  get bytes(): number {
    return this.#rowCount * ROW_BYTES
  }

  ensure(): void {}

  add(group: number, args: readonly Value[]): void {
    this.#change(group, args, 1)
  }

  retract(group: number, args: readonly Value[]): void {
    this.#change(group, args, -1)
  }

  #change(group: number, args: readonly Value[], by: number): void {
    const held = this.#groups[group] ??= { rows: new Map(), state: this.#function.create() }
    const key = rowKey(args, this.#argTypes)
    const known = held.rows.get(key)
    const own = known?.args ?? args.map(copyValue)
    if (known === undefined) {
      checkCountedRows(this.#rowCount)
      held.rows.set(key, { args: own, count: by })
      this.#rowCount++
    } else if ((known.count += by) === 0) {
      held.rows.delete(key)
      this.#rowCount--
    }
    if (by < 0) held.state = null
    else if (held.state !== null) this.#addTo(held.state, own, by)
  }

  #addTo(state: unknown, args: readonly Value[], count: number): void {
    for (let n = this.#once ? 1 : count; n > 0; n--) this.#function.add(state, args)
  }

  #stateOf(group: number): unknown {
    const held = this.#groups[group]
    if (held === undefined) return this.#function.create()
    if (held.state === null) {
      const state = held.state = this.#function.create()
      for (const { args, count } of held.rows.values()) this.#addTo(state, args, count)
    }
    return held.state
  }

  merge(): never {
    throw new Error('broken rule: rows that are taken back are aggregated in one phase')
  }

  emitAdd(code: RowCompiler, args: readonly ArgOperand[]): void {
    code.emit(`${code.constant(this)}.add(g, [${args.map((arg) => arg.boxed).join(', ')}])`)
  }

  emitRetract(code: RowCompiler, args: readonly ArgOperand[]): void {
    code.emit(`${code.constant(this)}.retract(g, [${args.map((arg) => arg.boxed).join(', ')}])`)
  }

  emitMerge(): never {
    return this.merge()
  }

  results(groups: Int32Array, count: number): Vector {
    this.#result.reset()
    for (let i = 0; i < count; i++) this.#result.append(this.#function.result(this.#stateOf(groups[i]!)))
    return this.#result.finish(count)
  }

  states(): never {
    return this.merge()
  }

  reset(group: number): void {
    this.#rowCount -= this.#groups[group]?.rows.size ?? 0
    this.#groups[group] = undefined
  }

  compact(live: Int32Array, count: number): void {
    const groups = this.#groups
    this.#groups = Array.from({ length: count }, (_, i) => groups[live[i]!])
    this.#rowCount = this.#groups.reduce((sum, group) => sum + (group?.rows.size ?? 0), 0)
  }
}

/** What a kept row is reckoned to take. */
const ROW_BYTES = 160

interface CountedGroup {
  readonly rows: Map<string, CountedRow>
  /** The function's state over all rows; null where it has to be made anew. */
  state: unknown
}

export interface CountedRow {
  readonly args: readonly Value[]
  count: number
}

/** A snapshot of rows with how often they are there: one ARRAY of ROWs. */
export function countedForm(
  types: readonly DataType[], rowsOf: (group: number) => Iterable<CountedRow>,
  load: (group: number, args: readonly Value[], count: number) => void,
): StoredForm {
  const column = array(row([...types.map((type, a) => ({ name: `arg${a}`, type })), { name: 'rows', type: DOUBLE }]))
  const builder = vectorBuilderOf(column)
  return {
    types: [column],
    save(groups, count) {
      builder.reset()
      for (let i = 0; i < count; i++) builder.append(Array.from(rowsOf(groups[i]!), ({ args, count: rows }) => [...args, rows]))
      return [builder.finish(count)]
    },
    load(group, [rows]) {
      for (const counted of rows as readonly (readonly Value[])[]) load(group, counted.slice(0, -1), counted.at(-1) as number)
    },
  }
}
