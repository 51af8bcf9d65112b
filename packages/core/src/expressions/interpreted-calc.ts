import { MillraceError } from '../errors.js'
import type { FunctionContext } from '../functions/function.js'
import { batchOf } from '../types/batch.js'
import type { Batch } from '../types/batch.js'
import type { DataType, Schema, Value } from '../types/data-type.js'
import { rowValues } from '../types/vector-access.js'
import { vectorBuilderOf } from '../types/vector-builder.js'
import type { VectorBuilder } from '../types/vector-builder.js'
import type { Calc, RowErrorHandler } from './calc.js'
import { throwRowError } from './calc.js'
import type { Expression } from './expression.js'
import { makeInterpreter } from './interpreter.js'
import type { RowFunction } from './interpreter.js'
import { gatherBytes, selectedOrigin } from './selected-rows.js'

/** Filter and projection by the interpreter, one row after the other: the oracle of {@link CalcKernel}. */
export class InterpretedCalc implements Calc {
  rowsFiltered = 0
  rowsFailed = 0
  selection: Int32Array = new Int32Array(0)
  readonly #filter: RowFunction | null
  readonly #project: readonly RowFunction[]
  readonly #inputSchema: Schema
  readonly #builders: readonly VectorBuilder[]
  readonly #onRowError: RowErrorHandler

  /** Parameters as those of {@link CalcKernel}. */
  constructor(
    filter: Expression | null, project: readonly Expression[], inputSchema: Schema, outputTypes: readonly DataType[], context: FunctionContext,
    onRowError: RowErrorHandler = throwRowError,
  ) {
    this.#filter = filter === null ? null : makeInterpreter(filter, context)
    this.#project = project.map((e) => makeInterpreter(e, context))
    this.#inputSchema = inputSchema
    this.#builders = outputTypes.map((type) => vectorBuilderOf(type))
    this.#onRowError = onRowError
  }

  run(batch: Batch): Batch | null {
    this.rowsFiltered = 0
    this.rowsFailed = 0
    for (const builder of this.#builders) builder.reset()
    const selection = this.selection = new Int32Array(batch.length)
    let count = 0
    for (let row = 0; row < batch.length; row++) {
      const values = this.#evaluate(batch, row)
      if (values === null) continue
      this.#builders.forEach((builder, k) => builder.append(values[k]!))
      selection[count++] = row
    }
    if (count === 0) return null
    const rowKinds = batch.rowKinds === null ? null : gatherBytes(batch.rowKinds, selection, count, new Uint8Array(count))
    return batchOf(this.#builders.map((builder) => builder.finish(count)), count, rowKinds, selectedOrigin(batch, selection))
  }

  /** The projected values of a row, or null where the filter or an error drops it. */
  #evaluate(batch: Batch, row: number): Value[] | null {
    try {
      const values = rowValues(batch, this.#inputSchema, row)
      if (this.#filter !== null && this.#filter(values) !== true) {
        this.rowsFiltered++
        return null
      }
      return this.#project.map((evaluate) => evaluate(values))
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error
      this.#onRowError(error, batch, row)
      this.rowsFailed++
      return null
    }
  }
}
