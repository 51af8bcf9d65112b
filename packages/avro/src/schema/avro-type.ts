/** An Avro schema as a tree: names resolved, logical types recognised, what does not matter here left out. */
export type AvroType =
  | { readonly kind: 'null' | 'boolean' | 'float' | 'double' | 'string' }
  | { readonly kind: 'int' | 'long'; readonly logical: TimeLogical | null }
  | { readonly kind: 'bytes'; readonly decimal: AvroDecimal | null }
  | { readonly kind: 'fixed'; readonly size: number; readonly decimal: AvroDecimal | null }
  | { readonly kind: 'enum'; readonly symbols: readonly string[] }
  | { readonly kind: 'array'; readonly items: AvroType }
  | { readonly kind: 'map'; readonly values: AvroType }
  | { readonly kind: 'union'; readonly branches: readonly AvroType[] }
  | AvroRecord

/** Its fields are filled in after it was made: a record may hold itself. */
export interface AvroRecord {
  readonly kind: 'record'
  readonly name: string
  readonly fields: readonly AvroField[]
}

export interface AvroField {
  readonly name: string
  readonly aliases: readonly string[]
  readonly type: AvroType
  /** The encoding of its default, or null where it has none. */
  readonly fallback: Uint8Array | null
}

export interface AvroDecimal {
  readonly precision: number
  readonly scale: number
}

/** What an int or a long counts: days, or units of 10^scale microseconds (3 milliseconds, −3 nanoseconds). */
export type TimeLogical =
  | { readonly kind: 'date' }
  | { readonly kind: 'time'; readonly scale: number }
  | { readonly kind: 'timestamp'; readonly scale: number; readonly local: boolean }

/** As a person reads it: `union of null, long`. */
export function describeType(type: AvroType): string {
  switch (type.kind) {
    case 'record': return `record ${type.name}`
    case 'union': return `union of ${type.branches.map(describeType).join(', ')}`
    case 'array': return `array of ${describeType(type.items)}`
    case 'map': return `map of ${describeType(type.values)}`
    case 'int': case 'long': return type.logical === null ? type.kind : `${type.kind} (${type.logical.kind})`
    case 'bytes': case 'fixed': return type.decimal === null ? type.kind : `${type.kind} (decimal ${type.decimal.precision}, ${type.decimal.scale})`
    default: return type.kind
  }
}
