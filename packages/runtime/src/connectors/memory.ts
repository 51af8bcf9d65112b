import {
  batchOf, type Batch, type Connector, decodeBatch, type End, END, type Reader, type ReadMeter, type ScanSpec, sliceBatch, type Split,
} from '@millrace/core'
import type { MemorySplitDetail, MemoryStore } from './memory-store.js'
import type { SinkChannel } from './sink-channel.js'

/**
 * Tables of rows in memory: read from what the job was given (`run(sql, { tables })`), written to be read by
 * `job.table(name)`. On the main thread it works on the store, in a worker through shared memory and the channel.
 */
export function memoryConnector(store: MemoryStore | null, channel: SinkChannel | null): Connector {
  return {
    name: 'memory',
    reader: {
      options: {},
      describe: async (table) => {
        const splits = store!.splits(table).length
        return { bounded: true, filters: false, splitKey: [], metadata: {}, splits, summary: 'rows in memory' }
      },
      listSplits: async (table) => store!.splits(table),
      open: async (scan, split, context, position) => new MemoryReader(scan, split, context.meter, Number(position ?? 0)),
    },
    writer: {
      options: {},
      describe: async (table) => ({
        accepts: table.primaryKey.length > 0 ? 'upsert' : 'retract', guarantee: 'exactly-once', single: false, summary: 'rows in memory',
      }),
      open: async (sink) => ({
        write: (batch) => channel!.sendBatch(sink.table.name, batch),
        ready: () => (channel!.flush() ? undefined : channel!.drain()),
        prepare: async (epoch) => {
          await channel!.endEpoch(sink.table.name, epoch)
          return sink.workerIndex
        },
        close: async () => {},
      }),
      commit: async (table, _prepared, epoch) => store!.commit(table, epoch),
      recover: async (table, _jobId, epoch) => store!.recover(table, epoch),
      abort: async (table) => store!.abort(table),
    },
  }
}

/** Gives a split in batches of at most `scan.batchRows`, as views of the shared memory. */
class MemoryReader implements Reader {
  readonly #batch: Batch
  readonly #rowsMax: number
  readonly #splitId: string
  readonly #table: string
  #next: number

  constructor(scan: ScanSpec, split: Split, meter: ReadMeter, start: number) {
    const { bytes } = split.detail as MemorySplitDetail
    meter.bytesIn += bytes.length
    const whole = decodeBatch(bytes, 0, scan.table.columns)
    const columns = scan.columns.map((column) => whole.columns[scan.table.columns.findIndex((c) => c.name === column.name)]!)
    this.#batch = batchOf(columns, whole.length)
    this.#rowsMax = scan.batchRows
    this.#splitId = split.id
    this.#table = scan.table.name
    this.#next = start
  }

  read(): Batch | End {
    const start = this.#next
    const end = Math.min(this.#batch.length, start + this.#rowsMax)
    if (start >= end) return END
    this.#next = end
    const origin = { table: this.#table, splitId: this.#splitId, recordBytes: () => null, recordPosition: (row: number) => start + row }
    return { ...sliceBatch(this.#batch, start, end), origin }
  }

  position(): number {
    return this.#next
  }

  progress(): number {
    return this.#next / this.#batch.length
  }

  async close(): Promise<void> {}
}
