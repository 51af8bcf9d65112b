import { closeSync, openSync, readSync } from 'node:fs'

/** The bytes of a split, in order. */
export interface ByteSource {
  /**
   * Reads into `buffer[offset … offset + count)`.
   * @returns how many bytes, 0 at the end
   */
  read(buffer: Buffer, offset: number, count: number): number | Promise<number>
  /** The share read, 0 … 1. */
  progress(): number
  close(): void
}

/** Part of a plain file, read synchronously: it comes from the page cache or from a local disk, and no event loop turn is spent on it. */
export class FileRange implements ByteSource {
  readonly #fd: number
  readonly #start: number
  readonly #end: number
  #position: number

  constructor(path: string, start: number, end: number) {
    this.#fd = openSync(path, 'r')
    this.#start = start
    this.#end = end
    this.#position = start
  }

  read(buffer: Buffer, offset: number, count: number): number {
    const got = readSync(this.#fd, buffer, offset, Math.min(count, this.#end - this.#position), this.#position)
    this.#position += got
    return got
  }

  progress(): number {
    return this.#end === this.#start ? 1 : (this.#position - this.#start) / (this.#end - this.#start)
  }

  close(): void {
    closeSync(this.#fd)
  }
}
