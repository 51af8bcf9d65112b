import { type Batch, END, type End, type Reader, type ReaderContext, type Split } from '@millrace/core'
import type { PartitionBounds } from './cluster/positions.js'
import type { PartitionQueue } from './fetch/partition-queue.js'
import type { TableReading } from './table-reading.js'
import { RecordBatchReader } from './records/record-batches.js'
import type { RecordRows } from './rows/record-rows.js'
import { partitionOf } from './splits.js'

/**
 * Reads one partition: takes what has been fetched, walks its record batches and makes batches of rows of them. It never waits; what is not
 * there yet comes while the worker's event loop runs.
 */
export class KafkaReader implements Reader {
  readonly #reading: TableReading
  readonly #context: ReaderContext
  readonly #split: Split
  readonly #partition: PartitionBounds
  readonly #start: number
  readonly #queue: PartitionQueue
  readonly #batches: RecordBatchReader
  /** Makes rows of the records that `#batches` has found last; null: all of them are done. */
  #rows: RecordRows | null = null
  #position: number
  #tombstones = 0

  /** @param start the first offset to read */
  constructor(reading: TableReading, context: ReaderContext, split: Split, start: number) {
    this.#reading = reading
    this.#context = context
    this.#split = split
    this.#partition = partitionOf(split)
    this.#start = start
    this.#position = start
    const { topic, partition, end } = this.#partition
    this.#queue = reading.fetcher.add(topic, partition, start, end ?? Infinity)
    this.#batches = new RecordBatchReader(reading.recordsMax, false)
    this.#batches.begin({ topic, partition, bytes: new Uint8Array(0), from: start, until: end ?? Infinity, aborted: null })
  }

  read(): Batch | null | End {
    if (this.#rows === null && !this.#nextRecords()) return this.#isAtEnd() ? END : null
    const rows = this.#rows!
    const batch = rows.decode()
    const { records } = this.#batches
    if (rows.consumed < records.count) {
      this.#position = records.offsets[rows.consumed]!
      return batch
    }
    // All of them: the rows of the batch are used up when somebody else gets this decoder.
    this.#reading.giveBack(rows)
    this.#rows = null
    this.#position = this.#batches.nextOffset
    this.#countTombstones()
    return batch
  }

  /** Goes on to records that have values. False: there are none yet. */
  #nextRecords(): boolean {
    while (!this.#batches.next()) {
      this.#position = Math.max(this.#position, this.#batches.nextOffset)
      this.#countTombstones()
      const fetched = this.#queue.take()
      if (fetched === null) return false
      this.#context.meter.bytesIn += fetched.bytes.length
      this.#batches.begin(fetched)
    }
    this.#rows = this.#reading.takeRows()
    this.#rows.begin(this.#batches.records, this.#partition, this.#split.id)
    return true
  }

  /** Records without a value are no rows of a table to which rows are only added. */
  #countTombstones(): void {
    this.#context.meter.rowsFiltered += this.#batches.tombstones - this.#tombstones
    this.#tombstones = this.#batches.tombstones
  }

  #isAtEnd(): boolean {
    return this.#partition.end !== null && this.#position >= this.#partition.end
  }

  /** The offset of the next record. */
  position(): number {
    return this.#position
  }

  progress(): number | null {
    const { end } = this.#partition
    if (end === null) return null
    return end <= this.#start ? 1 : Math.min(1, (this.#position - this.#start) / (end - this.#start))
  }

  async close(): Promise<void> {
    this.#queue.close()
    this.#rows = null
  }
}
