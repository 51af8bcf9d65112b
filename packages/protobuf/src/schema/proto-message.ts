/** A message as far as it matters here. Fields are filled in after it was made: a message may hold itself. */
export interface ProtoMessage {
  /** Full, without a dot at the start: `shop.Order`. */
  readonly name: string
  readonly fields: readonly ProtoField[]
}

export interface ProtoField {
  readonly name: string
  readonly id: number
  readonly type: ProtoType
  /** `map`: entries of `key` and `type`. */
  readonly label: 'single' | 'repeated' | 'map'
  readonly key: ScalarName | null
  /** False: absent means the default of its type, and not nothing. */
  readonly hasPresence: boolean
  readonly isRequired: boolean
  /** Repeated numbers stand together. */
  readonly isPacked: boolean
}

export type ProtoType =
  | { readonly kind: 'scalar'; readonly name: ScalarName }
  | { readonly kind: 'enum'; readonly name: string; readonly names: ReadonlyMap<number, string>; readonly numbers: ReadonlyMap<string, number> }
  | { readonly kind: 'message'; readonly message: ProtoMessage }

export type ScalarName =
  | 'int32' | 'int64' | 'uint32' | 'uint64' | 'sint32' | 'sint64' | 'fixed32' | 'fixed64' | 'sfixed32' | 'sfixed64' | 'float' | 'double' | 'bool'
  | 'string' | 'bytes'

export const VARINT = 0
export const FIXED_64 = 1
export const LENGTH = 2
export const GROUP_START = 3
export const GROUP_END = 4
export const FIXED_32 = 5

/** How a value of a type stands in a message. */
export function wireTypeOf(type: ProtoType): number {
  if (type.kind === 'message') return LENGTH
  if (type.kind === 'enum') return VARINT
  switch (type.name) {
    case 'string': case 'bytes': return LENGTH
    case 'fixed64': case 'sfixed64': case 'double': return FIXED_64
    case 'fixed32': case 'sfixed32': case 'float': return FIXED_32
    default: return VARINT
  }
}

/** Messages around one value, which say whether there is one: `google.protobuf.Int64Value` and the like. */
export function wrappedType(message: ProtoMessage): ProtoType | null {
  return /^google\.protobuf\.(?:Double|Float|U?Int64|U?Int32|Bool|String|Bytes)Value$/.test(message.name) ? message.fields[0]?.type ?? null : null
}

export function isTimestamp(message: ProtoMessage): boolean {
  return message.name === 'google.protobuf.Timestamp'
}

/** As a person reads it: `repeated int32`. */
export function describeField({ type, label, key }: ProtoField): string {
  const name = type.kind === 'scalar' ? type.name : type.kind === 'enum' ? `enum ${type.name}` : `message ${type.message.name}`
  if (label === 'map') return `map<${key}, ${name}>`
  return label === 'repeated' ? `repeated ${name}` : name
}
