import { assert, MillraceError } from '../errors.js'
import type { FunctionContext } from '../functions/function.js'
import { KERNEL_VARIANTS_MAX } from '../limits.js'
import { batchOf, vectorKindOf } from '../types/batch.js'
import type { Batch, Vector } from '../types/batch.js'
import type { DataType, Schema } from '../types/data-type.js'
import type { Calc, RowErrorHandler } from './calc.js'
import { throwRowError } from './calc.js'
import { generateCalcCode } from './calc-code.js'
import type { CalcCode, CalcRun } from './calc-code.js'
import { collectColumns } from './expression.js'
import type { Expression } from './expression.js'
import { InterpretedCalc } from './interpreted-calc.js'
import { OutputColumn } from './output-column.js'
import { gatherBytes, RowGather, selectedOrigin } from './selected-rows.js'
import { canBeNull } from './static-facts.js'
import { readsWide, shapeKey, shapeOf } from './vector-shape.js'
import type { VectorShape } from './vector-shape.js'

/** The code for one shape of input. Each half is generated when first needed. */
interface Variant {
  readonly shapes: readonly VectorShape[]
  /** By computed column. */
  readonly nullable: readonly boolean[]
  /** Null if the shape has wide numbers in a column that is read. */
  narrow: CalcCode | null
  wide: CalcCode | null
  readonly startsWide: boolean
}

/**
 * Filter and projection as generated code, one variant per shape of input. Columns that are only passed on are no
 * part of the code: they are shared with the input where all rows pass, else gathered in their own representation.
 *
 * A column in which a NULL has been seen counts as one with NULLs from then on, so that the number of variants
 * grows with the columns and not with the combinations; past KERNEL_VARIANTS_MAX the interpreter serves.
 */
export class CalcKernel implements Calc {
  rowsFiltered = 0
  rowsFailed = 0
  readonly #filter: Expression | null
  readonly #project: readonly Expression[]
  readonly #context: FunctionContext
  readonly #onRowError: RowErrorHandler
  readonly #computed: { readonly expression: Expression; readonly type: DataType }[] = []
  /** By output column: index into `#computed`, or −1 for a column passed on. */
  readonly #computedIndex: readonly number[]
  readonly #outputs: readonly OutputColumn[]
  readonly #gathers: readonly RowGather[]
  /** The columns that the code reads. */
  readonly #reads = new Set<number>()
  readonly #seenNulls = new Set<number>()
  readonly #variants = new Map<string, Variant>()
  readonly #fallback: InterpretedCalc
  #interpreted = false
  readonly #run: CalcRun = { count: 0, error: null }
  #selection: Int32Array = new Int32Array(0)
  #rowKinds: Uint8Array = new Uint8Array(0)
  /** What stands for the `nulls` of a column that has none this time. */
  #noNulls: Uint8Array = new Uint8Array(0)

  /**
   * @param filter BOOLEAN, or null for all rows
   * @param project one expression per output column
   * @param inputSchema of the batches given to `run`
   * @param outputTypes of the output columns
   * @param onRowError told of rows that fail; default: throws the error
   */
  constructor(
    filter: Expression | null, project: readonly Expression[], inputSchema: Schema, outputTypes: readonly DataType[], context: FunctionContext,
    onRowError: RowErrorHandler = throwRowError,
  ) {
    assert(project.length === outputTypes.length, 'a projection has a type for every column')
    this.#filter = filter
    this.#project = project
    this.#context = context
    this.#onRowError = onRowError
    this.#computedIndex = project.map((expression, k) => (expression.kind === 'column' ? -1 : this.#computed.push({ expression, type: outputTypes[k]! }) - 1))
    this.#outputs = this.#computed.map(({ type }) => new OutputColumn(vectorKindOf(type)))
    this.#gathers = project.map(() => new RowGather())
    this.#fallback = new InterpretedCalc(filter, project, inputSchema, outputTypes, context, onRowError)
    if (filter !== null) collectColumns(filter, this.#reads)
    for (const { expression } of this.#computed) collectColumns(expression, this.#reads)
  }

  get selection(): Int32Array {
    return this.#interpreted ? this.#fallback.selection : this.#selection
  }

  run(batch: Batch): Batch | null {
    this.rowsFiltered = 0
    this.rowsFailed = 0
    this.#interpreted = false
    if (this.#filter === null && this.#computed.length === 0) return this.#result(batch, batch.length, null, false)
    const columns = this.#columnsOf(batch)
    const variant = this.#variantOf(columns)
    if (variant === null) return this.#interpret(batch)
    this.#reserve(batch.length)

    const run = this.#run
    let wide = variant.startsWide
    let count = 0
    for (let row = 0; row < batch.length;) {
      const code = wide ? (variant.wide ??= this.#generate(variant.shapes, true)) : (variant.narrow ??= this.#generate(variant.shapes, false))
      row = code(columns, this.#outputs, this.#selection, row, batch.length, count, run)
      count = run.count
      if (run.error !== null) {
        const error = run.error
        run.error = null
        if (!(error instanceof MillraceError)) throw error
        this.#onRowError(error, batch, row++)
        this.rowsFailed++
      } else if (row < batch.length) {
        assert(!wide, 'code for wide numbers does not bail')
        for (const output of this.#outputs) output.widen(count)
        wide = true
      }
    }
    this.rowsFiltered = batch.length - count - this.rowsFailed
    return count === 0 ? null : this.#result(batch, count, variant, wide)
  }

  #result(batch: Batch, count: number, variant: Variant | null, wide: boolean): Batch {
    const all = count === batch.length
    const columns = this.#project.map((e, k): Vector => {
      if (e.kind !== 'column') {
        const o = this.#computedIndex[k]!
        return this.#outputs[o]!.vector(count, variant!.nullable[o]!, wide)
      }
      const vector = batch.columns[e.index]!
      return all ? vector : this.#gathers[k]!.gather(vector, this.#selection, count)
    })
    if (all) return batchOf(columns, count, batch.rowKinds, batch.origin)
    const rowKinds = batch.rowKinds === null ? null : gatherBytes(batch.rowKinds, this.#selection, count, this.#rowKinds)
    return batchOf(columns, count, rowKinds, selectedOrigin(batch, this.#selection))
  }

  #interpret(batch: Batch): Batch | null {
    const result = this.#fallback.run(batch)
    this.#interpreted = true
    this.rowsFiltered = this.#fallback.rowsFiltered
    this.rowsFailed = this.#fallback.rowsFailed
    return result
  }

  /** The batch's columns; those of which a NULL was seen earlier have a `nulls` array in any case. */
  #columnsOf(batch: Batch): readonly Vector[] {
    let columns: readonly Vector[] = batch.columns
    for (const c of this.#reads) {
      const vector = batch.columns[c]!
      if (vector.nulls !== null) this.#seenNulls.add(c)
      else if (this.#seenNulls.has(c)) {
        if (this.#noNulls.length < batch.length) this.#noNulls = new Uint8Array(batch.length)
        columns = columns.with(c, { ...vector, nulls: this.#noNulls })
      }
    }
    return columns
  }

  #variantOf(columns: readonly Vector[]): Variant | null {
    const shapes = shapeOf({ columns })
    const key = shapeKey(shapes, this.#reads)
    const known = this.#variants.get(key)
    if (known !== undefined) return known
    if (this.#variants.size === KERNEL_VARIANTS_MAX) return null
    const expressions = this.#computed.map(({ expression }) => expression)
    const variant: Variant = {
      shapes,
      nullable: expressions.map((e) => canBeNull(e, shapes)),
      narrow: null,
      wide: null,
      startsWide: readsWide(shapes, this.#filter === null ? expressions : [this.#filter, ...expressions]),
    }
    this.#variants.set(key, variant)
    return variant
  }

  #generate(shapes: readonly VectorShape[], wide: boolean): CalcCode {
    return generateCalcCode({ filter: this.#filter, computed: this.#computed, shapes, wide, context: this.#context })
  }

  #reserve(length: number): void {
    for (const output of this.#outputs) output.reserve(length)
    if (this.#selection.length >= length) return
    this.#selection = new Int32Array(length)
    this.#rowKinds = new Uint8Array(length)
  }
}
