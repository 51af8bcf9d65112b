import type { DataType, Value } from '../types/data-type.js'

/**
 * A scalar function or operator of the catalogue. One object serves everybody: the binder resolves an overload by the
 * types of the arguments, the interpreter calls what `implement` gives, the code generator calls the same function or
 * uses its own inline text for the hot ones (`expressions/inline.ts`), SHOW FUNCTIONS and the reference page print it.
 */
export interface ScalarFunction {
  /** Canonical name: lower case, or the operator's sign. */
  readonly name: string
  readonly aliases?: readonly string[]
  readonly category: 'operator' | 'comparison' | 'logic' | 'numeric' | 'string' | 'time' | 'conditional' | 'json' | 'collection' | 'conversion' | 'hash' | 'context'
  /** One sentence for the reference page. */
  readonly doc: string
  /** Tried in order; the first that accepts the arguments wins. */
  readonly overloads: readonly ScalarOverload[]
}

export interface ScalarOverload {
  /** As printed by SHOW FUNCTIONS: `(STRING, INT[, INT]) → STRING`. */
  readonly signature: string
  /**
   * Decides whether the overload takes arguments of these types (a bare NULL has kind NULL), and what they must be cast
   * to. `null`: not this one.
   */
  resolve(args: readonly DataType[]): ResolvedTypes | null
  /**
   * `strict`: any NULL argument makes the result NULL and the function is not called. `custom`: it is called with
   * nulls.
   */
  readonly nulls: 'strict' | 'custom'
  /** True if the result can be NULL although no argument is (strict), or at all (custom). */
  readonly nullable: boolean
  /** False: not folded at plan time and evaluated once a row (`random()`, `uuid()`). */
  readonly deterministic: boolean
  /**
   * Makes the function for the resolved types. The result takes and gives `Value`s in the form that each type has
   * (BIGINT as bigint, DECIMAL unscaled), and throws MillraceError NUMERIC_OVERFLOW, DIVISION_BY_ZERO, CAST_FAILED or
   * FUNCTION_ARGUMENT for its row.
   */
  implement(types: ResolvedTypes, context: FunctionContext): (...args: any[]) => Value
  /**
   * Looks at the arguments that are literals, before the job starts: a pattern that is wrong is wrong in every row.
   * @param literals by argument; undefined where it is no literal
   * @throws MillraceError FUNCTION_ARGUMENT
   */
  check?(literals: readonly (Value | undefined)[]): void
  /** The same where the result is a BIGINT, which it gives as a number as long as that is a safe integer. Generated code calls it. */
  implementNarrow?(types: ResolvedTypes, context: FunctionContext): (...args: any[]) => Value
}

export interface ResolvedTypes {
  /** What the arguments are cast to, as many as there are arguments. */
  readonly args: readonly DataType[]
  readonly returns: DataType
}

/** The door to time and chance. */
export interface FunctionContext {
  /** Microseconds since 1970, the job's clock. */
  nowMicros(): number
  /** Uniform in [0, 1), the job's seeded generator. */
  random(): number
  /** IANA name; UTC unless the job sets `'time-zone'`. */
  readonly timeZone: string
  /** What a loaded module of user functions exports under a name. Absent where nothing of the user's is evaluated (planning). */
  functionExport?(url: string, exportName: string): unknown
}

/**
 * An aggregate function. The object form (`create`, `add`, `merge`, …) is the definition and the oracle; operators use
 * typed-array forms of the common ones (`operators/aggregate/`), which must agree with it.
 */
export interface AggregateFunction {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly doc: string
  readonly overloads: readonly AggregateOverload[]
  /** True if the result depends on the order of rows (`first_value`, `string_agg`): the planner adds the row's ordinal. */
  readonly ordered: boolean
  /** Does DISTINCT change nothing (`min`, `max`, `bool_and`)? */
  readonly distinctIsNoop?: boolean
}

export interface AggregateOverload {
  readonly signature: string
  resolve(args: readonly DataType[]): ResolvedTypes | null
  /** True if the result is never NULL (`count`). */
  readonly neverNull?: boolean
  /** Columns that a partial state is moved and stored as. */
  stateTypes(types: ResolvedTypes): readonly DataType[]
  /** @param context left out where no code of the user's is meant */
  implement(types: ResolvedTypes, context?: FunctionContext): Accumulating
}

/** The life of one group's accumulator, `A` being whatever the function keeps. */
export interface Accumulating<A = any> {
  create(): A
  /**
   * One row. NULL arguments are passed on: most functions ignore them. For `ordered` functions one more argument
   * follows: the ordinal (a number; rows are ordered by it).
   */
  add(state: A, args: readonly Value[]): void
  /** Takes a row back. Absent where impossible from the state alone. */
  retract?(state: A, args: readonly Value[]): void
  merge(state: A, other: A): void
  /** @throws MillraceError NUMERIC_OVERFLOW where the result leaves its type (sums are exact inside) */
  result(state: A): Value
  /** The state as values of `stateTypes`. */
  save(state: A): readonly Value[]
  load(values: readonly Value[]): A
}
