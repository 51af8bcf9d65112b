import type { DataType, TableDefinition } from '@millrace/core'
import { MillraceError, typeName } from '@millrace/core'

/**
 * The schema of records that hold the columns of a table: what can be NULL is a union with null first and null as its default; TIMESTAMP is
 * a local timestamp, TIMESTAMP_LTZ one of UTC, in milliseconds to a precision of 3, else in microseconds.
 *
 * @throws MillraceError SQL_UNSUPPORTED for types and names that Avro does not have
 */
export function schemaOfTable(table: TableDefinition): string {
  const fields = table.columns.map(({ name, type, nullable }) => fieldOf(name, schemaOfType(type, name, `record_${plain(name)}`), nullable))
  return JSON.stringify({ type: 'record', name: 'record', namespace: 'millrace', fields })
}

type Json = string | { readonly [name: string]: unknown } | readonly unknown[]

function fieldOf(name: string, type: Json, nullable: boolean): Json {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new MillraceError('SQL_UNSUPPORTED', `\`${name}\` cannot be a name in Avro, which takes letters, digits and _: name the column otherwise`)
  }
  return nullable ? { name, type: ['null', type], default: null } : { name, type }
}

/** @param path a name for the records in it */
function schemaOfType(type: DataType, column: string, path: string): Json {
  switch (type.kind) {
    case 'BOOLEAN': return 'boolean'
    case 'TINYINT': case 'SMALLINT': case 'INT': return 'int'
    case 'BIGINT': return 'long'
    case 'FLOAT': return 'float'
    case 'DOUBLE': return 'double'
    case 'STRING': return 'string'
    case 'BYTES': return 'bytes'
    case 'DECIMAL': return { type: 'bytes', logicalType: 'decimal', precision: type.precision, scale: type.scale }
    case 'DATE': return { type: 'int', logicalType: 'date' }
    case 'TIME': return type.precision <= 3 ? { type: 'int', logicalType: 'time-millis' } : { type: 'long', logicalType: 'time-micros' }
    case 'TIMESTAMP': return { type: 'long', logicalType: type.precision <= 3 ? 'local-timestamp-millis' : 'local-timestamp-micros' }
    case 'TIMESTAMP_LTZ': return { type: 'long', logicalType: type.precision <= 3 ? 'timestamp-millis' : 'timestamp-micros' }
    case 'ARRAY': return { type: 'array', items: ['null', schemaOfType(type.element, column, path)] }
    case 'MAP': {
      if (type.key.kind !== 'STRING') {
        throw new MillraceError('SQL_UNSUPPORTED', `column \`${column}\`: the keys of a map are strings in Avro, not ${typeName(type.key)}`)
      }
      return { type: 'map', values: ['null', schemaOfType(type.value, column, path)] }
    }
    case 'ROW': return {
      type: 'record', name: path,
      fields: type.fields.map((field) => fieldOf(field.name, schemaOfType(field.type, column, `${path}_${plain(field.name)}`), true)),
    }
    default: throw new MillraceError('SQL_UNSUPPORTED', `column \`${column}\`: avro holds no ${typeName(type)}`)
  }
}

function plain(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, '_')
}
