import { ByteBuffer, MillraceError } from '@millrace/core'
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { gzipSync } from 'node:zlib'
import { failureDetails } from './file-failure.js'
import { GZIP_MEMBER_BYTES, WRITE_BUFFER_BYTES } from './limits.js'

/** What one epoch of one writer has put into one file: written and synced under a temporary name. Plain data. */
export interface PreparedFile {
  /** Null where the epoch adds nothing to a single file. */
  readonly temporary: string | null
  readonly final: string
  /** Bytes that the final file has before these, from earlier epochs; 0: it is new or replaced. */
  readonly offset: number
  readonly bytes: number
  readonly rows: number
}

/** An output file in the making. It is open only while it is written to: a partitioned table has very many. */
export class PartFile {
  readonly temporary: string
  readonly pending: ByteBuffer = new ByteBuffer(4_096)
  readonly #gzip: boolean
  readonly #checkPath: (path: string) => void
  readonly #madeDirectory: (first: string, last: string) => void
  #created = false
  #bytes = 0
  rows = 0

  /**
   * @param checkPath asked before the file is made or opened
   * @param madeDirectory told when directories had to be made for it, from the topmost new one down to its own
   */
  constructor(temporary: string, gzip: boolean, checkPath: (path: string) => void, madeDirectory: (first: string, last: string) => void) {
    this.temporary = temporary
    this.#gzip = gzip
    this.#checkPath = checkPath
    this.#madeDirectory = madeDirectory
  }

  /** Bytes written to the file so far. */
  get bytes(): number {
    return this.#bytes
  }

  /** Writes what is pending if it is enough to be worth it. @returns bytes written */
  flushIfFull(): number {
    return this.pending.length >= (this.#gzip ? GZIP_MEMBER_BYTES : WRITE_BUFFER_BYTES) ? this.flush() : 0
  }

  /** Writes what is pending, and makes the file if there is none yet. @returns bytes written */
  flush(): number {
    if (this.pending.length === 0 && this.#created) return 0
    try {
      this.#checkPath(this.temporary)
      if (!this.#created) this.#makeDirectory()
      const fd = openSync(this.temporary, this.#created ? 'a' : 'w')
      this.#created = true
      try {
        const plain = this.pending.view()
        // Members behind each other are a gzip file.
        const bytes = this.#gzip ? gzipSync(plain) : plain
        for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at)
        this.pending.clear()
        this.#bytes += bytes.length
        return bytes.length
      } finally {
        closeSync(fd)
      }
    } catch (error) {
      throw unwritable(this.temporary, error)
    }
  }

  remove(): void {
    if (this.#created) rmSync(this.temporary, { force: true })
  }

  #makeDirectory(): void {
    const directory = dirname(this.temporary)
    const first = mkdirSync(directory, { recursive: true })
    if (first !== undefined) this.#madeDirectory(first, directory)
  }
}

export function unwritable(path: string, error: unknown): MillraceError {
  if (error instanceof MillraceError) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new MillraceError('SINK_UNWRITABLE', `${path} cannot be written: ${reason}`, failureDetails(error), { cause: error })
}
