import type { Batch, RecordEncoder, SinkSpec, Writer, WriterContext } from '@millrace/core'
import { basename, dirname, join } from 'node:path'
import type { WriteOptions } from './options.js'
import { writeOptionsOf } from './options.js'
import type { PreparedFile } from './part-file.js'
import { PartFile } from './part-file.js'
import { PartitionPath } from './partition-path.js'

/**
 * Writes this worker's rows: each epoch into files of its own, `part-<job>-<worker>-<epoch>.ndjson` in the table's
 * directory or in the folders of its partitions; or into the one file of the table. Nothing has its final name before
 * the epoch is committed.
 */
export class FileWriter implements Writer {
  readonly #sink: SinkSpec
  readonly #context: WriterContext
  readonly #options: WriteOptions
  readonly #encoder: RecordEncoder
  readonly #partition: PartitionPath | null
  #parts = new Map<string, PartFile>()
  /** Parts made since the writer was opened: numbers their temporary names. */
  #partCount = 0
  /** Bytes of the single file from earlier epochs. */
  #singleBytes = 0
  #preparedOnce = false

  constructor(sink: SinkSpec, context: WriterContext) {
    const { table } = sink
    this.#sink = sink
    this.#context = context
    this.#options = writeOptionsOf(table)
    this.#encoder = this.#options.format.encoder(table.columns, table.options, sink.mode !== 'append')
    this.#partition = table.partitionedBy.length === 0 ? null : new PartitionPath(sink)
  }

  write(batch: Batch): void {
    if (this.#partition === null) {
      this.#encode(this.#part(''), batch, 0, batch.length)
      return
    }
    let from = 0
    let folder = this.#partition.of(batch, 0)
    for (let row = 1; row <= batch.length; row++) {
      const next = row === batch.length ? null : this.#partition.of(batch, row)
      if (next === folder) continue
      this.#encode(this.#part(folder), batch, from, row)
      from = row
      folder = next ?? folder
    }
  }

  #encode(part: PartFile, batch: Batch, from: number, to: number): void {
    this.#encoder.encode(batch, from, to, part.pending)
    part.rows += to - from
    this.#context.meter.bytesOut += part.flushIfFull()
  }

  #part(folder: string): PartFile {
    let part = this.#parts.get(folder)
    if (part === undefined) {
      part = this.#newPart(folder)
      this.#parts.set(folder, part)
    }
    return part
  }

  #newPart(folder: string): PartFile {
    const { path, single, gzip, format } = this.#options
    const { workerIndex } = this.#sink
    const jobId = this.#sink.jobId.replaceAll(/[^A-Za-z0-9-]/g, '_')
    const number = this.#partCount++
    let part: PartFile
    if (single) {
      part = new PartFile(path, join(dirname(path), `.${basename(path)}-${jobId}-${workerIndex}-${number}.tmp`), gzip)
    } else {
      const directory = join(path, folder)
      const extension = `${format.extension}${gzip ? '.gz' : ''}`
      // The epoch is known when it is prepared; the number of the part says as much and is known now.
      part = new PartFile(join(directory, `part-${jobId}-${workerIndex}-${number}.${extension}`),
        join(directory, `.part-${jobId}-${workerIndex}-${number}.${extension}.tmp`), gzip)
    }
    const header = single && this.#preparedOnce ? new Uint8Array(0) : this.#encoder.header()
    part.pending.copy(header, 0, header.length)
    return part
  }

  ready(): void {
    // Everything is written at once: nothing is waited for, and nothing is held back that matters to anyone.
  }

  async prepare(_epoch: number): Promise<readonly PreparedFile[] | null> {
    // A single file is there even if no row was written; a directory of nothing is not.
    if (this.#options.single && !this.#preparedOnce) this.#part('')
    const prepared: PreparedFile[] = []
    for (const part of this.#parts.values()) {
      this.#context.meter.bytesOut += part.flush()
      const file = part.prepare(this.#singleBytes)
      if (this.#options.single) this.#singleBytes += file.bytes
      prepared.push(file)
    }
    this.#preparedOnce = true
    this.#parts = new Map()
    return prepared.length === 0 ? null : prepared
  }

  async close(): Promise<void> {
    for (const part of this.#parts.values()) part.remove()
    this.#parts = new Map()
  }
}
