import { MillraceError } from '@millrace/core'
import { Decompress } from 'fzstd'
import { closeSync, createReadStream, openSync, readSync } from 'node:fs'
import type { Gunzip } from 'node:zlib'
import { createGunzip } from 'node:zlib'
import type { ByteSource } from './byte-source.js'

const PIECE_BYTES = 262_144

/**
 * A gzip file, its members one after the other. Inflated by Node in a thread of its own, so that this source is waited
 * for. Positions are offsets in the plain bytes: to begin at one, everything before is inflated and dropped.
 */
export class GzipSource implements ByteSource {
  readonly #path: string
  readonly #bytes: number
  readonly #gunzip: Gunzip
  readonly #file: ReturnType<typeof createReadStream>
  #skip: number
  #rest: Buffer = Buffer.alloc(0)
  #error: Error | null = null

  constructor(path: string, bytes: number, position: number) {
    this.#path = path
    this.#bytes = bytes
    this.#skip = position
    this.#file = createReadStream(path, { highWaterMark: PIECE_BYTES })
    this.#gunzip = createGunzip({ chunkSize: PIECE_BYTES })
    const failed = (error: Error): void => {
      this.#error ??= error
    }
    this.#file.on('error', failed)
    this.#gunzip.on('error', failed)
    this.#file.pipe(this.#gunzip)
  }

  read(buffer: Buffer, offset: number, count: number): number | Promise<number> {
    if (this.#rest.length === 0) {
      if (this.#error !== null) throw this.#corrupt()
      const piece = this.#gunzip.read() as Buffer | null
      if (piece === null) return this.#gunzip.readableEnded ? 0 : this.#wait().then(() => this.read(buffer, offset, count))
      this.#rest = piece.subarray(Math.min(this.#skip, piece.length))
      this.#skip -= piece.length - this.#rest.length
      if (this.#rest.length === 0) return this.read(buffer, offset, count)
    }
    const got = this.#rest.copy(buffer, offset, 0, Math.min(count, this.#rest.length))
    this.#rest = this.#rest.subarray(got)
    return got
  }

  #wait(): Promise<void> {
    if (this.#error !== null) return Promise.resolve()
    return new Promise((resolve) => {
      const stream = this.#gunzip
      const done = (): void => {
        for (const event of ['readable', 'end', 'error', 'close']) stream.off(event, done)
        this.#file.off('error', done)
        resolve()
      }
      for (const event of ['readable', 'end', 'error', 'close']) stream.on(event, done)
      this.#file.on('error', done)
    })
  }

  #corrupt(): MillraceError {
    const message = this.#error!.message
    return new MillraceError('SOURCE_CORRUPT', `${this.#path} is no whole gzip file: ${message}`, {}, { cause: this.#error })
  }

  progress(): number {
    return this.#bytes === 0 ? 1 : Math.min(1, this.#file.bytesRead / this.#bytes)
  }

  close(): void {
    this.#file.destroy()
    this.#gunzip.destroy()
  }
}

/** A zstd file, its frames one after the other, inflated in JavaScript piece by piece. */
export class ZstdSource implements ByteSource {
  readonly #path: string
  readonly #bytes: number
  readonly #fd: number
  readonly #input = Buffer.alloc(65_536)
  readonly #inflate: Decompress
  readonly #pieces: Uint8Array[] = []
  #position = 0
  #skip: number
  #ended = false

  constructor(path: string, bytes: number, position: number) {
    this.#path = path
    this.#bytes = bytes
    this.#skip = position
    this.#fd = openSync(path, 'r')
    this.#inflate = new Decompress((piece) => {
      const rest = piece.subarray(Math.min(this.#skip, piece.length))
      this.#skip -= piece.length - rest.length
      if (rest.length > 0) this.#pieces.push(rest.slice())
    })
  }

  read(buffer: Buffer, offset: number, count: number): number {
    while (this.#pieces.length === 0) {
      if (this.#ended) return 0
      this.#inflateMore()
    }
    const piece = this.#pieces[0]!
    const got = Math.min(count, piece.length)
    buffer.set(piece.subarray(0, got), offset)
    if (got === piece.length) this.#pieces.shift()
    else this.#pieces[0] = piece.subarray(got)
    return got
  }

  #inflateMore(): void {
    const got = readSync(this.#fd, this.#input, 0, this.#input.length, this.#position)
    this.#position += got
    this.#ended = this.#position >= this.#bytes || got === 0
    try {
      this.#inflate.push(Uint8Array.from(this.#input.subarray(0, got)), this.#ended)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      throw new MillraceError('SOURCE_CORRUPT', `${this.#path} is no whole zstd file: ${message}`, {}, { cause: error })
    }
  }

  progress(): number {
    return this.#bytes === 0 ? 1 : this.#position / this.#bytes
  }

  close(): void {
    closeSync(this.#fd)
  }
}
