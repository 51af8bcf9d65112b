import {
  array, BIGINT, BOOLEAN, BYTES, DATE, DOUBLE, INT, INTERVAL_MONTH, INTERVAL_SECOND, isApproximate, isInteger, isNumeric, isTimestamp, NULL,
  STRING, time, timestamp, typeName,
} from '../types/data-type.js'
import type { DataType, Value } from '../types/data-type.js'
import type { FunctionContext, ResolvedTypes, ScalarOverload } from './function.js'

/** A parameter of a signature: its name in print, and what an argument's type is cast to (`null`: not accepted). */
export interface Parameter {
  readonly label: string
  accept(type: DataType): DataType | null
}

function parameter(label: string, accept: (type: DataType) => DataType | null): Parameter {
  return { label, accept }
}

/** Takes types that `fits` accepts, and a bare NULL, as they are or as `target`. */
function kinds(label: string, whenNull: DataType, fits: (type: DataType) => boolean, target: DataType | null = null): Parameter {
  return parameter(label, (type) => (type.kind === 'NULL' ? whenNull : fits(type) ? (target ?? type) : null))
}

/** Length limits do not matter inside expressions: every text argument is a STRING. */
export const TEXT: Parameter = kinds('STRING', STRING, (t) => t.kind === 'STRING', STRING)
/** Anything that has a text. */
export const TEXTUAL: Parameter = kinds('any', STRING, () => true, STRING)
/** BIGINT narrows with a range check. */
export const INTEGER: Parameter = kinds('INT', INT, isInteger, INT)
export const LONG: Parameter = kinds('BIGINT', BIGINT, isInteger, BIGINT)
/** Any number, as DOUBLE. */
export const REAL: Parameter = kinds('DOUBLE', DOUBLE, isNumeric, DOUBLE)
/** Any number, as it is. */
export const NUMBER: Parameter = kinds('number', DOUBLE, isNumeric)
export const ANY_INTEGER: Parameter = kinds('integer', INT, isInteger)
export const ANY_DECIMAL: Parameter = parameter('DECIMAL', (t) => (t.kind === 'DECIMAL' ? t : null))
export const ANY_APPROXIMATE: Parameter = parameter('DOUBLE', (t) => (isApproximate(t) ? t : null))
export const BOOL: Parameter = kinds('BOOLEAN', BOOLEAN, (t) => t.kind === 'BOOLEAN')
export const BINARY: Parameter = kinds('BYTES', BYTES, (t) => t.kind === 'BYTES')
export const DAY: Parameter = kinds('DATE', DATE, (t) => t.kind === 'DATE')
export const CLOCK: Parameter = kinds('TIME', time(6), (t) => t.kind === 'TIME')
/** DATE only by itself: for overloads whose result depends on it. */
export const ONLY_DAY: Parameter = parameter('DATE', (t) => (t.kind === 'DATE' ? t : null))
/** A clock's time of no zone: TIMESTAMP; DATE is its midnight. */
export const MOMENT: Parameter = parameter('TIMESTAMP', (t) => (t.kind === 'TIMESTAMP' ? t : t.kind === 'DATE' ? timestamp(0) : null))
export const INSTANT: Parameter = parameter('TIMESTAMP_LTZ', (t) => (t.kind === 'TIMESTAMP_LTZ' ? t : null))
/** Either of the two, or a DATE. */
export const ANY_TIMESTAMP: Parameter = kinds('TIMESTAMP', timestamp(6), isTimestamp)
/** Where a text may stand for a timestamp. */
export const MOMENT_OR_TEXT: Parameter = parameter('TIMESTAMP', (t) => (
  isTimestamp(t) ? t : t.kind === 'DATE' ? timestamp(0) : t.kind === 'STRING' || t.kind === 'NULL' ? timestamp(6) : null
))
export const MONTHS: Parameter = parameter('INTERVAL YEAR TO MONTH', (t) => (t.kind === 'INTERVAL_MONTH' ? INTERVAL_MONTH : null))
export const DAY_TIME: Parameter = parameter('INTERVAL DAY TO SECOND', (t) => (t.kind === 'INTERVAL_SECOND' ? INTERVAL_SECOND : null))
export const ANY: Parameter = parameter('any', (t) => t)
export const ARRAY: Parameter = kinds('ARRAY', array(NULL), (t) => t.kind === 'ARRAY')
export const MAP: Parameter = parameter('MAP', (t) => (t.kind === 'MAP' ? t : null))
export const ROW: Parameter = parameter('ROW', (t) => (t.kind === 'ROW' ? t : null))

export interface OverloadSpec {
  readonly args: readonly Parameter[]
  /** How many of the last `args` may be left out. Default 0. */
  readonly optional?: number
  /** More arguments of this kind may follow. */
  readonly rest?: Parameter
  /** Least number of `rest` arguments. Default 0. */
  readonly restMin?: number
  /** The result, by the accepted types; `null`: the overload does not fit after all. */
  readonly returns: DataType | ((args: readonly DataType[]) => DataType | null)
  /** In print, where `returns` is computed. */
  readonly returnsLabel?: string
  /** Last word on the arguments' types, for those that depend on each other. */
  readonly unify?: (args: readonly DataType[]) => readonly DataType[] | null
  /** Default `strict`. */
  readonly nulls?: 'strict' | 'custom'
  /** Default false. */
  readonly nullable?: boolean
  /** Default true. */
  readonly deterministic?: boolean
  /** See {@link ScalarOverload.check}. */
  readonly check?: (literals: readonly (Value | undefined)[]) => void
  /** The function, where it depends on neither types nor context; else `make`. */
  readonly call?: (...args: any[]) => Value
  readonly make?: (types: ResolvedTypes, context: FunctionContext) => (...args: any[]) => Value
}

/** Builds an overload, its printed signature and its resolution from a list of parameters. */
export function overload(spec: OverloadSpec): ScalarOverload {
  const { call, make } = spec
  return {
    signature: `${signatureOf(spec)} → ${typeof spec.returns === 'function' ? (spec.returnsLabel ?? 'same') : typeName(spec.returns)}`,
    resolve: (args) => resolveSpec(spec, args),
    nulls: spec.nulls ?? 'strict',
    nullable: spec.nullable ?? false,
    deterministic: spec.deterministic ?? true,
    implement: make ?? (() => call!),
    ...(spec.check === undefined ? {} : { check: spec.check }),
  }
}

export type SignatureSpec = Pick<OverloadSpec, 'args' | 'optional' | 'rest' | 'restMin' | 'returns' | 'returnsLabel' | 'unify'>

/** `(STRING, INT[, INT])`, `(any, …)` */
export function signatureOf(spec: SignatureSpec): string {
  const required = spec.args.length - (spec.optional ?? 0)
  const labels = spec.args.map((p) => p.label)
  let text = labels.slice(0, required).join(', ')
  for (const label of labels.slice(required)) text += text === '' ? `[${label}]` : `[, ${label}]`
  if (spec.rest !== undefined) text += `${text === '' ? '' : ', '}${`${spec.rest.label}, `.repeat(spec.restMin ?? 0)}…`
  return `(${text})`
}

export function resolveSpec(spec: SignatureSpec, args: readonly DataType[]): ResolvedTypes | null {
  const required = spec.args.length - (spec.optional ?? 0)
  if (args.length < required + (spec.restMin ?? 0)) return null
  if (args.length > spec.args.length && spec.rest === undefined) return null
  let types: DataType[] = []
  for (const [i, type] of args.entries()) {
    const accepted = (spec.args[i] ?? spec.rest)!.accept(type)
    if (accepted === null) return null
    types.push(accepted)
  }
  if (spec.unify !== undefined) {
    const unified = spec.unify(types)
    if (unified === null) return null
    types = [...unified]
  }
  const returns = typeof spec.returns === 'function' ? spec.returns(types) : spec.returns
  return returns === null ? null : { args: types, returns }
}
