import { MillraceError } from '@millrace/core'
import avro from 'avsc'
import type { AvroDecimal, AvroField, AvroRecord, AvroType, TimeLogical } from './avro-type.js'

/** An Avro schema, as text and understood. */
export interface AvroSchema {
  readonly text: string
  readonly type: AvroType
}

/**
 * Reads an Avro schema. The library decides whether it is one; the tree is made of its text, since the library forgets logical types that it
 * does not know.
 *
 * @param references texts of schemas whose names it uses, each after those that it uses itself
 * @throws MillraceError OPTION_INVALID
 */
export function parseAvroSchema(text: string, references: readonly string[] = []): AvroSchema {
  try {
    const registry = Object.create(null) as Record<string, avro.Type>
    const names: Names = new Map()
    const options = { registry, wrapUnions: true } as const
    for (const reference of references) {
      const schema = JSON.parse(reference) as Json
      avro.Type.forSchema(schema as avro.Schema, options)
      typeOf(schema, names, registry, '')
    }
    const schema = JSON.parse(text) as Json
    avro.Type.forSchema(schema as avro.Schema, options)
    return { text, type: typeOf(schema, names, registry, '') }
  } catch (cause) {
    throw new MillraceError('OPTION_INVALID', `this is no Avro schema: ${(cause as Error).message}`, {}, { cause })
  }
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
type JsonObject = { readonly [name: string]: Json }

/** By full name. */
type Names = Map<string, AvroType>
type Registry = Readonly<Record<string, avro.Type>>

function typeOf(schema: Json, names: Names, registry: Registry, namespace: string): AvroType {
  if (typeof schema === 'string') return namedType(schema, names, namespace)
  if (Array.isArray(schema)) return { kind: 'union', branches: schema.map((branch: Json) => typeOf(branch, names, registry, namespace)) }
  const own = schema as JsonObject
  const kind = own['type']
  switch (kind) {
    case 'array': return { kind, items: typeOf(own['items']!, names, registry, namespace) }
    case 'map': return { kind, values: typeOf(own['values']!, names, registry, namespace) }
    case 'int': case 'long': return { kind, logical: timeLogical(kind, own['logicalType']) }
    case 'bytes': return { kind, decimal: decimalOf(own) }
    case 'fixed': return named(own, namespace, names, () => ({ kind, size: own['size'] as number, decimal: decimalOf(own) }))
    case 'enum': return named(own, namespace, names, () => ({ kind, symbols: own['symbols'] as readonly string[] }))
    case 'record': case 'error': return recordOf(own, names, registry, namespace)
    // `{"type": {"type": "array", …}}`, `{"type": "string", "avro.java.string": …}`, `{"type": "Name"}`
    default: return typeOf(kind!, names, registry, namespace)
  }
}

function namedType(name: string, names: Names, namespace: string): AvroType {
  switch (name) {
    case 'null': case 'boolean': case 'float': case 'double': case 'string': return { kind: name }
    case 'int': case 'long': return { kind: name, logical: null }
    case 'bytes': return { kind: name, decimal: null }
    default: {
      const found = names.get(name.includes('.') ? name : qualified(name, namespace)) ?? names.get(name)
      if (found === undefined) throw new Error(`undefined type name: ${name}`)
      return found
    }
  }
}

function recordOf(schema: JsonObject, names: Names, registry: Registry, namespace: string): AvroRecord {
  const name = fullName(schema, namespace)
  const fields: AvroField[] = []
  const record: AvroRecord = { kind: 'record', name, fields }
  names.set(name, record)
  const own = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : ''
  for (const field of schema['fields'] as readonly JsonObject[]) {
    fields.push({
      name: field['name'] as string,
      aliases: (field['aliases'] ?? []) as readonly string[],
      type: typeOf(field['type']!, names, registry, own),
      fallback: Object.hasOwn(field, 'default') ? fallbackOf(registry[name], field['name'] as string) : null,
    })
  }
  return record
}

/** The library encodes the default, since that is written in a JSON of its own. */
function fallbackOf(type: avro.Type | undefined, name: string): Uint8Array {
  const field = (type as avro.types.RecordType).fields.find((candidate) => candidate.name === name)!
  return new Uint8Array(field.type.toBuffer(field.defaultValue()))
}

function named(schema: JsonObject, namespace: string, names: Names, make: () => AvroType): AvroType {
  const type = make()
  names.set(fullName(schema, namespace), type)
  return type
}

function fullName(schema: JsonObject, namespace: string): string {
  const name = schema['name'] as string
  return name.includes('.') ? name : qualified(name, (schema['namespace'] as string | undefined) ?? namespace)
}

function qualified(name: string, namespace: string): string {
  return namespace === '' ? name : `${namespace}.${name}`
}

/** A logical type that does not fit its type counts as none, as the specification asks. */
function timeLogical(kind: 'int' | 'long', name: Json | undefined): TimeLogical | null {
  if (kind === 'int') return name === 'date' ? { kind: 'date' } : name === 'time-millis' ? { kind: 'time', scale: 3 } : null
  switch (name) {
    case 'time-micros': return { kind: 'time', scale: 0 }
    case 'timestamp-millis': return { kind: 'timestamp', scale: 3, local: false }
    case 'timestamp-micros': return { kind: 'timestamp', scale: 0, local: false }
    case 'timestamp-nanos': return { kind: 'timestamp', scale: -3, local: false }
    case 'local-timestamp-millis': return { kind: 'timestamp', scale: 3, local: true }
    case 'local-timestamp-micros': return { kind: 'timestamp', scale: 0, local: true }
    case 'local-timestamp-nanos': return { kind: 'timestamp', scale: -3, local: true }
    default: return null
  }
}

function decimalOf(schema: JsonObject): AvroDecimal | null {
  const { logicalType, precision, scale = 0 } = schema as { readonly [name: string]: unknown }
  if (logicalType !== 'decimal' || !Number.isInteger(precision) || !Number.isInteger(scale)) return null
  const digits = { precision: precision as number, scale: scale as number }
  return digits.precision >= 1 && digits.scale >= 0 && digits.scale <= digits.precision ? digits : null
}
