import { assert } from '../errors.js'
import type { FunctionContext } from '../functions/function.js'
import type { Vector } from '../types/batch.js'
import { vectorKindOf } from '../types/batch.js'
import type { DataType } from '../types/data-type.js'
import type { Expression } from './expression.js'
import { blankOf, parenthesised, representationOf } from './operand.js'
import type { OutputColumn } from './output-column.js'
import { RowCompiler } from './row-compiler.js'
import { canBeNull } from './static-facts.js'
import type { VectorShape } from './vector-shape.js'

/** How a run of generated code ended, besides the row that it returns. */
export interface CalcRun {
  /** Rows in the output now. */
  count: number
  /** What the row threw, else null. */
  error: unknown
}

/**
 * Evaluates rows `start … length`, writing what passes at output row `count` and on, and its input row into `selection`.
 * Returns `length`, or the row at which it stopped: with an error in `run`, or else because the row needs wide numbers.
 */
export type CalcCode = (
  columns: readonly Vector[], outputs: readonly OutputColumn[], selection: Int32Array, start: number, length: number, count: number, run: CalcRun,
) => number

export interface CalcCodeOptions {
  readonly filter: Expression | null
  /** The computed columns, in the order of `outputs`. */
  readonly computed: readonly { readonly expression: Expression; readonly type: DataType }[]
  readonly shapes: readonly VectorShape[]
  readonly wide: boolean
  readonly context: FunctionContext
}

/**
 * Generates the loop over a batch. For `WHERE price > 110`, price DOUBLE, computing `quantity * 2` over a BIGINT that
 * has NULLs, narrow:
 *
 * ```js
 * function (columns, outputs, selection, start, length, count, run) {
 *   const c0_values = columns[0].values
 *   const c1_nulls = columns[1].nulls
 *   const c1_values = columns[1].values
 *   const o0_values = outputs[0].values
 *   const o0_nulls = outputs[0].nulls
 *   let n = count
 *   let i = start
 *   try {
 *     rows: for (; i < length; i++) {
 *       if (!(c0_values[i] > 110)) continue
 *       const t1 = c1_values[i] * 2 + 0
 *       if ((t1 > 9007199254740991 || t1 < -9007199254740991) && !(c1_nulls[i] !== 0)) break rows
 *       o0_values[n] = t1
 *       o0_nulls[n] = (c1_nulls[i] !== 0) ? 1 : 0
 *       selection[n++] = i
 *     }
 *   } catch (error) {
 *     run.error = error
 *   }
 *   run.count = n
 *   return i
 * }
 * ```
 */
export function generateCalcCode(options: CalcCodeOptions): CalcCode {
  const { filter, computed, shapes, wide, context } = options
  const c = new RowCompiler({ shapes, wide, context, bail: 'break rows' })
  if (filter !== null) c.emit(`if (!${parenthesised(c.compileCondition(filter))}) continue`)
  const stores = computed.map(({ expression, type }, o) => compileOutput(c, expression, type, o))
  return c.finish(['columns', 'outputs', 'selection', 'start', 'length', 'count', 'run'], `
    ${c.prologue.join('\n')}
    let n = count
    let i = start
    try {
    rows: for (; i < length; i++) {
    ${c.body.join('\n')}
    ${stores.join('\n')}
    selection[n++] = i
    }
    } catch (error) {
    run.error = error
    }
    run.count = n
    return i`) as CalcCode
}

/** Compiles one column's value; gives the statements that store it once all columns of the row are there. */
function compileOutput(c: RowCompiler, e: Expression, type: DataType, o: number): string {
  const operand = c.compile(e)
  const nullable = canBeNull(e, c.shapes)
  assert(nullable || operand.isNull === 'false', 'what cannot be NULL is compiled without NULLs')
  const kind = vectorKindOf(type)
  const array = kind === 'exact' && c.wide ? 'wide' : 'values'
  c.prologue.push(`const o${o}_${array} = outputs[${o}].${array}`)
  const value = operand.isNull === 'true' ? blankOf(representationOf(type, c.wide)) : operand.value
  const store = `o${o}_${array}[n] = ${kind === 'bool' ? `${value} ? 1 : 0` : value}`
  if (!nullable) return store
  c.prologue.push(`const o${o}_nulls = outputs[${o}].nulls`)
  return `${store}\no${o}_nulls[n] = ${operand.isNull === 'false' ? '0' : operand.isNull === 'true' ? '1' : `${operand.isNull} ? 1 : 0`}`
}
