import {
  type Batch, type BatchOrigin, type BlockDecoder, decodeBatch, type End, END, type Reader, type ReaderContext, type ScanSpec,
  unreachable,
} from '@millrace/core'
import type { Deal } from './deal.js'
import { decodeFailure, FEED, type FeedHead } from './feed-message.js'
import type { FeedInbox } from './feed-inbox.js'

export interface Feed {
  readonly deal: Deal
  readonly inbox: FeedInbox
  /** Ids of the source's splits, by index. */
  readonly splitIds: readonly string[]
  /** Decoder of this scan's blocks; null where the source gives batches. Made at the first block. */
  decoder: BlockDecoder | null
}

/** Reads what the main thread has read for this worker: one unit of its feed as a split. */
export class FedReader implements Reader {
  readonly #feed: Feed
  readonly #unit: number
  readonly #scan: ScanSpec
  readonly #context: ReaderContext
  readonly #newDecoder: () => BlockDecoder
  /** The message at the front is a block in the middle of being decoded, or a batch handed out. */
  #begun = false
  #ended = false
  #batches = 0

  constructor(feed: Feed, unit: number, scan: ScanSpec, context: ReaderContext, newDecoder: () => BlockDecoder) {
    this.#feed = feed
    this.#unit = unit
    this.#scan = scan
    this.#context = context
    this.#newDecoder = newDecoder
  }

  read(): Batch | null | End {
    while (!this.#ended) {
      const head = this.#feed.inbox.peek()
      if (head === null) return null
      if (head.kind === FEED.finish) {
        this.#ended = true
        break
      }
      if (this.#feed.deal !== 'free' && head.unit !== this.#unit) return null
      const batch = this.#batchOf(head)
      if (batch !== null) return batch
      this.#feed.inbox.take()
      this.#begun = false
      if (head.last) this.#ended = true
    }
    return END
  }

  /** The next batch of the message at the front, or null when it is used up. */
  #batchOf(head: FeedHead): Batch | null {
    const { inbox } = this.#feed
    const first = !this.#begun
    this.#begun = true
    if (first) {
      this.#context.meter.bytesIn += head.bytesIn
      this.#context.meter.rowsFiltered += head.rowsFiltered
    }
    switch (head.kind) {
      case FEED.block: {
        const decoder = (this.#feed.decoder ??= this.#newDecoder())
        if (first) {
          const bytes = inbox.bytes.subarray(inbox.offset, inbox.offset + inbox.length)
          decoder.begin({ bytes, position: head.position }, this.#feed.splitIds[head.split]!)
        }
        return decoder.decode()
      }
      case FEED.batch:
        return first ? this.#traced(decodeBatch(inbox.bytes, inbox.offset, this.#scan.columns), head) : null
      case FEED.failure:
        this.#context.rowFailed(decodeFailure(inbox.bytes.subarray(inbox.offset, inbox.offset + inbox.length)))
        return null
      case FEED.nothing: case FEED.finish:
        return null
      default:
        return unreachable(head.kind)
    }
  }

  /** Rows that came as batches have lost their records; what is known is the batch of the split they came in. */
  #traced(batch: Batch, head: FeedHead): Batch {
    const origin: BatchOrigin = {
      table: this.#scan.table.name,
      splitId: this.#feed.splitIds[head.split]!,
      recordBytes: () => null,
      recordPosition: (row) => ({ batch: head.position, row }),
    }
    this.#batches++
    return { ...batch, origin }
  }

  /** A fed reader cannot be reopened: positions are the main thread's. */
  position(): unknown {
    return { batches: this.#batches }
  }

  async close(): Promise<void> {
    this.#ended = true
  }
}
