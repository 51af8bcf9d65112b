import { ByteBuffer, MillraceError } from '@millrace/core'
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { gzipSync } from 'node:zlib'
import { GZIP_MEMBER_BYTES, WRITE_BUFFER_BYTES } from './limits.js'

/** What one epoch of one writer has put into one file: written and synced under a temporary name. Plain data. */
export interface PreparedFile {
  readonly temporary: string
  readonly final: string
  /** Bytes that the final file has before these, from earlier epochs; 0: it is new or replaced. */
  readonly offset: number
  readonly bytes: number
  readonly rows: number
}

/** An output file in the making. It is open only while it is written to: a partitioned table has very many. */
export class PartFile {
  readonly temporary: string
  readonly final: string
  readonly pending: ByteBuffer = new ByteBuffer(4_096)
  readonly #gzip: boolean
  #created = false
  #written = 0
  rows = 0

  constructor(final: string, temporary: string, gzip: boolean) {
    this.final = final
    this.temporary = temporary
    this.#gzip = gzip
  }

  /** Writes what is pending if it is enough to be worth it. @returns bytes written */
  flushIfFull(): number {
    return this.pending.length >= (this.#gzip ? GZIP_MEMBER_BYTES : WRITE_BUFFER_BYTES) ? this.flush() : 0
  }

  flush(): number {
    if (this.pending.length === 0 && this.#created) return 0
    return this.#use((fd) => {
      const plain = this.pending.view()
      // Members behind each other are a gzip file.
      const bytes = this.#gzip ? gzipSync(plain) : plain
      for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at)
      this.pending.clear()
      this.#written += bytes.length
      return bytes.length
    })
  }

  /** Puts everything on the disk, under the temporary name. */
  prepare(offset: number): PreparedFile {
    this.flush()
    this.#use((fd) => fsyncSync(fd))
    return { temporary: this.temporary, final: this.final, offset, bytes: this.#written, rows: this.rows }
  }

  remove(): void {
    if (this.#created) rmSync(this.temporary, { force: true })
  }

  #use<T>(action: (fd: number) => T): T {
    try {
      if (!this.#created) mkdirSync(dirname(this.temporary), { recursive: true })
      const fd = openSync(this.temporary, this.#created ? 'a' : 'w')
      this.#created = true
      try {
        return action(fd)
      } finally {
        closeSync(fd)
      }
    } catch (error) {
      throw unwritable(this.temporary, error)
    }
  }
}

export function unwritable(path: string, error: unknown): MillraceError {
  if (error instanceof MillraceError) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new MillraceError('SINK_UNWRITABLE', `${path} cannot be written: ${reason}`, {}, { cause: error })
}
