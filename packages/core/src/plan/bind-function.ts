import { MillraceError, type Span } from '../errors.js'
import type { FunctionDefinition } from '../functions/user/define-function.js'
import type { UserFunction } from '../functions/user/user-function.js'
import { ASYNC_CONCURRENCY_DEFAULT, ASYNC_CONCURRENCY_MAX, ASYNC_TIMEOUT_MS_DEFAULT } from '../limits.js'
import type { CreateFunction } from '../sql/ast.js'
import { parseType } from '../sql/type-syntax.js'
import { sameType, typeName, type DataType } from '../types/data-type.js'
import { bindType } from './bind-type.js'
import { placed } from './placed.js'

/** A module of user functions, imported. */
export interface FunctionModule {
  /** Absolute, for workers to import it too. */
  readonly url: string
  readonly exports: Readonly<Record<string, unknown>>
}

/** `./module.js#export` in its parts. */
export function moduleParts(text: string): { readonly specifier: string; readonly exportName: string | null } {
  const hash = text.indexOf('#')
  return hash === -1 ? { specifier: text, exportName: null } : { specifier: text.slice(0, hash), exportName: text.slice(hash + 1) }
}

/**
 * What CREATE FUNCTION declares, once its module is there: the export, its kind, and its types, which the SQL text, the
 * module or both may give.
 *
 * @throws MillraceError SQL_FUNCTION_EXPORT, SQL_FUNCTION_SIGNATURE
 */
export function bindFunction(create: CreateFunction, module: FunctionModule): UserFunction {
  const { exportName, exported } = findExport(create, module)
  const declared = declarationOf(create, exportName, exported)
  const types = typesOf(create, declared)
  const facts = {
    name: create.name.text,
    url: module.url,
    exportName,
    ...types,
    nulls: create.nulls ?? declared.nulls ?? 'strict',
    deterministic: create.deterministic ?? declared.deterministic ?? false,
  }
  checkOneOf(facts.nulls, ['strict', 'custom'], 'nulls', create)
  switch (declared.kind) {
    case 'scalar function': return { ...facts, kind: 'scalar' }
    case 'aggregate function': return {
      ...facts, kind: 'aggregate', merges: typeof declared.merge === 'function', retracts: typeof declared.retract === 'function',
    }
    case 'async scalar function': return {
      ...facts,
      kind: 'async',
      concurrency: wholeNumber(declared.concurrency ?? ASYNC_CONCURRENCY_DEFAULT, ASYNC_CONCURRENCY_MAX, 'concurrency', create),
      timeoutMs: wholeNumber(declared.timeoutMs ?? ASYNC_TIMEOUT_MS_DEFAULT, 2 ** 31 - 1, 'timeoutMs', create),
    }
    case 'table function': return { ...facts, kind: 'table' }
  }
}

// ------------------------------------------------------------------------------------------------------------- export

function findExport(create: CreateFunction, { url, exports }: FunctionModule): { exportName: string; exported: unknown } {
  const { exportName: asked } = moduleParts(create.module)
  for (const exportName of asked === null ? [create.name.text, 'default'] : [asked]) {
    if (Object.hasOwn(exports, exportName)) return { exportName, exported: exports[exportName] }
  }
  const alternatives = Object.keys(exports).filter((key) => isFunctionLike(exports[key]))
  const missing = asked === null ? `neither \`${create.name.text}\` nor a default` : `no \`${asked}\``
  const hint = alternatives.length === 0 ? '' : `; functions it exports: ${alternatives.join(', ')}`
  throw new MillraceError('SQL_FUNCTION_EXPORT', `${url} exports ${missing}${hint}`, { span: create.moduleSpan, alternatives })
}

function isFunctionLike(value: unknown): boolean {
  return typeof value === 'function' || (typeof value === 'object' && value !== null && 'kind' in value)
}

/** What a declaration says; of a plain function next to nothing. */
type Declared = Pick<FunctionDefinition, 'kind'> & {
  readonly args?: unknown
  readonly returns?: unknown
  readonly nulls?: 'strict' | 'custom'
  readonly deterministic?: boolean
  readonly concurrency?: unknown
  readonly timeoutMs?: unknown
  readonly merge?: unknown
  readonly retract?: unknown
}

/** The methods that a kind must have. */
const METHODS: Readonly<Record<FunctionDefinition['kind'], readonly string[]>> = {
  'scalar function': ['eval'],
  'async scalar function': ['eval'],
  'aggregate function': ['create', 'accumulate', 'result'],
  'table function': ['eval'],
}

function declarationOf(create: CreateFunction, exportName: string, exported: unknown): Declared {
  const refuse = (what: string): never => {
    throw new MillraceError('SQL_FUNCTION_EXPORT', `export \`${exportName}\` of ${create.module.replace(/#.*/s, '')} ${what}`, { span: create.moduleSpan })
  }
  const declared = typeof exported === 'function' ? plainFunction(exported, create, refuse) : exported
  if (typeof declared !== 'object' || declared === null || !('kind' in declared) || !Object.hasOwn(METHODS, String(declared.kind))) {
    return refuse('is no function; make one with scalarFunction, asyncScalarFunction, aggregateFunction or tableFunction of @millrace/core')
  }
  const { kind } = declared as Declared
  for (const method of METHODS[kind]) {
    if (typeof (declared as Record<string, unknown>)[method] !== 'function') refuse(`is a ${kind} without ${method}(…)`)
  }
  if (create.returnsTable !== (kind === 'table function') && (create.returnsTable || create.returns?.name !== 'ROW') && create.returns !== null) {
    refuse(create.returnsTable ? `is a ${kind}, but RETURNS TABLE declares a table function` : 'is a table function: declare it with RETURNS TABLE<…>')
  }
  return declared as Declared
}

/** A function says by how it is written what it is: `function`, `async function`, `function*`. */
function plainFunction(exported: Function, create: CreateFunction, refuse: (what: string) => never): Declared & Record<string, unknown> {
  if (/^class\b/.test(Function.prototype.toString.call(exported))) return refuse('is a class; export a function, or what one of the makers of @millrace/core gives')
  switch (exported.constructor.name) {
    case 'AsyncFunction': return { kind: 'async scalar function', eval: exported }
    case 'GeneratorFunction': return { kind: 'table function', eval: exported }
    case 'AsyncGeneratorFunction': return refuse('is an async generator; a table function gives its rows at once')
    default: return { kind: create.returnsTable ? 'table function' : 'scalar function', eval: exported }
  }
}

// -------------------------------------------------------------------------------------------------------------- types

function typesOf(create: CreateFunction, declared: Declared): { readonly argTypes: readonly DataType[]; readonly returns: DataType } {
  const own = moduleTypes(create, declared)
  if (create.returns === null) {
    if (own !== null) return own
    throw new MillraceError(
      'SQL_FUNCTION_SIGNATURE',
      `nothing says which types \`${create.name.text}\` has: write CREATE FUNCTION ${create.name.text} (argument TYPE, …) RETURNS TYPE AS …, or declare`
        + ' args and returns in the module, with scalarFunction of @millrace/core',
      { span: create.name.span },
    )
  }
  const argTypes = create.args.map((arg) => bindType(arg.type))
  const returns = bindType(create.returns)
  if (own === null) return { argTypes, returns }
  const agrees = own.argTypes.length === argTypes.length && own.argTypes.every((type, i) => sameType(type, argTypes[i]!)) && sameType(own.returns, returns)
  if (agrees) return own
  throw new MillraceError(
    'SQL_FUNCTION_SIGNATURE',
    `the module declares (${own.argTypes.map(typeName).join(', ')}) → ${typeName(own.returns)}, and SQL`
      + ` (${argTypes.map(typeName).join(', ')}) → ${typeName(returns)}; leave them out here, or make them the same`,
    { span: create.name.span },
  )
}

function moduleTypes(create: CreateFunction, { args, returns }: Declared): { readonly argTypes: readonly DataType[]; readonly returns: DataType } | null {
  if (args === undefined && returns === undefined) return null
  if (!Array.isArray(args) || typeof returns !== 'string' || !args.every((arg): arg is string => typeof arg === 'string')) {
    throw new MillraceError(
      'SQL_FUNCTION_SIGNATURE',
      `the module declares \`args\` as a list of SQL types in quotes and \`returns\` as one: args: ['STRING'], returns: 'BIGINT'`,
      { span: create.moduleSpan },
    )
  }
  return { argTypes: args.map((text) => typeOf(text, create.moduleSpan)), returns: typeOf(returns, create.moduleSpan) }
}

/** A type that the module wrote, with errors at the place in the SQL text that names the module. */
function typeOf(text: string, span: Span): DataType {
  try {
    return bindType(parseType(text))
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error
    return placed(span, () => {
      throw new MillraceError('SQL_FUNCTION_SIGNATURE', `the module declares the type '${text}': ${error.message}`, {}, { cause: error })
    })
  }
}

// ------------------------------------------------------------------------------------------------------------ options

function wholeNumber(value: unknown, max: number, option: string, create: CreateFunction): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max) return value
  throw new MillraceError(
    'SQL_FUNCTION_SIGNATURE', `the module declares ${option}: ${String(value)}; it is a whole number from 1 to ${max}`, { span: create.moduleSpan },
  )
}

function checkOneOf(value: string, allowed: readonly string[], option: string, create: CreateFunction): void {
  if (allowed.includes(value)) return
  throw new MillraceError(
    'SQL_FUNCTION_SIGNATURE', `the module declares ${option}: ${String(value)}; it is ${allowed.join(' or ')}`, { span: create.moduleSpan },
  )
}
