import type { Reader, Schema, Value } from '@millrace/core'
import { batchToRows, checkBatch, copyValue } from '@millrace/core'

/** Polls in a row that may give nothing before a reader counts as stuck. */
const EMPTY_READS_MAX = 10_000

/** From so many on a millisecond passes between two: what is awaited may be on its way over a network. */
const EMPTY_READS_AWAKE = 64

/** Reads to the end and returns all rows; every batch is checked against the schema. */
export async function collect(reader: Reader, schema: Schema): Promise<Value[][]> {
  const rows: Value[][] = []
  for await (const batch of readBatches(reader, schema)) rows.push(...batch)
  return rows
}

/** The rows of a reader, batch by batch. */
export async function* readBatches(reader: Reader, schema: Schema): AsyncGenerator<Value[][]> {
  for (let empty = 0; empty < EMPTY_READS_MAX; empty++) {
    const batch = await reader.read()
    if (batch === null) {
      await new Promise((resolve) => (empty < EMPTY_READS_AWAKE ? setImmediate(resolve) : setTimeout(resolve, 1)))
      continue
    }
    if (batch.kind === 'end') return
    empty = 0
    checkBatch(batch, schema, 'reader')
    yield batchToRows(batch, schema).map((row) => row.map(copyValue))
  }
  throw new Error(`the reader gave nothing ${EMPTY_READS_MAX} times in a row and has not ended`)
}
