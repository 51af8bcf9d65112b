import { MillraceError } from '../errors.js'
import type { Calc } from '../expressions/calc.js'
import { CalcKernel } from '../expressions/calc-kernel.js'
import { columnOf } from '../expressions/expression.js'
import { InterpretedCalc } from '../expressions/interpreted-calc.js'
import { RowGather } from '../expressions/selected-rows.js'
import { badArgument } from '../functions/function-error.js'
import type { TableCall } from '../functions/table/table-function.js'
import { tableFunctionOf } from '../functions/user/user-table.js'
import { BATCH_ROWS_MAX, TABLE_FUNCTION_ROWS_MAX } from '../limits.js'
import type { UnnestNode } from '../plan/physical-rows.js'
import { batchOf, DELETE, INSERT, ROW_KIND_SIGN } from '../types/batch.js'
import type { Batch, BatchOrigin, Vector } from '../types/batch.js'
import type { DataType, Schema, Value } from '../types/data-type.js'
import type { Element } from '../types/element.js'
import { readValue } from '../types/vector-access.js'
import { vectorBuilderOf } from '../types/vector-builder.js'
import type { VectorBuilder } from '../types/vector-builder.js'
import type { Operator, OperatorContext } from './operator.js'

/**
 * For every row the rows that a table function makes of it, beside the row's own columns: rowsIn = rowsFiltered (nothing was made of
 * them) + rowsFailed + those behind rowsOut. Rows of a changelog become rows that are added or taken back: an update of one row is none
 * of the rows made of it.
 */
export class UnnestOperator implements Operator {
  readonly #node: UnnestNode
  readonly #context: OperatorContext
  /** The input's columns, then the arguments; rows whose arguments fail are dropped here. */
  readonly #calc: Calc
  readonly #argTypes: readonly DataType[]
  readonly #firstArg: number
  readonly #call: TableCall
  readonly #strict: boolean
  readonly #mayFail: boolean
  /** Of the function's columns, and of the ordinal behind them. */
  readonly #builders: readonly VectorBuilder[]
  readonly #width: number
  readonly #gathers: readonly RowGather[]
  readonly #batchRows: number
  readonly #kinds: Uint8Array
  /** By output row the row of the batch that it is made of. */
  readonly #sources: Int32Array
  #count = 0
  // While a batch is worked on.
  #batch!: Batch
  #row = 0
  #made = 0
  #kept: (readonly Value[])[] = []

  constructor(node: UnnestNode, inputSchema: Schema, context: OperatorContext) {
    const { overload, types } = tableFunctionOf(node)
    this.#node = node
    this.#context = context
    this.#argTypes = node.args.map((e) => e.type)
    this.#firstArg = inputSchema.length
    const passed = inputSchema.map((field, i) => columnOf(i, field))
    const outputTypes = [...inputSchema.map((f) => f.type), ...this.#argTypes]
    const Implementation = context.settings.compile ? CalcKernel : InterpretedCalc
    this.#calc = new Implementation(
      null, [...passed, ...node.args], inputSchema, outputTypes, context, (error, batch, row) => context.rowFailed(error, batch.origin, row),
    )
    this.#call = overload.implement(types, context)
    this.#strict = overload.nulls === 'strict'
    this.#mayFail = overload.mayFail
    this.#width = types.columns.length
    this.#batchRows = Math.min(context.settings.batchRows, BATCH_ROWS_MAX)
    const made = node.schema.slice(node.before.length, node.schema.length - node.behind.length)
    this.#builders = made.map((field) => vectorBuilderOf(field.type, this.#batchRows))
    this.#gathers = [...node.before, ...node.behind].map(() => new RowGather())
    this.#sources = new Int32Array(this.#batchRows)
    this.#kinds = new Uint8Array(this.#batchRows)
  }

  push(element: Element): void {
    if (element.kind === 'batch') this.#pushBatch(element)
    else this.#context.output.push(element)
  }

  #pushBatch(input: Batch): void {
    const { meter } = this.#context
    meter.rowsIn += input.length
    const batch = this.#calc.run(input)
    if (batch === null) return
    this.#batch = batch
    for (let row = 0; row < batch.length; row++) {
      this.#row = row
      this.#made = 0
      if (!this.#expand(row, batch.origin)) continue
      if (this.#made > 0) continue
      if (this.#node.outer) this.#append(null)
      else meter.rowsFiltered++
    }
    this.#flush()
  }

  /** @returns false if the row has failed, and is dropped */
  #expand(row: number, origin: BatchOrigin | null): boolean {
    const args = this.#argTypes.map((type, i) => readValue(this.#batch.columns[this.#firstArg + i]!, type, row))
    if (this.#strict && args.includes(null)) return true
    try {
      this.#call(args, this.#mayFail ? this.#keep : this.#emit)
      for (const made of this.#kept) this.#append(made)
    } catch (error) {
      if (!(error instanceof MillraceError) || this.#made > 0) throw error
      this.#context.rowFailed(error, origin, row)
      return false
    } finally {
      this.#kept = []
    }
    return true
  }

  readonly #emit = (made: readonly Value[]): void => this.#append(made)

  readonly #keep = (made: readonly Value[]): void => {
    if (this.#kept.length === TABLE_FUNCTION_ROWS_MAX) badArgument(`a table function may give at most ${TABLE_FUNCTION_ROWS_MAX} rows for one row`)
    this.#kept.push([...made])
  }

  /** One output row of the row at hand; `null`: nothing but NULLs beside it. */
  #append(made: readonly Value[] | null): void {
    if (this.#count === this.#batchRows) this.#flush()
    for (let c = 0; c < this.#width; c++) this.#builders[c]!.append(made === null ? null : made[c]!)
    if (this.#node.ordinality) this.#builders[this.#width]!.append(made === null ? null : BigInt(this.#made + 1))
    this.#made++
    this.#sources[this.#count++] = this.#row
  }

  #flush(): void {
    const count = this.#count
    if (count === 0) return
    const { before, behind } = this.#node
    const gathered = [...before, ...behind].map((column, i): Vector => this.#gathers[i]!.gather(this.#batch.columns[column]!, this.#sources, count))
    const made = this.#builders.map((builder) => builder.finish(count))
    const columns = [...gathered.slice(0, before.length), ...made, ...gathered.slice(before.length)]
    this.#count = 0
    this.#context.meter.rowsOut += count
    this.#context.output.push(batchOf(columns, count, this.#kindsOf(count), originOf(this.#batch.origin, this.#sources)))
    for (const builder of this.#builders) builder.reset()
  }

  #kindsOf(count: number): Uint8Array | null {
    const { rowKinds } = this.#batch
    if (rowKinds === null) return null
    for (let i = 0; i < count; i++) this.#kinds[i] = ROW_KIND_SIGN[rowKinds[this.#sources[i]!]!]! > 0 ? INSERT : DELETE
    return this.#kinds
  }
}

function originOf(origin: BatchOrigin | null, sources: Int32Array): BatchOrigin | null {
  return origin && {
    table: origin.table,
    splitId: origin.splitId,
    recordBytes: (row) => origin.recordBytes(sources[row]!),
    recordPosition: (row) => origin.recordPosition(sources[row]!),
  }
}
