import { unreachable } from '../errors.js'
import type { FunctionContext } from '../functions/function.js'
import { generatedFunction } from '../generated-function.js'
import { NARROW_MAX } from '../limits.js'
import type { LiteralExpression, ColumnExpression, Expression } from './expression.js'
import { collectColumns } from './expression.js'
import { compileCall, compileCast } from './compile-call.js'
import { compileCase, compileCondition, compileLogic } from './compile-logic.js'
import { DictionaryMemo, IS_NULL, IS_TRUE, TOO_WIDE, UNKNOWN } from './dictionary-memo.js'
import { inlineCall, inlineOnColumns } from './inline.js'
import { inlineCast } from './inline-cast.js'
import { makeInterpreter } from './interpreter.js'
import { canBeNull, isDeterministic } from './static-facts.js'
import { blankOf, numberText, representationOf } from './operand.js'
import type { Operand } from './operand.js'
import { utf8Text } from '../types/vector-access.js'
import type { VectorShape } from './vector-shape.js'

export type { Operand, Representation } from './operand.js'

export interface RowCompilerOptions {
  /** Of the input's columns. */
  readonly shapes: readonly VectorShape[]
  /** BIGINT and DECIMAL as bigint (any range) instead of as whole numbers in doubles (checked, bails). */
  readonly wide: boolean
  readonly context: FunctionContext
  /** The statement by which narrow code gives a row up to the wide variant. Default `return i`. */
  readonly bail?: string
}

/**
 * Turns expressions into the JavaScript statements that evaluate them for one row. The caller writes the loop and what
 * becomes of the results:
 *
 * ```ts
 * const c = new RowCompiler({ shapes, wide: false, context })
 * const total = c.compile(price_times_quantity)
 * const run = c.finish(['columns', 'out', 'start', 'length'], `
 *   ${c.prologue.join('\n')}
 *   for (let i = start; i < length; i++) {
 *     ${c.body.join('\n')}
 *     out[i] = ${total.isNull} ? 0 : ${total.value}
 *   }
 *   return length`)
 * ```
 *
 * gives, for a BIGINT column that has NULLs and an INT column,
 *
 * ```js
 * const c0_values = columns[0].values
 * const c0_nulls = columns[0].nulls
 * const c1_values = columns[1].values
 * for (let i = start; i < length; i++) {
 *   const t1 = c0_values[i] * c1_values[i] + 0
 *   if ((t1 > 9007199254740991 || t1 < -9007199254740991) && !(c0_nulls[i] !== 0)) return i
 *   out[i] = (c0_nulls[i] !== 0) ? 0 : t1
 * }
 * return length
 * ```
 *
 * The function's parameters must include `columns` (the batch's vectors), and the loop's variable is `i`. Names of the
 * compiler's own are `c0_values`, `t1`, `t1_null`, `k1`, `m1…`, `b1` (a letter and a number); others are the caller's.
 *
 * **Narrow and wide.** Where an exact number leaves the safe integers, narrow code bails: it leaves the loop before
 * anything of the row has had an effect, and the caller continues at row `i` with code compiled with `wide: true`, which
 * needs no such luck and throws NUMERIC_OVERFLOW where the type is exceeded. Narrow code must not be given batches in
 * which a column that it reads is wide ({@link readsWide}).
 *
 * **Errors** are thrown out of the loop without naming the row: it is the one that `i` stands at.
 *
 * **Safety.** No text of the user's becomes text of the program: strings, names and functions are bound as constants.
 * Numbers are written out, as digits. {@link generatedFunction} checks it of every text.
 */
export class RowCompiler {
  /** Statements to run once a batch, before the loop. */
  readonly prologue: string[] = []
  /** Statements to run for row `i`. */
  readonly body: string[] = []
  readonly shapes: readonly VectorShape[]
  readonly wide: boolean
  readonly context: FunctionContext
  /** The statement that gives the row up. */
  readonly bail: string

  #lines: string[] = this.body
  #names = 0
  readonly #constants: unknown[] = []
  readonly #prologueDone = new Set<string>()
  /** Operands at hand by the identity of their expression, innermost block last. */
  readonly #scopes: Map<string, Operand>[] = [new Map()]
  readonly #memos = new Map<string, string>()
  readonly #identities = new Map<string, string>()
  readonly #identityOf = new WeakMap<Expression, string>()

  constructor(options: RowCompilerOptions) {
    this.shapes = options.shapes
    this.wide = options.wide
    this.context = options.context
    this.bail = options.bail ?? 'return i'
  }

  /** Appends what evaluates `e` to the body and says where its value is. The same expression twice is evaluated once. */
  compile(e: Expression): Operand {
    if (e.kind === 'column') return this.#column(e)
    if (e.kind === 'literal') return this.#literal(e)
    const identity = this.#identify(e)
    for (let s = this.#scopes.length - 1; s >= 0; s--) {
      const known = this.#scopes[s]!.get(identity)
      if (known !== undefined) return known
    }
    const before = this.#lines.length
    const { column: _, ...operand } = this.#compileNew(e)
    if (this.#lines.length > before && isDeterministic(e)) this.#scopes.at(-1)!.set(identity, operand)
    return operand
  }

  /** A text that is true exactly where the BOOLEAN `e` is TRUE (so false for NULL); for filters and CASE. */
  compileCondition(e: Expression): string {
    return compileCondition(this, e)
  }

  #compileNew(e: Exclude<Expression, ColumnExpression | LiteralExpression>): Operand {
    switch (e.kind) {
      case 'call': return (e.user === undefined ? inlineOnColumns(this, e) : null) ?? this.memoised(e) ?? compileLogic(this, e) ?? inlineCall(this, e) ?? compileCall(this, e)
      case 'cast': return this.memoised(e) ?? inlineCast(this, e) ?? compileCast(this, e)
      case 'case': return this.memoised(e) ?? compileCase(this, e)
      default: return unreachable(e)
    }
  }

  /** A value bound outside of the function; gives its name. */
  constant(value: unknown): string {
    const known = this.#constants.indexOf(value)
    if (known !== -1) return `k${known}`
    return `k${this.#constants.push(value) - 1}`
  }

  /**
   * Makes the function.
   * @param parameters names, `columns` among them
   * @param text its body, made of {@link prologue}, {@link body} and texts of the caller's program (never of the user's)
   */
  finish(parameters: readonly string[], text: string): Function {
    const names = this.#constants.map((_, k) => `k${k}`)
    const make = generatedFunction(names, `return function (${parameters.join(', ')}) {\n${indented(text)}\n}`)
    return make(...this.#constants) as Function
  }

  // What follows serves the files that emit text for kinds of expressions.

  emit(line: string): void {
    this.#lines.push(line)
  }

  /** A new name: `t7`. */
  name(letter: 't' | 'b' | 'm' = 't'): string {
    return `${letter}${++this.#names}`
  }

  /** Runs `compile` with its statements kept apart, to be put into a block that is not always entered. */
  capture<T>(compile: () => T): { readonly lines: string[]; readonly result: T } {
    const outer = this.#lines
    this.#lines = []
    this.#scopes.push(new Map())
    try {
      const result = compile()
      return { lines: this.#lines, result }
    } finally {
      this.#lines = outer
      this.#scopes.pop()
    }
  }

  /** Emits statements once a batch, under the name of what they declare. */
  once(declared: string, statement: string): void {
    if (this.#prologueDone.has(declared)) return
    this.#prologueDone.add(declared)
    this.prologue.push(statement)
  }

  /** An array of a column by its field's name (`values`, `codes`, `nulls`, …), for use in expressions. */
  columnArray(column: number, field: string): string {
    const name = `c${column}_${field}`
    this.once(name, `const ${name} = columns[${column}].${field === 'texts' ? 'dictionary.texts' : field}`)
    return name
  }

  /** When `e` is NULL; without making the value of a bare column. */
  nullOf(e: Expression): string {
    if (e.kind !== 'column') return this.compile(e).isNull
    return this.shapes[e.index]!.nulls ? `(${this.columnArray(e.index, 'nulls')}[i] !== 0)` : 'false'
  }

  /** The operand with texts that may be written any number of times. */
  simple(operand: Operand): Operand {
    const value = this.simpleText(operand.value)
    const isNull = this.simpleText(operand.isNull)
    return value === operand.value && isNull === operand.isNull ? operand : { ...operand, value, isNull }
  }

  simpleText(text: string): string {
    if (SIMPLE.test(text)) return text
    const t = this.name()
    this.emit(`const ${t} = ${text}`)
    return t
  }

  #column(e: ColumnExpression): Operand {
    const shape = this.shapes[e.index]!
    const representation = representationOf(e.type, this.wide)
    const column = e.index
    const isNull = this.nullOf(e)
    switch (shape.kind) {
      case 'bool': return { value: `(${this.columnArray(column, 'values')}[i] !== 0)`, isNull, representation, column }
      case 'f64': case 'text': case 'any': return { value: `${this.columnArray(column, 'values')}[i]`, isNull, representation, column }
      case 'i32': return { value: `${this.columnArray(column, 'values')}[i]`, isNull, representation, column, bound: 2147483648 }
      case 'dict': return { value: `${this.columnArray(column, 'texts')}[${this.columnArray(column, 'codes')}[i]]`, isNull, representation, column }
      case 'exact': return this.#exactColumn(e, shape, isNull)
      case 'utf8': {
        const decode = this.constant(utf8Text)
        const args = `${this.columnArray(column, 'bytes')}, ${this.columnArray(column, 'starts')}[i], ${this.columnArray(column, 'ends')}[i]`
        return this.#columnOnce(e, isNull, `${decode}(${args})`)
      }
      default: return unreachable(shape.kind)
    }
  }

  #exactColumn(e: ColumnExpression, shape: VectorShape, isNull: string): Operand {
    if (!this.wide) {
      if (!shape.wide) return { value: `${this.columnArray(e.index, 'values')}[i]`, isNull, representation: 'number', column: e.index, bound: NARROW_MAX }
      this.emit(this.bail)
      return { value: '0', isNull: 'false', representation: 'number' }
    }
    return this.#columnOnce(e, isNull, shape.wide ? `${this.columnArray(e.index, 'wide')}[i]` : `BigInt(${this.columnArray(e.index, 'values')}[i])`)
  }

  /** A column whose value costs something to make: made once, and only where it is not NULL. */
  #columnOnce(e: ColumnExpression, isNull: string, text: string): Operand {
    const identity = `column ${e.index}`
    for (const scope of this.#scopes) {
      const known = scope.get(identity)
      if (known !== undefined) return known
    }
    const representation = representationOf(e.type, this.wide)
    const t = this.name()
    this.emit(`const ${t} = ${isNull === 'false' ? text : `${isNull} ? ${blankOf(representation)} : ${text}`}`)
    const operand: Operand = { value: t, isNull, representation, column: e.index }
    this.#scopes.at(-1)!.set(identity, operand)
    return operand
  }

  #literal(e: LiteralExpression): Operand {
    const representation = representationOf(e.type, this.wide)
    const value = e.value
    if (value === null) return { value: blankOf(representation), isNull: 'true', representation }
    if (typeof value === 'boolean') return { value: String(value), isNull: 'false', representation }
    if (typeof value === 'number') return { value: numberText(value), isNull: 'false', representation, bound: Math.abs(value) }
    if (typeof value !== 'bigint') return { value: this.constant(value), isNull: 'false', representation }
    if (this.wide) return { value: value < 0n ? `(${value}n)` : `${value}n`, isNull: 'false', representation }
    if (value <= NARROW_MAX && value >= -NARROW_MAX) return { value: numberText(Number(value)), isNull: 'false', representation, bound: Math.abs(Number(value)) }
    this.emit(this.bail)
    return { value: '0', isNull: 'false', representation }
  }

  /** An expression of nothing but one dictionary-coded column, through a table of its results; null for others. */
  memoised(e: Expression): Operand | null {
    const [column, ...more] = collectColumns(e, new Set())
    if (column === undefined || more.length > 0 || this.shapes[column]!.kind !== 'dict' || !isDeterministic(e)) return null
    const m = this.#memo(e, column)
    const slot = this.name()
    const codes = this.columnArray(column, 'codes')
    const representation = representationOf(e.type, this.wide)
    const nulls = this.shapes[column]!.nulls ? `${this.columnArray(column, 'nulls')}[i] !== 0 ? 0 : ` : ''
    this.emit(`const ${slot} = ${nulls}${codes}[i] + 1`)
    this.emit(`if (${m}_states[${slot}] === ${UNKNOWN}) ${m}.fill(${slot})`)
    const isNull = canBeNull(e, this.shapes) ? `(${m}_states[${slot}] === ${IS_NULL})` : 'false'
    const isTrue = `(${m}_states[${slot}] === ${IS_TRUE})`
    if (representation === 'boolean') return { value: isTrue, isNull, representation, isTrue }
    if (representation === 'number' && representationOf(e.type, true) === 'bigint') this.emit(`if (${m}_states[${slot}] === ${TOO_WIDE}) ${this.bail}`)
    return { value: `${m}_values[${slot}]`, isNull, representation }
  }

  /** The name of the table of results for the batch's dictionary. */
  #memo(e: Expression, column: number): string {
    const identity = this.#identify(e)
    const known = this.#memos.get(identity)
    if (known !== undefined) return known
    const m = this.name('m')
    this.#memos.set(identity, m)
    const evaluate = makeInterpreter(e, this.context)
    const row: (string | null)[] = []
    const memo = new DictionaryMemo((text) => ((row[column] = text), evaluate(row)), e.type, this.wide)
    this.prologue.push(`const ${m} = ${this.constant(memo)}.tableOf(columns[${column}].dictionary), ${m}_states = ${m}.states, ${m}_values = ${m}.values`)
    return m
  }

  /** Equal for expressions that mean the same, and short. */
  #identify(e: Expression): string {
    const known = this.#identityOf.get(e)
    if (known !== undefined) return known
    const identity = this.#intern(this.#describe(e))
    this.#identityOf.set(e, identity)
    return identity
  }

  #describe(e: Expression): string {
    const type = JSON.stringify(e.type)
    switch (e.kind) {
      case 'column': return `column ${e.index}`
      case 'literal': return `literal ${type} ${typeof e.value} ${e.value instanceof Uint8Array ? `bytes ${e.value.join()}` : Object.is(e.value, -0) ? '-0' : String(e.value)}`
      case 'call': return `call ${type} ${e.name} ${e.user === undefined ? '' : `${e.user.url}#${e.user.exportName} `}${e.args.map((arg) => this.#identify(arg)).join()}`
      case 'cast': return `cast ${type} ${e.tolerant} ${this.#identify(e.arg)}`
      case 'case': {
        const branches = e.branches.map(({ when, then }) => `${this.#identify(when)}:${this.#identify(then)}`)
        return `case ${type} ${branches.join()} ${this.#identify(e.otherwise)}`
      }
    }
  }

  #intern(description: string): string {
    let identity = this.#identities.get(description)
    if (identity === undefined) {
      identity = `e${this.#identities.size}`
      this.#identities.set(description, identity)
    }
    return identity
  }
}

/** A name, a number, or an array at `i`: texts that cost nothing to repeat. */
const SIMPLE = /^(?:\w+|\(-?\w+\)|\w+\[\w+\]|\(\w+\[\w+\] !== 0\))$/

/** Indents by braces; generated text has no strings or comments that could hold one. */
function indented(text: string): string {
  let depth = 1
  const lines: string[] = []
  for (const line of text.split('\n')) {
    const bare = line.trim()
    if (bare === '') continue
    const opens = bare.split('{').length - bare.split('}').length
    lines.push('  '.repeat(bare.startsWith('}') ? depth - 1 : depth) + bare)
    depth += opens
  }
  return lines.join('\n')
}
