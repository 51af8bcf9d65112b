import type { Messages, RecordFormat, RowFailure, TableColumn, TableDefinition, Value } from '@millrace/core'
import { batchFromRows, batchToRows, ByteBuffer, type DataType } from '@millrace/core'
import { testReaderContext } from '@millrace/testing'
import { setImmediate } from 'node:timers/promises'

export function tableOf(columns: Readonly<Record<string, DataType>>, options: Readonly<Record<string, string>> = {}, nullable = true): TableDefinition {
  return {
    name: 't', connector: 'kafka', options, primaryKey: [], partitionedBy: [], baseDirectory: import.meta.dirname,
    columns: Object.entries(columns).map(([name, type]): TableColumn => ({ name, type, nullable, metadata: null })),
  }
}

export function messagesOf(records: readonly Uint8Array[]): Messages {
  const starts = new Int32Array(records.length)
  const ends = new Int32Array(records.length)
  let at = 0
  records.forEach((record, i) => {
    starts[i] = at
    at = ends[i] = at + record.length
  })
  return { bytes: new Uint8Array(Buffer.concat(records)), starts, ends, count: records.length, positionOf: (index) => index }
}

/** Decodes records as a reader does. */
export async function decode(
  format: RecordFormat, table: TableDefinition, records: readonly Uint8Array[], wanted: readonly string[] = table.columns.map(({ name }) => name),
): Promise<{ rows: Value[][]; failures: readonly RowFailure[] }> {
  format.check(table)
  const context = testReaderContext({ onError: 'skip' })
  const columns = wanted.map((name) => table.columns.find((column) => column.name === name)!)
  const decoder = format.messageDecoder({ table, columns, filter: [], batchRows: 100 }, context, table.options)
  const messages = messagesOf(records)
  decoder.begin(messages, 's')
  const rows: Value[][] = []
  while (decoder.consumed < messages.count) {
    const batch = decoder.decode()
    if (batch !== null) rows.push(...batchToRows(batch, columns))
    else if (decoder.consumed < messages.count) await setImmediate()
  }
  return { rows, failures: context.failures }
}

export async function encode(format: RecordFormat, table: TableDefinition, rows: readonly (readonly Value[])[]): Promise<Uint8Array[]> {
  const encoder = format.encoder(table.columns, table.options, false, table)
  await encoder.open?.()
  const batch = batchFromRows(rows, table.columns)
  return rows.map((_, row) => {
    const buffer = new ByteBuffer(8)
    encoder.encode(batch, row, row + 1, buffer)
    return new Uint8Array(buffer.view())
  })
}
