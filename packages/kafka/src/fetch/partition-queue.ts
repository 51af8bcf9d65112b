import type { BrokerAddress } from '../drivers/connection.js'
import type { FetchedRecords } from '../records/record-batches.js'

/** Records of one partition that have come and are not yet read. */
export interface FetchedChunk {
  readonly records: FetchedRecords
  readonly answer: FetchAnswer
}

/** An answer of a broker, whose memory is held as long as any of its chunks is read. */
export interface FetchAnswer {
  readonly bytes: number
  chunksLeft: number
}

/** Whoever fills queues. */
export interface QueueFiller {
  /** There may be room in a queue that had none. */
  madeRoom(queue: PartitionQueue): void
  release(answer: FetchAnswer): void
  remove(queue: PartitionQueue): void
}

/** One partition: what has been fetched of it, and where the next request goes on. The reader takes from it, the `Fetcher` puts into it. */
export class PartitionQueue {
  /** Of the next request. */
  nextOffset: number
  /** As far as the broker lets us read; Infinity until it has said so. */
  endOffset: number = Infinity
  /** The broker that leads it; null while that is looked for. */
  leader: BrokerAddress | null = null
  /** Requests for it that have failed one after the other, and since when. */
  failures: number = 0
  failingSinceMs = 0
  /** It cannot be read any further. What has come before is read first. */
  failure: unknown = null
  isClosed: boolean = false
  readonly chunks: FetchedChunk[] = []
  readonly #filler: QueueFiller
  #taken: FetchedChunk | null = null

  constructor(filler: QueueFiller, readonly topic: string, readonly partition: number, offset: number, readonly until: number) {
    this.#filler = filler
    this.nextOffset = offset
  }

  /** Nothing more is to be fetched. */
  get isDone(): boolean {
    return this.nextOffset >= this.until || this.failure !== null || this.isClosed
  }

  /** There is more to be had at once, as far as we know. */
  get isBehind(): boolean {
    return this.nextOffset < Math.min(this.endOffset, this.until)
  }

  /**
   * The next records, or null where none have come. What was taken before is given back, so its bytes must not be needed any more.
   *
   * @throws MillraceError what stands in the way of reading on
   */
  take(): FetchedRecords | null {
    if (this.#taken !== null) {
      this.#filler.release(this.#taken.answer)
      this.#taken = null
    }
    const chunk = this.chunks.shift()
    if (chunk === undefined) {
      if (this.failure !== null) throw this.failure
      return null
    }
    this.#taken = chunk
    this.#filler.madeRoom(this)
    return chunk.records
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    if (this.#taken !== null) this.#filler.release(this.#taken.answer)
    for (const { answer } of this.chunks.splice(0)) this.#filler.release(answer)
    this.#filler.remove(this)
  }
}
