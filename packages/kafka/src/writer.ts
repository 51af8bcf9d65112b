import {
  type Batch, DELETE, MillraceError, type ReadPosition, readValue, type SinkSpec, type TableColumn, UPDATE_BEFORE, type Value, type Vector, type Writer,
  type WriterContext,
} from '@millrace/core'
import { PartEncoder } from './part-encoder.js'
import type { PartitionQueue } from './produce/partition-queue.js'
import { type Partitioner, partitionerOf } from './produce/partitioner.js'
import { HeaderEncoder } from './records/header-encoder.js'
import type { EncodedHeaders } from './records/record-set.js'
import type { WorkerProducer } from './worker-producer.js'
import type { WriteSettings } from './write-settings.js'
import { type WrittenColumns, writtenColumnsOf } from './written-columns.js'

const TEXT = new TextEncoder()

/** Writes this worker's rows to a topic: a record a row. What is sent when, and by which transaction, is its producer's. */
export class KafkaWriter implements Writer {
  readonly #columns: readonly TableColumn[]
  readonly #topic: string
  readonly #isUpsert: boolean
  readonly #producer: WorkerProducer
  readonly #queues: readonly PartitionQueue[]
  readonly #partitioner: Partitioner
  readonly #value: PartEncoder
  readonly #key: PartEncoder | null
  readonly #written: WrittenColumns
  readonly #headers = new HeaderEncoder()
  readonly #context: WriterContext
  #isClosed = false

  private constructor(sink: SinkSpec, settings: WriteSettings, producer: WorkerProducer, queues: readonly PartitionQueue[], context: WriterContext) {
    const { parts: { key, value }, topic, partitioner } = settings
    this.#columns = sink.table.columns
    this.#topic = topic
    this.#isUpsert = sink.mode === 'upsert'
    this.#producer = producer
    this.#queues = queues
    this.#partitioner = partitionerOf(partitioner, queues, sink.workerIndex)
    this.#value = new PartEncoder(value, sink.mode === 'retract')
    this.#key = key === null ? null : new PartEncoder(key, false)
    this.#written = writtenColumnsOf(sink.table, key !== null, value.columns)
    this.#context = context
  }

  /** @throws MillraceError KAFKA_TOPIC_MISSING, KAFKA_UNAVAILABLE, KAFKA_AUTHORIZATION, … */
  static async open(sink: SinkSpec, settings: WriteSettings, producer: WorkerProducer, context: WriterContext): Promise<KafkaWriter> {
    const writer = new KafkaWriter(sink, settings, producer, await producer.partitions(settings.topic), context)
    await Promise.all([writer.#value.open(), writer.#key?.open()])
    return writer
  }

  write(batch: Batch): void {
    const { rowKinds, length, columns } = batch
    const { timestamp, headers, partition } = this.#written
    const nowMs = Math.floor(this.#context.nowMicros() / 1_000)
    this.#value.begin(batch)
    this.#key?.begin(batch)
    for (let row = 0; row < length; row++) {
      const kind = this.#isUpsert && rowKinds !== null ? rowKinds[row]! : 0
      // The new row of the key replaces it.
      if (kind === UPDATE_BEFORE) continue
      const key = this.#key === null ? this.#givenKey(columns, row) : null
      const keyLength = this.#key === null ? key?.length ?? 0 : this.#key.encode(row)
      const keyBytes = this.#key === null ? key : keyLength === -1 ? null : this.#key.bytes
      const valueLength = kind === DELETE ? -1 : this.#value.encode(row)
      const timestampMs = timestamp === -1 ? nowMs : this.#timestampMs(columns[timestamp]!, row) ?? nowMs
      const encodedHeaders = headers === -1 ? null : this.#encodedHeaders(columns[headers]!, row)
      const given = partition === -1 ? null : this.#givenPartition(columns[partition]!, row)
      const queue = this.#queues[given ?? this.#partitioner.of(keyBytes, 0, keyLength)]!
      this.#context.meter.bytesOut += this.#producer.append(
        queue, timestampMs, keyBytes, 0, Math.max(keyLength, 0), valueLength === -1 ? null : this.#value.bytes, 0, Math.max(valueLength, 0), encodedHeaders,
      )
    }
    this.#value.end()
    this.#key?.end()
  }

  #valueOf(column: number, vector: Vector, row: number): Value {
    return readValue(vector, this.#columns[column]!.type, row)
  }

  #givenKey(columns: readonly Vector[], row: number): Uint8Array | null {
    const { key } = this.#written
    if (key === -1) return null
    const value = this.#valueOf(key, columns[key]!, row)
    return typeof value === 'string' ? TEXT.encode(value) : value as Uint8Array | null
  }

  #timestampMs(vector: Vector, row: number): number | null {
    const micros = this.#valueOf(this.#written.timestamp, vector, row) as number | null
    if (micros !== null && micros < 0) {
      throw new MillraceError('ROW_UNENCODABLE', `the timestamp of a record for topic \`${this.#topic}\` is before 1970, which Kafka does not take`)
    }
    return micros === null ? null : Math.floor(micros / 1_000)
  }

  #encodedHeaders(vector: Vector, row: number): EncodedHeaders | null {
    const headers = this.#valueOf(this.#written.headers, vector, row) as ReadonlyMap<Value, Value> | null
    return headers === null ? null : this.#headers.encode(headers)
  }

  #givenPartition(vector: Vector, row: number): number | null {
    const partition = this.#valueOf(this.#written.partition, vector, row) as number | null
    if (partition !== null && !(partition >= 0 && partition < this.#queues.length)) {
      throw new MillraceError('ROW_UNENCODABLE', `topic \`${this.#topic}\` has no partition ${partition}; it has ${this.#queues.length}`)
    }
    return partition
  }

  ready(): void | Promise<void> {
    return this.#producer.ready()
  }

  prepare(epoch: number, read: readonly ReadPosition[] = []): Promise<unknown> {
    return this.#producer.prepare(epoch, read)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#producer.release()
  }
}

