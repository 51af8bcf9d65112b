/**
 * The JavaScript value of a SQL type written as text, for the types of user functions: `SqlValue<'ARRAY<BIGINT>'>` is
 * `(bigint | null)[]`.
 *
 * | SQL type | argument | result, besides |
 * |---|---|---|
 * | BOOLEAN | boolean | |
 * | TINYINT SMALLINT INT | number | bigint in range |
 * | BIGINT | bigint | number, if a safe integer |
 * | FLOAT DOUBLE | number | |
 * | DECIMAL(p, s) | string, `'12.30'` | number, bigint; rounded to the scale |
 * | STRING VARCHAR CHAR | string | |
 * | BYTES | Uint8Array | |
 * | DATE | number, days since 1970-01-01 | Date (its UTC day), `'2026-01-31'` |
 * | TIME | number, microseconds since midnight | `'09:05:30'` |
 * | TIMESTAMP TIMESTAMP_LTZ | number, microseconds since 1970-01-01 00:00 | Date (its UTC fields), `'2026-01-31 09:05:30'` |
 * | INTERVAL | number of months or of microseconds | |
 * | ARRAY | array | |
 * | MAP | Map | object (keys as strings) |
 * | ROW | object | array in field order |
 *
 * NULL is `null`, in results `undefined` too.
 */
export type SqlValue<T extends string> = ValueOf<Uppercase<Trim<T>>, Trim<T>>

/** What a function may return for a SQL type. */
export type SqlResult<T extends string> = ResultOf<Uppercase<Trim<T>>, Trim<T>> | null | undefined

/** Arguments of SQL types, in order; where NULLs are not passed on they need not be thought of. */
export type SqlArguments<A extends readonly string[], N extends 'strict' | 'custom'> = {
  -readonly [I in keyof A]: N extends 'custom' ? SqlValue<A[I]> | null : SqlValue<A[I]>
}

/** `U`: the type in capitals, `T`: as written, for the names of fields. */
type ValueOf<U extends string, T extends string> =
  U extends 'BOOLEAN' | 'BOOL' ? boolean
  : U extends 'BIGINT' | 'INT8' ? bigint
  : U extends IntegerName | 'FLOAT' | 'REAL' | `DOUBLE${string}` | 'FLOAT4' | 'FLOAT8' ? number
  : U extends `DEC${string}` | `NUMERIC${string}` ? string
  : U extends `STRING` | 'TEXT' | `VARCHAR${string}` | `CHAR${string}` ? string
  : U extends `BYTE${string}` | `BINARY${string}` | `VARBINARY${string}` ? Uint8Array
  : U extends 'DATE' | `TIME${string}` | `INTERVAL${string}` ? number
  : T extends `${infer E}[]` ? (SqlValue<E> | null)[]
  : U extends `ARRAY<${string}` ? (T extends `${string}<${infer E}>` ? (SqlValue<E> | null)[] : never)
  : U extends `MAP<${string}` ? (T extends `${string}<${infer K},${infer V}>` ? Map<SqlValue<K>, SqlValue<V> | null> : never)
  : U extends `ROW<${string}` ? (T extends `${string}<${infer F}>` ? RowOf<F, 'value'> : never)
  : never

type IntegerName = 'TINYINT' | 'SMALLINT' | 'INT' | 'INTEGER' | 'INT2' | 'INT4'

type ResultOf<U extends string, T extends string> =
  U extends IntegerName | 'BIGINT' | 'INT8' ? number | bigint
  : U extends `DEC${string}` | `NUMERIC${string}` ? string | number | bigint
  : U extends 'DATE' | `TIMESTAMP${string}` ? number | string | Date
  : U extends `TIME${string}` ? number | string
  : U extends `ARRAY<${string}` ? (T extends `${string}<${infer E}>` ? readonly SqlResult<E>[] : never)
  : U extends `MAP<${string}` ? ReadonlyMap<unknown, unknown> | Readonly<Record<string, unknown>>
  : U extends `ROW<${string}` ? (T extends `${string}<${infer F}>` ? Readonly<RowOf<F, 'result'>> | readonly unknown[] : never)
  : ValueOf<U, T>

/** `a INT, b STRING`. Where a field's type holds a comma itself, all are left untyped. */
type RowOf<F extends string, Side extends 'value' | 'result'> =
  F extends `${string}${'<' | '('}${string},${string}` ? Record<string, any> : FieldsOf<F, Side>

type FieldsOf<F extends string, Side extends 'value' | 'result'> =
  F extends `${infer First},${infer Rest}` ? FieldOf<Trim<First>, Side> & FieldsOf<Rest, Side> : FieldOf<Trim<F>, Side>

type FieldOf<F extends string, Side extends 'value' | 'result'> = F extends `${infer Name} ${infer T}`
  ? (Side extends 'value' ? { [K in Name]: SqlValue<WithoutNullability<T>> | null } : { [K in Name]?: SqlResult<WithoutNullability<T>> })
  : never

type WithoutNullability<T extends string> = T extends `${infer Bare} ${'NOT NULL' | 'not null'}` ? Bare : T

type Trim<T extends string> = T extends ` ${infer R}` ? Trim<R> : T extends `${infer R} ` ? Trim<R> : T
