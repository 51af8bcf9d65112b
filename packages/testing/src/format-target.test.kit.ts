import type { RecordFormat, TableDefinition, Value } from '@millrace/core'
import { isDeepStrictEqual } from 'node:util'
import { damagedRecord, encodedRecords, recordDecoder } from './format-records.js'
import type { SeededRandom } from './seeded-random.js'

/** Damaged records that one input of a target is. */
const INPUTS = 20

/**
 * A target for `scripts/fuzz.mjs`: whatever bytes come as a record, the decoder of a format ends, throws nothing of its own, and reads the
 * record behind it.
 *
 * @param rows of the table; their records are damaged
 */
export async function formatTarget(format: RecordFormat, table: TableDefinition, rows: readonly (readonly Value[])[]): Promise<{
  readonly name: string
  readonly timeMsMax: number
  readonly inputs: number
  run(random: Pick<SeededRandom, 'below'>): Promise<void>
}> {
  const records = await encodedRecords(format, table, rows)
  const decoders = [table.columns, table.columns.slice(0, 1), table.columns.slice(-1)].map((columns) => ({
    decode: recordDecoder(format, { table, columns, filter: [], batchRows: 8 }), first: columns.map((column) => rows[0]![table.columns.indexOf(column)]!),
  }))
  return {
    name: format.name, timeMsMax: 20_000, inputs: INPUTS,
    async run(random) {
      const { decode, first } = decoders[random.below(decoders.length)]!
      const damaged = Array.from({ length: INPUTS }, () => damagedRecord(records, random))
      const decoded = await decode([...damaged, records[0]!])
      if (!isDeepStrictEqual(decoded.rows.at(-1), first)) throw new Error(`the record behind ${damaged.map((record) => Buffer.from(record).toString('hex')).join(' ')} is read as another`)
    },
  }
}
