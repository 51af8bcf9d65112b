import type { Batch, DataType, SinkSpec } from '@millrace/core'
import { readValue, valueToText } from '@millrace/core'

/** What Hive and its readers call the partition of NULL, and of an empty text. */
const NO_VALUE = '__HIVE_DEFAULT_PARTITION__'

/** Finds the folder of a row: `country=DE/day=2026-01-31`, or '' for a table without partitions. */
export class PartitionPath {
  readonly #columns: readonly { readonly index: number; readonly lead: string; readonly type: DataType }[]

  constructor(sink: SinkSpec) {
    const { table } = sink
    this.#columns = table.partitionedBy.map((name) => {
      const index = table.columns.findIndex((column) => column.name === name)
      return { index, lead: `${escapePathName(name)}=`, type: table.columns[index]!.type }
    })
  }

  of(batch: Batch, row: number): string {
    return this.#columns.map(({ index, lead, type }) => {
      const value = readValue(batch.columns[index]!, type, row)
      const text = value === null ? '' : valueToText(value, type)
      return lead + (text === '' ? NO_VALUE : escapePathName(text))
    }).join('/')
  }
}

/** Characters that a folder's name must not have become `%` and two hexadecimal digits, as Hive writes them. */
export function escapePathName(text: string): string {
  // oxlint-disable-next-line no-control-regex
  const escaped = text.replace(/[\u0000-\u001f"#%'*/:=?\\\u007f{[\]^<>|]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
  return escaped === '.' || escaped === '..' ? escaped.replaceAll('.', '%2E') : escaped
}
