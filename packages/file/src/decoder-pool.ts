import type { ReaderContext, RecordDecoder } from '@millrace/core'
import { BLOCK_BYTES } from './limits.js'
import { blockBuffer } from './record-blocks.js'

/** What a split needs to be read: handed on from one that has ended to the next one, with all that it has learned. */
export interface ReadingGear {
  readonly context: ReaderContext
  readonly decoder: RecordDecoder
  buffer: Buffer
}

/** The gear of one scan on one worker. Readers that are open at the same time have different gear. */
export class DecoderPool {
  readonly #free: ReadingGear[] = []

  take(context: ReaderContext, decoder: () => RecordDecoder): ReadingGear {
    // A decoder reports to the context that it was made for; another scan of the same table has another one.
    const index = this.#free.findIndex((gear) => gear.context.meter === context.meter)
    if (index !== -1) return this.#free.splice(index, 1)[0]!
    return { context, decoder: decoder(), buffer: blockBuffer(BLOCK_BYTES) }
  }

  give(gear: ReadingGear): void {
    this.#free.push(gear)
  }
}
