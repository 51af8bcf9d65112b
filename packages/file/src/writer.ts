import type { Batch, RecordEncoder, SinkSpec, Writer, WriterContext } from '@millrace/core'
import { dirname, join } from 'node:path'
import { filesOf } from './commit.js'
import { confined } from './confined.js'
import { makeDurable } from './durable.js'
import type { WriteOptions } from './options.js'
import { writeOptionsOf } from './options.js'
import { OutputNames } from './output-names.js'
import type { PreparedFile } from './part-file.js'
import { PartFile } from './part-file.js'
import { PartitionPath } from './partition-path.js'

/**
 * Writes this worker's rows: each epoch into files of its own in the table's directory or in the folders of its partitions; or into the
 * one file of the table. Nothing has its final name before the epoch is committed. See {@link OutputNames}.
 */
export class FileWriter implements Writer {
  readonly #context: WriterContext
  readonly #checkPath: (path: string) => void
  readonly #options: WriteOptions
  readonly #names: OutputNames
  readonly #encoder: RecordEncoder
  readonly #partition: PartitionPath | null
  /** Files of the epoch under way, by folder. */
  #parts = new Map<string, PartFile>()
  /** Parts made since the writer was opened: numbers their temporary names. */
  #partCount = 0
  /** Bytes of the single file from earlier epochs; null before its first, which replaces what is there, and for part files. */
  #singleBytes: number | null
  /** Directories whose entries are new since something was prepared last. */
  #changedDirectories = new Set<string>()
  #preparing: Promise<void> = Promise.resolve()

  constructor(sink: SinkSpec, context: WriterContext) {
    const { table } = sink
    this.#context = context
    this.#checkPath = (path) => void confined(path, table)
    this.#options = writeOptionsOf(table)
    this.#names = new OutputNames(sink)
    this.#encoder = this.#options.format.encoder(table.columns, { ...table.options, 'record.borders': 'newlines' }, sink.mode !== 'append', table)
    this.#partition = table.partitionedBy.length === 0 ? null : new PartitionPath(sink)
    this.#singleBytes = this.#options.single ? bytesBefore(sink) : null
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
    const { path, single, gzip } = this.#options
    const number = this.#partCount++
    const temporary = single
      ? this.#names.temporarySingle(path, number)
      : this.#names.temporaryPart(join(path, folder), number, this.#extension)
    const part = new PartFile(temporary, gzip, this.#checkPath, (first, last) => this.#directoriesMade(first, last))
    const header = this.#singleBytes === null ? this.#encoder.header() : new Uint8Array(0)
    part.pending.copy(header, 0, header.length)
    return part
  }

  get #extension(): string {
    return `${this.#options.format.extension}${this.#options.gzip ? '.gz' : ''}`
  }

  #directoriesMade(first: string, last: string): void {
    for (let made = last; made.length >= first.length; made = dirname(made)) this.#changedDirectories.add(dirname(made))
  }

  ready(): void {
    // Everything is written at once: nothing is waited for, and nothing is held back that matters to anyone.
  }

  async prepare(epoch: number): Promise<readonly PreparedFile[] | null> {
    const files = this.#cut(epoch)
    const directories = this.#changedDirectories
    this.#changedDirectories = new Set()
    this.#preparing = makeDurable(files.flatMap(({ temporary }) => temporary ?? []), directories)
    await this.#preparing
    return files.length === 0 ? null : files
  }

  /** Ends the files of the epoch: what is written from now on belongs to the next. */
  #cut(epoch: number): PreparedFile[] {
    const { single, path } = this.#options
    // A single file is there even if no row was written; a directory of nothing is not.
    if (single && this.#singleBytes === null) this.#part('')
    const files = [...this.#parts].map(([folder, part]): PreparedFile => {
      this.#context.meter.bytesOut += part.flush()
      const { temporary, bytes, rows } = part
      if (!single) return { temporary, final: this.#names.part(join(path, folder), epoch, this.#extension), offset: 0, bytes, rows }
      const offset = this.#singleBytes ?? 0
      this.#singleBytes = offset + bytes
      return { temporary, final: path, offset, bytes, rows }
    })
    this.#parts = new Map()
    // It says how long the file is in every epoch, for a job that goes on from it.
    if (single && files.length === 0) files.push({ temporary: null, final: path, offset: this.#singleBytes!, bytes: 0, rows: 0 })
    return files
  }

  async close(): Promise<void> {
    for (const part of this.#parts.values()) part.remove()
    this.#parts = new Map()
    // Whoever asked for it is told what went wrong.
    await this.#preparing.catch(() => {})
  }
}

function bytesBefore(sink: SinkSpec): number | null {
  const before = filesOf(sink.before).at(-1)
  return before === undefined ? null : before.offset + before.bytes
}
