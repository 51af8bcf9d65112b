import { MillraceError, type TableColumn, type TableDefinition } from '@millrace/core'

/** The columns of a table that say how a record is written and not what is in it: places in the table, −1 where there is none. */
export interface WrittenColumns {
  readonly timestamp: number
  readonly headers: number
  readonly partition: number
  readonly key: number
}

/** Types in which metadata is taken. `timestamp` has microseconds as a value in both. */
const TYPES: Readonly<Record<keyof WrittenColumns, readonly TableColumn['type']['kind'][]>> = {
  timestamp: ['TIMESTAMP_LTZ', 'TIMESTAMP'],
  headers: ['MAP'],
  partition: ['INT'],
  key: ['BYTES', 'STRING'],
}

/**
 * Metadata that is only read (`offset`, `topic`, …) is passed over: a column of it is VIRTUAL, or is NULL in what is inserted.
 *
 * @param formatColumns places of the columns that the format of the value writes
 * @throws MillraceError SQL_TYPE, OPTION_INVALID
 */
export function writtenColumnsOf(table: TableDefinition, hasKey: boolean, formatColumns: readonly number[]): WrittenColumns {
  const placeOf = (key: keyof WrittenColumns): number => {
    const place = table.columns.findIndex(({ metadata }, i) => metadata === key && !formatColumns.includes(i))
    if (place === -1) return -1
    const { name, type } = table.columns[place]!
    if (!TYPES[key].includes(type.kind) || (type.kind === 'MAP' && (type.key.kind !== 'STRING' || type.value.kind !== 'BYTES'))) {
      const wanted = key === 'headers' ? 'MAP<STRING, BYTES>' : TYPES[key].join(' or ')
      throw new MillraceError('SQL_TYPE', `table \`${table.name}\`: metadata '${key}' is written as ${wanted}; declare \`${name}\` so`)
    }
    return place
  }
  const columns = { timestamp: placeOf('timestamp'), headers: placeOf('headers'), partition: placeOf('partition'), key: placeOf('key') }
  if (hasKey && columns.key !== -1) {
    throw new MillraceError('OPTION_INVALID',
      `table \`${table.name}\` has the key of its records both in columns ('key.format') and as metadata 'key'; leave one out, or declare that VIRTUAL`)
  }
  return columns
}
