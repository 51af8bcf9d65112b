import type { RowCompiler } from '../../expressions/row-compiler.js'
import type { Accumulating } from '../../functions/function.js'
import type { Vector } from '../../types/batch.js'
import type { DataType, Value } from '../../types/data-type.js'
import { copyValue } from '../../types/copy-batch.js'
import { vectorBuilderOf, type VectorBuilder } from '../../types/vector-builder.js'
import type { Accumulator, ArgOperand } from './accumulator.js'

/** Any aggregate function by its definition: one object a group. The oracle of the columnar forms. */
export class ObjectAccumulator implements Accumulator {
  readonly boxes = true
  readonly wide = false
  readonly #function: Accumulating
  readonly #result: VectorBuilder
  readonly #stateColumns: readonly VectorBuilder[]
  #states: unknown[] = []

  constructor(implementation: Accumulating, type: DataType, stateTypes: readonly DataType[]) {
    this.#function = implementation
    this.#result = vectorBuilderOf(type)
    this.#stateColumns = stateTypes.map((stateType) => vectorBuilderOf(stateType))
  }

  get bytes(): number {
    return this.#states.length * STATE_BYTES
  }

  ensure(): void {}

  /** Groups come into being when they are first touched; one that never was has the empty state. */
  #stateOf(group: number): unknown {
    return this.#states[group] ??= this.#function.create()
  }

  add(group: number, args: readonly Value[]): void {
    this.#function.add(this.#stateOf(group), args.some(isMutable) ? args.map(copyValue) : args)
  }

  retract(group: number, args: readonly Value[]): void {
    this.#function.retract!(this.#stateOf(group), args)
  }

  merge(group: number, state: readonly Value[]): void {
    this.#function.merge(this.#stateOf(group), this.#function.load(state.some(isMutable) ? state.map(copyValue) : state))
  }

  emitAdd(code: RowCompiler, args: readonly ArgOperand[]): void {
    code.emit(`${code.constant(this)}.add(g, [${args.map((arg) => arg.boxed).join(', ')}])`)
  }

  emitRetract(code: RowCompiler, args: readonly ArgOperand[]): void {
    code.emit(`${code.constant(this)}.retract(g, [${args.map((arg) => arg.boxed).join(', ')}])`)
  }

  emitMerge(code: RowCompiler, state: readonly ArgOperand[]): void {
    code.emit(`${code.constant(this)}.merge(g, [${state.map((column) => column.boxed).join(', ')}])`)
  }

  results(groups: Int32Array, count: number): Vector {
    this.#result.reset()
    for (let i = 0; i < count; i++) this.#result.append(this.#function.result(this.#stateOf(groups[i]!)))
    return this.#result.finish(count)
  }

  states(groups: Int32Array, count: number): Vector[] {
    for (const column of this.#stateColumns) column.reset()
    for (let i = 0; i < count; i++) {
      const values = this.#function.save(this.#stateOf(groups[i]!))
      this.#stateColumns.forEach((column, s) => column.append(values[s]!))
    }
    return this.#stateColumns.map((column) => column.finish(count))
  }

  reset(group: number): void {
    this.#states[group] = undefined
  }

  compact(live: Int32Array, count: number): void {
    const states = this.#states
    this.#states = Array.from({ length: count }, (_, i) => states[live[i]!])
  }
}

/** What a state is reckoned to take; sets and lists take more. */
const STATE_BYTES = 96

/** Values that may be views of a batch's memory. */
function isMutable(value: Value): boolean {
  return typeof value === 'object' && value !== null
}
