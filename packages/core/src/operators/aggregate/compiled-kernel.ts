import { collectColumns, type Expression } from '../../expressions/expression.js'
import { RowCompiler, type Operand } from '../../expressions/row-compiler.js'
import { readsWide, shapeKey, shapeOf, type VectorShape } from '../../expressions/vector-shape.js'
import { KERNEL_VARIANTS_MAX } from '../../limits.js'
import type { Batch, Vector } from '../../types/batch.js'
import { isExact, type Schema } from '../../types/data-type.js'
import type { ChangedSlots } from '../../state/changed-slots.js'
import type { OperatorContext } from '../operator.js'
import type { Accumulator, ArgOperand } from './accumulator.js'
import { isRowError } from './group-emitter.js'
import type { Groups } from './groups.js'
import { InterpretedKernel } from './interpreted-kernel.js'
import type { AggregateKernel, KernelCall, KernelSpec } from './kernel.js'
import { emitFind } from './key-text.js'

/**
 * One generated loop per shape of batch that filters, evaluates, finds the group and updates every state, row by row. For
 * `SELECT symbol, count(*), sum(quantity) FROM trades WHERE price > 110 GROUP BY symbol`, symbol being dictionary-coded:
 *
 * ```js
 * const c1_values = columns[1].values            // price
 * const c0_codes = columns[0].codes              // symbol
 * const t1 = k0.groupsByCode(columns[0].dictionary)
 * const k1_counts = k1.counts                    // count(*)
 * const k2_sums = k2.sums, k2_seen = k2.seen     // sum(quantity)
 * let i = from
 * try {
 *   for (; i < to; i++) {
 *     if (!(c1_values[i] > 110)) { tally.rowsFiltered++; continue }
 *     let g = t1[c0_codes[i]]
 *     if (g < 0) g = k0.groupOfCode(columns[0].dictionary, c0_codes[i])
 *     k1_counts[g]++
 *     const t2 = k2_sums[g] + c2_values[i]
 *     if (t2 <= 9007199254740991 && t2 >= -9007199254740991) k2_sums[g] = t2
 *     else k2.spill(g, c2_values[i])
 *     k2_seen[g] = 1
 *   }
 * } catch (error) {
 *   tally.row = i
 *   throw error
 * }
 * return to
 * ```
 *
 * Where rows are taken back, the kind of a row says which way its values go, and every group knows how many rows it has:
 *
 * ```js
 * k4_rowCounts[g] += 1 - ((kinds[i] & 1) << 1)
 * if ((kinds[i] & 1) === 0) { k1_counts[g]++; … } else { k1_counts[g]--; … }
 * ```
 *
 * Once snapshots are taken, the first change of a group after one is told: `if (k5_marks[g] === 0) k5.beforeChange(g)`.
 *
 * Everything that can fail or bail comes before the group is looked up, so such a row leaves no trace. Where narrow code
 * gives a row up, the variant for wide numbers takes the rest of the batch.
 */
export class CompiledKernel implements AggregateKernel {
  readonly #spec: KernelSpec
  readonly #groups: Groups
  readonly #context: OperatorContext
  readonly #expressions: readonly Expression[]
  readonly #columns: ReadonlySet<number>
  readonly #variants = new Map<string, Loop>()
  readonly #general: InterpretedKernel
  /** Whether the variants tell of changes. */
  #tracks = false
  #noNulls: Uint8Array = new Uint8Array(0)
  readonly #tally: LoopTally = { rowsFiltered: 0, rowsLate: 0, row: 0 }

  constructor(spec: KernelSpec, schema: Schema, groups: Groups, context: OperatorContext) {
    this.#spec = spec
    this.#groups = groups
    this.#context = context
    this.#expressions = [
      ...(spec.filter === null ? [] : [spec.filter]), ...spec.keys,
      ...spec.calls.flatMap((call) => [...(call.filter === null ? [] : [call.filter]), ...call.inputs]),
    ]
    this.#columns = columnsOf(this.#expressions, spec)
    this.#general = new InterpretedKernel(spec, schema, groups, context)
  }

  run(batch: Batch, closed: number): void {
    if (this.#tracks !== (this.#groups.changes?.tracks ?? false)) {
      this.#tracks = !this.#tracks
      this.#variants.clear()
    }
    const { shapes, columns } = this.#formOf(batch)
    const groups = this.#groups
    groups.reserve(batch.length)
    groups.turnedWide = false
    if (this.#spec.keys.length === 0 && this.#spec.group === undefined && groups.table.size === 0) groups.table.groupOf([])
    const { meter } = this.#context
    const tally = this.#tally
    tally.rowsFiltered = tally.rowsLate = 0
    const kinds = groups.rowCounts === null ? null : batch.rowKinds
    let failed = 0
    let taken = batch.length
    let wide = readsWide(shapes, this.#expressions)
    for (let from = 0; from < batch.length;) {
      wide ||= groups.accumulators.some((accumulator) => accumulator.wide)
      const loop = this.#variant(shapes, wide, kinds !== null)
      if (loop === null) {
        this.#general.run(batch, closed, taken = from)
        break
      }
      try {
        const reached = loop(columns, kinds, from, batch.length, closed, tally)
        wide = true
        from = reached
      } catch (error) {
        if (!isRowError(error)) throw error
        this.#context.rowFailed(error, batch.origin, tally.row)
        failed++
        from = tally.row + 1
      }
    }
    meter.rowsFiltered += tally.rowsFiltered
    meter.rowsLate += tally.rowsLate
    meter.rowsAggregated += taken - tally.rowsFiltered - tally.rowsLate - failed
  }

  /** The batch as it is, or once there are many variants, as one in which every column has a mark for NULL. */
  #formOf(batch: Batch): { shapes: readonly VectorShape[]; columns: readonly Vector[] } {
    const shapes = shapeOf(batch)
    const known = [false, true].some((wide) => this.#variants.has(this.#keyOf(shapes, wide, batch.rowKinds !== null)))
    if (known || this.#variants.size < KERNEL_VARIANTS_MAX) return { shapes, columns: batch.columns }
    if (this.#noNulls.length < batch.length) this.#noNulls = new Uint8Array(batch.length)
    return {
      shapes: shapes.map((shape) => ({ ...shape, nulls: true })),
      columns: batch.columns.map((column): Vector => column.nulls === null ? { ...column, nulls: this.#noNulls } : column),
    }
  }

  #keyOf(shapes: readonly VectorShape[], wide: boolean, changes: boolean): string {
    return `${shapeKey(shapes, this.#columns)}${wide}${changes && this.#groups.rowCounts !== null}`
  }

  /** Null past all limits: the interpreter serves what comes in yet another shape. */
  #variant(shapes: readonly VectorShape[], wide: boolean, changes: boolean): Loop | null {
    const key = this.#keyOf(shapes, wide, changes)
    let loop = this.#variants.get(key)
    if (loop === undefined) {
      if (this.#variants.size >= 2 * KERNEL_VARIANTS_MAX) return null
      this.#variants.set(key, loop = compileLoop(this.#spec, this.#groups, shapes, { wide, changes }, this.#context))
    }
    return loop
  }
}

/** Takes rows from … to − 1; returns `to`, or the row that narrow code gave up. */
type Loop = (columns: readonly Vector[], kinds: Uint8Array | null, from: number, to: number, closed: number, tally: LoopTally) => number

interface LoopTally {
  rowsFiltered: number
  rowsLate: number
  /** The row at fault, when the loop throws. */
  row: number
}

interface LoopForm {
  readonly wide: boolean
  /** Rows of this batch may take others back. */
  readonly changes: boolean
}

function compileLoop(
  spec: KernelSpec, groups: Groups, shapes: readonly VectorShape[], { wide, changes }: LoopForm, context: OperatorContext,
): Loop {
  const code = new RowCompiler({ shapes, wide, context })
  if (spec.filter !== null) code.emit(`if (!(${code.compileCondition(spec.filter)})) { tally.rowsFiltered++; continue }`)
  const keys = spec.keys.map((key) => keyOperand(code, key))
  emitLate(code, spec, keys)
  const calls = spec.calls.map((call) => evaluated(code, call))
  if (spec.group === undefined) emitGroup(code, groups, keys)
  else code.emit(`const g = ${code.columnArray(spec.group.index, 'values')}[i]`)
  if (groups.spilling && !wide) code.emit(`if (${code.constant(groups)}.turnedWide) return i`)
  if (groups.changes?.tracks === true) emitChange(code, groups.changes)
  if (groups.returning) emitRevive(code, groups)
  if (groups.touched !== null) code.emit(`${code.constant(groups.touched)}.touch(g)`)
  if (groups.rowCounts !== null) emitRowCount(code, groups, changes)
  if (changes) code.emit(`if (${IS_ADDED}) {`)
  emitCalls(code, calls, (accumulator, inputs) => (spec.merging ? accumulator.emitMerge(code, inputs) : accumulator.emitAdd(code, inputs)))
  if (changes) {
    code.emit('} else {')
    emitCalls(code, calls, (accumulator, inputs) => accumulator.emitRetract(code, inputs))
    code.emit('}')
  }
  return code.finish(['columns', 'kinds', 'from', 'to', 'closed', 'tally'], [
    ...code.prologue,
    'let i = from',
    'try {',
    'for (; i < to; i++) {',
    ...code.body,
    '}',
    '} catch (error) {',
    'tally.row = i',
    'throw error',
    '}',
    'return to',
  ].join('\n')) as Loop
}

/** Kinds of rows that are added are even numbers. */
const IS_ADDED = '(kinds[i] & 1) === 0'

/** A snapshot is told of the row's group before it changes. */
function emitChange(code: RowCompiler, changes: ChangedSlots): void {
  const owner = code.constant(changes)
  const marks = `${owner}_marks`
  code.once(marks, `const ${marks} = ${owner}.marks`)
  code.emit(`if (${marks}[g] === 0) ${owner}.beforeChange(g)`)
}

/** The row's group may have been gone. */
function emitRevive(code: RowCompiler, groups: Groups): void {
  const owner = code.constant(groups)
  const anyDead = `${owner}_anyDead`
  code.once(anyDead, `const ${anyDead} = ${owner}.anyDead`)
  code.emit(`if (${anyDead}) ${owner}.revive(g)`)
}

/** Counts the row in its group. */
function emitRowCount(code: RowCompiler, groups: Groups, changes: boolean): void {
  const owner = code.constant(groups)
  const rowCounts = `${owner}_rowCounts`
  code.once(rowCounts, `const ${rowCounts} = ${owner}.rowCounts`)
  code.emit(changes ? `${rowCounts}[g] += 1 - ((kinds[i] & 1) << 1)` : `${rowCounts}[g]++`)
}

function emitCalls(code: RowCompiler, calls: readonly EvaluatedCall[], emit: (accumulator: Accumulator, inputs: readonly ArgOperand[]) => void): void {
  for (const { call, condition, inputs } of calls) {
    if (condition !== 'true') code.emit(`if (${condition}) {`)
    emit(call.accumulator, inputs)
    if (condition !== 'true') code.emit('}')
  }
}

/** A key; a bare string column stays a column and is never made a JavaScript string. */
function keyOperand(code: RowCompiler, key: Expression): Operand {
  return bareString(code, key) ?? code.simple(code.compile(key))
}

function bareString(code: RowCompiler, e: Expression): Operand | null {
  if (e.kind !== 'column' || e.type.kind !== 'STRING') return null
  const isNull = code.shapes[e.index]!.nulls ? `(${code.columnArray(e.index, 'nulls')}[i] !== 0)` : 'false'
  return { value: '', isNull, representation: 'string', column: e.index }
}

function emitLate(code: RowCompiler, { window }: KernelSpec, keys: readonly Operand[]): void {
  if (window === null) return
  const end = keys[window.endKey]!
  const present = end.isNull === 'false' ? '' : `!${end.isNull} && `
  const due = window.allowedLatenessMicros === 0 ? end.value : `${end.value} + ${window.allowedLatenessMicros}`
  let seen = `${due} <= closed`
  if (window.watermarkColumn !== null) {
    const column = window.watermarkColumn
    const known = code.shapes[column]!.nulls ? `${code.columnArray(column, 'nulls')}[i] === 0 && ` : ''
    seen += ` || ${known}${due} <= ${code.columnArray(column, 'values')}[i]`
  }
  code.emit(`if (${present}(${seen})) { tally.rowsLate++; continue }`)
}

interface EvaluatedCall {
  readonly call: KernelCall
  /** When the call takes the row: its FILTER. */
  readonly condition: string
  readonly inputs: readonly ArgOperand[]
}

function evaluated(code: RowCompiler, call: KernelCall): EvaluatedCall {
  if (call.filter === null) return { call, condition: 'true', inputs: call.inputs.map((input) => argOperand(code, call, input)) }
  const condition = code.simpleText(code.compileCondition(call.filter))
  const { lines, result: inputs } = code.capture(() => call.inputs.map((input) => argOperand(code, call, input)))
  if (lines.length === 0) return { call, condition, inputs }
  return { call, condition, inputs: emitConditional(code, condition, lines, inputs) }
}

/** The statements of arguments that are evaluated only under a condition, and variables that outlive them. */
function emitConditional(code: RowCompiler, condition: string, lines: readonly string[], inputs: readonly ArgOperand[]): ArgOperand[] {
  const kept = inputs.map((input): ArgOperand => {
    if (input.value === '') return input
    const { column: _, ...rest } = input
    const [value, isNull, boxed] = [code.name(), input.isNull === 'false' ? 'false' : code.name(), input.boxed === '' ? '' : code.name()]
    return { ...rest, value, isNull, boxed }
  })
  const variables = kept.flatMap((operand, n) => operand === inputs[n] ? [] : [operand.value, operand.isNull, operand.boxed])
  const names = variables.filter((name) => name !== 'false' && name !== '')
  if (names.length > 0) code.emit(`let ${names.join(', ')}`)
  code.emit(`if (${condition}) {`)
  for (const line of lines) code.emit(line)
  kept.forEach((operand, n) => {
    const input = inputs[n]!
    if (operand === input) return
    code.emit(`${operand.value} = ${input.value}`)
    if (operand.isNull !== 'false') code.emit(`${operand.isNull} = ${input.isNull}`)
    if (operand.boxed !== '') code.emit(`${operand.boxed} = ${input.boxed}`)
  })
  code.emit('}')
  return kept
}

function argOperand(code: RowCompiler, call: KernelCall, e: Expression): ArgOperand {
  const bare = call.accumulator.boxes ? null : bareString(code, e)
  if (bare !== null) return { ...bare, boxed: '' }
  const operand = code.simple(code.compile(e))
  return { ...operand, boxed: call.accumulator.boxes || isObject(e) ? boxed(operand, e) : '' }
}

/** States that are sets and lists are merged as values, whoever merges them. */
function isObject(e: Expression): boolean {
  return e.type.kind === 'ARRAY'
}

function boxed({ value, isNull, representation }: Operand, e: Expression): string {
  const present = representation === 'number' && isExact(e.type) ? `BigInt(${value})` : value
  if (isNull === 'false') return present
  return isNull === 'true' ? 'null' : `(${isNull} ? null : ${present})`
}

/** Declares `g`, the row's group. */
function emitGroup(code: RowCompiler, { table }: Groups, keys: readonly Operand[]): void {
  if (keys.length === 0) return code.emit('const g = 0')
  const [key] = keys
  const column = keys.length === 1 && key!.representation === 'string' ? key!.column : undefined
  if (column === undefined || code.shapes[column]!.kind !== 'dict') return code.emit(`const g = ${emitFind(code, table, keys)}`)
  const owner = code.constant(table)
  const byCode = code.name()
  code.once(byCode, `const ${byCode} = ${owner}.groupsByCode(columns[${column}].dictionary)`)
  const dictCode = `${code.columnArray(column, 'codes')}[i]`
  code.emit(`let g = ${key!.isNull === 'false' ? '' : `${key!.isNull} ? ${owner}.groupOfNull() : `}${byCode}[${dictCode}]`)
  code.emit(`if (g < 0) g = ${owner}.groupOfCode(columns[${column}].dictionary, ${dictCode})`)
}

/** The columns whose shape the loop depends on. */
function columnsOf(expressions: readonly Expression[], spec: KernelSpec): ReadonlySet<number> {
  const columns = new Set<number>()
  for (const e of expressions) collectColumns(e, columns)
  if (spec.group !== undefined) columns.add(spec.group.index)
  if (spec.window !== null && spec.window.watermarkColumn !== null) columns.add(spec.window.watermarkColumn)
  return columns
}
