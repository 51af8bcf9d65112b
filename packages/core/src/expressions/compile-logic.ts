import { nullNotAllowed } from '../functions/function-error.js'
import type { CallExpression, CaseExpression, Expression } from './expression.js'
import { allOf, anyOf, blankOf, not, parenthesised, representationOf } from './operand.js'
import type { Operand } from './operand.js'
import type { RowCompiler } from './row-compiler.js'
import { canBeNull, canFail } from './static-facts.js'

/**
 * Text for what is evaluated lazily. `CASE WHEN a THEN x + 1 ELSE coalesce(y, 0) END` over INT columns, y with NULLs:
 *
 * ```js
 * let t1 = 0
 * b2: {
 *   if ((c0_values[i] !== 0)) {
 *     const t3 = c1_values[i] + 1
 *     if (t3 !== (t3 | 0)) k0(t3)
 *     t1 = t3
 *     break b2
 *   }
 *   t1 = (c2_nulls[i] !== 0) ? 0 : c2_values[i]
 * }
 * ```
 *
 * Where nothing needs statements of its own, it is one expression: `(a ? x : y)`, `(a && b)`.
 */
export function compileLogic(c: RowCompiler, e: CallExpression): Operand | null {
  switch (e.name) {
    case 'and': return compileChain(c, flattened(e), false)
    case 'or': return compileChain(c, flattened(e), true)
    case 'not': {
      const arg = c.compile(e.args[0]!)
      return { value: not(arg.value), isNull: arg.isNull, representation: 'boolean' }
    }
    case 'is null': return truth(c.nullOf(e.args[0]!))
    case 'is not null': return truth(not(c.nullOf(e.args[0]!)))
    case 'is true': return truth(c.compileCondition(e.args[0]!))
    case 'is not true': return truth(not(c.compileCondition(e.args[0]!)))
    case 'is false': return truth(isFalse(c, e))
    case 'is not false': return truth(not(isFalse(c, e)))
    case 'coalesce': case 'ifnull': return compileCoalesce(c, e)
    case 'not_null': return compileNotNull(c, e)
    case 'if': return compileCase(c, { ...e, kind: 'case', branches: [{ when: e.args[0]!, then: e.args[1]! }], otherwise: e.args[2]! })
    default: return null
  }
}

function truth(value: string): Operand {
  return { value, isNull: 'false', representation: 'boolean' }
}

function isFalse(c: RowCompiler, e: CallExpression): string {
  const arg = c.compile(e.args[0]!)
  return allOf([not(arg.isNull), not(arg.value)])
}

/** `a AND (b AND c)` as `a, b, c`: the order of evaluation and where it stops are the same. */
function flattened(e: CallExpression): Expression[] {
  return e.args.flatMap((arg) => (arg.kind === 'call' && arg.name === e.name ? flattened(arg) : [arg]))
}

/** Three-valued AND (`decider` false) or OR (`decider` true). */
function compileChain(c: RowCompiler, args: readonly Expression[], decider: boolean): Operand {
  const parts = args.map((arg, k) => (k === 0 ? { lines: [], result: c.compile(arg) } : c.capture(() => c.compile(arg))))
  if (parts.every(({ lines, result }) => lines.length === 0 && result.isNull === 'false')) {
    return { value: `(${parts.map(({ result }) => result.value).join(decider ? ' || ' : ' && ')})`, isNull: 'false', representation: 'boolean' }
  }
  const t = c.name()
  const b = c.name('b')
  const nullable = parts.some(({ result }) => result.isNull !== 'false')
  c.emit(`let ${t} = ${!decider}${nullable ? `, ${t}_null = false` : ''}`)
  c.emit(`${b}: {`)
  for (const { lines, result } of parts) {
    lines.forEach((line) => c.emit(line))
    const decided = `{ ${t} = ${decider}; ${nullable ? `${t}_null = false; ` : ''}break ${b} }`
    const decides = decider ? result.value : not(result.value)
    if (result.isNull === 'true') c.emit(`${t}_null = true`)
    else if (result.isNull === 'false') c.emit(`if ${parenthesised(decides)} ${decided}`)
    else c.emit(`if ${parenthesised(result.isNull)} ${t}_null = true; else if (${decides}) ${decided}`)
  }
  c.emit('}')
  return { value: t, isNull: nullable ? `${t}_null` : 'false', representation: 'boolean' }
}

/** See {@link RowCompiler.compileCondition}. */
export function compileCondition(c: RowCompiler, e: Expression): string {
  if (e.kind === 'call' && (e.name === 'and' || e.name === 'or')) {
    const memo = c.memoised(e)
    if (memo !== null) return isTrue(memo)
    return e.name === 'or' ? anyTrue(c, flattened(e)) : allTrue(c, flattened(e))
  }
  if (e.kind === 'call' && e.name === 'not') {
    const arg = c.compile(e.args[0]!)
    return allOf([not(arg.isNull), not(arg.value)])
  }
  return isTrue(c.compile(e))
}

function isTrue(operand: Operand): string {
  return operand.isTrue ?? allOf([not(operand.isNull), operand.value])
}

function anyTrue(c: RowCompiler, args: readonly Expression[]): string {
  let text = compileCondition(c, args[0]!)
  for (const arg of args.slice(1)) {
    const { lines, result } = c.capture(() => compileCondition(c, arg))
    if (lines.length === 0) {
      text = anyOf([text, result])
      continue
    }
    const t = c.name()
    c.emit(`let ${t} = ${text}`)
    c.emit(`if (!${t}) {`)
    lines.forEach((line) => c.emit(line))
    c.emit(`${t} = ${result}`)
    c.emit('}')
    text = t
  }
  return text
}

function allTrue(c: RowCompiler, args: readonly Expression[]): string {
  // What follows a NULL in an AND is evaluated in case it fails, so conditions cannot be chained if it may.
  const firstNullable = args.findIndex((arg) => canBeNull(arg, c.shapes))
  if (firstNullable !== -1 && args.slice(firstNullable + 1).some(canFail)) return isTrue(compileChain(c, args, false))
  const first = c.compileCondition(args[0]!)
  const parts = args.slice(1).map((arg) => c.capture(() => compileCondition(c, arg)))
  let text = first
  for (const { lines, result } of parts) {
    if (lines.length === 0) {
      text = allOf([text, result])
      continue
    }
    const t = c.name()
    c.emit(`let ${t} = false`)
    c.emit(`if ${parenthesised(text)} {`)
    lines.forEach((line) => c.emit(line))
    c.emit(`${t} = ${result}`)
    c.emit('}')
    text = t
  }
  return text
}

/** Costs nothing in batches without NULLs. */
function compileNotNull(c: RowCompiler, e: CallExpression): Operand | null {
  const [value, column] = e.args
  if (column?.kind !== 'literal' || typeof column.value !== 'string') return null
  const name = column.value
  const arg = c.simple(c.compile(value!))
  if (arg.isNull === 'false') return arg
  c.emit(`if ${parenthesised(arg.isNull)} ${c.constant(() => nullNotAllowed(name))}()`)
  return { value: arg.value, isNull: 'false', representation: arg.representation, ...boundOf([arg]) }
}

function compileCoalesce(c: RowCompiler, e: CallExpression): Operand {
  const representation = representationOf(e.type, c.wide)
  const parts = e.args.map((arg, k) => (k === 0 ? { lines: [], result: c.simple(c.compile(arg)) } : c.capture(() => c.simple(c.compile(arg)))))
  const never = parts.findIndex(({ result }) => result.isNull === 'false')
  const reached = never === -1 ? parts : parts.slice(0, never + 1)
  const isNull = allOf(reached.map(({ result }) => result.isNull))
  const blank = blankOf(representation)
  if (reached.every(({ lines }) => lines.length === 0)) {
    const value = reached.reduceRight((rest, { result }) => ternary(result.isNull, rest, result.value), blank)
    return { value, isNull, representation, ...boundOf(reached.map(({ result }) => result)) }
  }
  const t = c.name()
  const b = c.name('b')
  c.emit(`let ${t} = ${blank}${never === -1 ? `, ${t}_null = false` : ''}`)
  c.emit(`${b}: {`)
  for (const { lines, result } of reached) {
    lines.forEach((line) => c.emit(line))
    if (result.isNull === 'false') c.emit(`${t} = ${result.value}`)
    else if (result.isNull !== 'true') c.emit(`if (!${result.isNull}) { ${t} = ${result.value}; break ${b} }`)
  }
  if (never === -1) c.emit(`${t}_null = true`)
  c.emit('}')
  return { value: t, isNull: never === -1 ? `${t}_null` : 'false', representation, ...boundOf(reached.map(({ result }) => result)) }
}

function ternary(condition: string, yes: string, no: string): string {
  if (condition === 'true') return yes
  return condition === 'false' ? no : `(${condition} ? ${yes} : ${no})`
}

export function compileCase(c: RowCompiler, e: CaseExpression): Operand {
  const representation = representationOf(e.type, c.wide)
  const branches = e.branches.map(({ when, then }, k) => ({
    when: k === 0 ? { lines: [], result: c.compileCondition(when) } : c.capture(() => c.compileCondition(when)),
    then: c.capture(() => c.compile(then)),
  }))
  const otherwise = c.capture(() => c.compile(e.otherwise))
  const results = [...branches.map(({ then }) => then), otherwise]
  const bound = boundOf(results.map(({ result }) => result))
  const plain = [...branches.map(({ when }) => when), ...results].every(({ lines }) => lines.length === 0)
  if (plain && results.every(({ result }) => result.isNull === 'false')) {
    const value = branches.reduceRight((rest, { when, then }) => `(${when.result} ? ${then.result.value} : ${rest})`, otherwise.result.value)
    return { value, isNull: 'false', representation, ...bound }
  }
  const t = c.name()
  const b = c.name('b')
  const nullable = results.some(({ result }) => result.isNull !== 'false')
  const assign = ({ lines, result }: { lines: readonly string[]; result: Operand }): void => {
    lines.forEach((line) => c.emit(line))
    if (result.isNull !== 'true') c.emit(`${t} = ${result.value}`)
    if (result.isNull !== 'false') c.emit(`${t}_null = ${result.isNull}`)
  }
  c.emit(`let ${t} = ${blankOf(representation)}${nullable ? `, ${t}_null = false` : ''}`)
  c.emit(`${b}: {`)
  for (const { when, then } of branches) {
    when.lines.forEach((line) => c.emit(line))
    c.emit(`if ${parenthesised(when.result)} {`)
    assign(then)
    c.emit(`break ${b}`)
    c.emit('}')
  }
  assign(otherwise)
  c.emit('}')
  return { value: t, isNull: nullable ? `${t}_null` : 'false', representation, ...bound }
}

/** The largest of the bounds, if all have one. A NULL's value is the blank, which is 0. */
function boundOf(operands: readonly Operand[]): { bound?: number } {
  let bound = 0
  for (const operand of operands) {
    if (operand.isNull === 'true') continue
    if (operand.bound === undefined) return {}
    bound = Math.max(bound, operand.bound)
  }
  return { bound }
}
