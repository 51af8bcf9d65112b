import type { ReaderContext, ScanSpec } from '../connector.js'
import { MillraceError, unreachable } from '../errors.js'
import type { DataType } from '../types/data-type.js'
import { typeName } from '../types/data-type.js'
import { Dictionary } from '../types/dictionary.js'
import type { ColumnBuffer } from './column-buffer.js'
import { columnBufferOf } from './column-buffer.js'

/** One column that a decoder fills: what it is and where its values go. */
export interface ScanField {
  readonly name: string
  readonly type: DataType
  readonly nullable: boolean
  readonly buffer: ColumnBuffer
  /** For timestamps given as numbers: 10^unitScale microseconds are one unit (s 6, ms 3, us 0, ns −3). */
  readonly unitScale: number
}

/** Dictionaries are the worker's, by table and column: codes then mean the same in every split. */
export function scanFieldsOf(scan: ScanSpec, context: ReaderContext, unitScale: number): ScanField[] {
  return scan.columns.map((column) => ({
    name: column.name,
    type: column.type,
    nullable: column.nullable,
    buffer: columnBufferOf(column.type, scan.batchRows, () =>
      context.shared(`dictionary of ${scan.table.name}.${column.name}`, () => new Dictionary())),
    unitScale,
  }))
}

/**
 * Refuses column types that no text format holds.
 * @throws MillraceError SQL_UNSUPPORTED
 */
export function checkTextTypes(columns: readonly { readonly name: string; readonly type: DataType }[], format: string): void {
  for (const { name, type } of columns) {
    if (!isTextType(type)) {
      throw new MillraceError('SQL_UNSUPPORTED',
        `column \`${name}\`: ${format} holds no ${typeName(type)}; declare it BIGINT (months, or milliseconds) and compute the interval`)
    }
  }
}

function isTextType(type: DataType): boolean {
  switch (type.kind) {
    case 'INTERVAL_MONTH': case 'INTERVAL_SECOND': case 'NULL': return false
    case 'ARRAY': return isTextType(type.element)
    case 'MAP': return isTextType(type.key) && isTextType(type.value)
    case 'ROW': return type.fields.every((field) => isTextType(field.type))
    case 'BOOLEAN': case 'TINYINT': case 'SMALLINT': case 'INT': case 'BIGINT': case 'FLOAT': case 'DOUBLE': case 'DECIMAL':
    case 'STRING': case 'BYTES': case 'DATE': case 'TIME': case 'TIMESTAMP': case 'TIMESTAMP_LTZ': return true
    default: return unreachable(type)
  }
}
