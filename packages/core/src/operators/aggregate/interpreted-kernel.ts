import { makeInterpreter, type RowFunction } from '../../expressions/interpreter.js'
import { ROW_KIND_SIGN } from '../../types/batch.js'
import type { Batch } from '../../types/batch.js'
import type { Schema, Value } from '../../types/data-type.js'
import { rowValues } from '../../types/vector-access.js'
import type { OperatorContext } from '../operator.js'
import { isRowError } from './group-emitter.js'
import type { Groups } from './groups.js'
import type { AggregateKernel, KernelCall, KernelSpec } from './kernel.js'

/** Row by row, value by value. */
export class InterpretedKernel implements AggregateKernel {
  readonly #spec: KernelSpec
  readonly #schema: Schema
  readonly #groups: Groups
  readonly #context: OperatorContext
  readonly #filter: RowFunction | null
  readonly #keys: readonly RowFunction[]
  readonly #calls: readonly InterpretedCall[]

  constructor(spec: KernelSpec, schema: Schema, groups: Groups, context: OperatorContext) {
    this.#spec = spec
    this.#schema = schema
    this.#groups = groups
    this.#context = context
    this.#filter = spec.filter === null ? null : makeInterpreter(spec.filter, context)
    this.#keys = spec.keys.map((key) => makeInterpreter(key, context))
    this.#calls = spec.calls.map((call) => ({
      call,
      filter: call.filter === null ? null : makeInterpreter(call.filter, context),
      inputs: call.inputs.map((input) => makeInterpreter(input, context)),
    }))
  }

  /** @param from the first row to take */
  run(batch: Batch, closed: number, from = 0): void {
    this.#groups.reserve(batch.length)
    for (let i = from; i < batch.length; i++) {
      try {
        this.#runRow(batch, i, closed)
      } catch (error) {
        if (!isRowError(error)) throw error
        this.#context.rowFailed(error, batch.origin, i)
      }
    }
  }

  #runRow(batch: Batch, i: number, closed: number): void {
    const { meter } = this.#context
    const row = rowValues(batch, this.#schema, i)
    if (this.#filter !== null && this.#filter(row) !== true) {
      meter.rowsFiltered++
      return
    }
    const keys = this.#keys.map((key) => key(row))
    if (this.#isLate(keys, row, closed)) {
      meter.rowsLate++
      return
    }
    const inputs = this.#calls.map(({ filter, inputs: functions }) => {
      return filter === null || filter(row) === true ? functions.map((input) => input(row)) : null
    })
    const { group } = this.#spec
    this.#apply(group === undefined ? this.#groups.table.groupOf(keys) : row[group.index] as number, inputs, batch.rowKinds === null ? 1 : ROW_KIND_SIGN[batch.rowKinds[i]!]!)
    meter.rowsAggregated++
  }

  #isLate(keys: readonly Value[], row: readonly Value[], closed: number): boolean {
    const { window } = this.#spec
    if (window === null) return false
    const end = keys[window.endKey] as number | null
    if (end === null) return false
    const seen = window.watermarkColumn === null ? -Infinity : row[window.watermarkColumn] as number | null ?? -Infinity
    return end + window.allowedLatenessMicros <= Math.max(seen, closed)
  }

  #apply(group: number, inputs: readonly (readonly Value[] | null)[], sign: number): void {
    const { rowCounts, touched, changes } = this.#groups
    changes?.beforeChange(group)
    this.#groups.revive(group)
    touched?.touch(group)
    if (rowCounts !== null) {
      if (sign < 0 && this.#spec.ignoresUnknown === true && rowCounts[group]! <= 0) return
      rowCounts[group]! += sign
    }
    this.#calls.forEach(({ call: { accumulator } }, c) => {
      const values = inputs[c]!
      if (values === null) return
      if (this.#spec.merging) accumulator.merge(group, values)
      else if (sign > 0) accumulator.add(group, values)
      else accumulator.retract(group, values)
    })
  }
}

interface InterpretedCall {
  readonly call: KernelCall
  readonly filter: RowFunction | null
  readonly inputs: readonly RowFunction[]
}
