import type { Batch, End, Reader, RecordDecoder } from '@millrace/core'
import { END } from '@millrace/core'
import type { RecordBlocks } from './record-blocks.js'

/** Reads one split of a file: blocks of whole records, and a decoder that makes batches of them. */
export class FileReader implements Reader {
  readonly #blocks: RecordBlocks
  readonly #decoder: RecordDecoder
  readonly #splitId: string
  readonly #release: () => void
  /** Of the block being decoded: its position in the file and its length. 0 bytes: none. */
  #blockPosition: number
  #blockBytes = 0
  #position: number
  #closed = false

  constructor(blocks: RecordBlocks, decoder: RecordDecoder, splitId: string, position: number, release: () => void) {
    this.#blocks = blocks
    this.#decoder = decoder
    this.#splitId = splitId
    this.#blockPosition = position
    this.#position = position
    this.#release = release
  }

  read(): Batch | null | End | Promise<Batch | null | End> {
    if (this.#blockBytes > 0) {
      const batch = this.#decode()
      if (batch !== null) return batch
    }
    const block = this.#blocks.next()
    return block instanceof Promise ? block.then((next) => this.#begin(next)) : this.#begin(block)
  }

  #begin(block: Awaited<ReturnType<RecordBlocks['next']>>): Batch | null | End {
    if (!('bytes' in block)) return END
    this.#decoder.begin(block, this.#splitId)
    this.#blockPosition = block.position
    this.#blockBytes = block.bytes.length
    return this.#decode()
  }

  #decode(): Batch | null {
    const batch = this.#decoder.decode()
    this.#position = this.#blockPosition + this.#decoder.consumed
    if (batch === null) this.#blockBytes = 0
    return batch
  }

  /** The offset in the file (in its plain bytes, if it is compressed) up to which records have been returned, filtered or failed. */
  position(): number {
    return this.#position
  }

  progress(): number {
    return this.#blocks.progress()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#blocks.close()
    this.#release()
  }
}
