import {
  assert, type Block, type Batch, encodeBatch, encodedSize, type Connector, type End, MillraceError, type ReaderContext, type ReadMeter,
  type RowFailure, type ScanNode, type Split,
} from '@millrace/core'
import { performance } from 'node:perf_hooks'
import { Outbox } from '../exchange/outbox.js'
import type { FeedMemory } from '../job-memory.js'
import { type JobSignal, SIGNAL } from '../job-signal.js'
import { FEED_BLOCKS_MAX, IDLE_SLEEP_MS, SLICE_MS } from '../limits.js'
import { nowMicros } from '../clock.js'
import { SplitRows } from '../split-rows.js'
import { nextTurn, sleepMs } from '../turn.js'
import { type Deal, ownerOfSplit } from './deal.js'
import { encodeFailure, FEED, type FeedHead, type FeedKind, sendFeed } from './feed-message.js'

/** What is taken from a source at once, as either kind of reader gives it. */
interface Piece {
  readonly kind: FeedKind
  readonly bytes: number
  readonly position: number
  write(bytes: Uint8Array, offset: number): void
}

/** What a feeder has to know of the job that it reads for. */
export interface FeederJob {
  readonly signal: JobSignal
  /** Aborted when the job stops: waits of readers end. */
  readonly abort: AbortSignal
  readonly compile: boolean
}

interface PieceReader {
  readonly splitIndex: number
  next(): Read<Piece>
  close(): Promise<void>
}

/**
 * Reads one scan on the main thread and deals it out to the workers: the `coordinator` strategy, for sources that cannot
 * be split. It moves big blocks of undecoded records where the connector can give them, else encoded batches.
 *
 * A full ring makes it wait; it yields to the event loop every SLICE_MS.
 */
export class Feeder {
  readonly #scan: ScanNode
  readonly #connector: Connector
  readonly #splits: readonly Split[]
  readonly #deal: Deal
  readonly #outboxes: readonly Outbox[]
  readonly #job: FeederJob
  /** Kept where only the first rows are wanted. */
  readonly #rows: SplitRows | null
  readonly #meter: ReadMeter = { bytesIn: 0, rowsFiltered: 0 }
  readonly #sent: ReadMeter = { bytesIn: 0, rowsFiltered: 0 }
  readonly #shared = new Map<string, unknown>()
  /** Weight of the splits read to their end. */
  weightDone = 0
  #failures: RowFailure[] = []
  #blocks = 0
  #sliceEnd = 0

  constructor(
    scan: ScanNode, connector: Connector, splits: readonly Split[], feed: FeedMemory, rows: SharedArrayBuffer | null, job: FeederJob,
  ) {
    this.#scan = scan
    this.#connector = connector
    this.#splits = splits
    this.#deal = feed.deal
    this.#outboxes = feed.rings.map((ring) => new Outbox(ring))
    this.#rows = rows === null ? null : new SplitRows(rows)
    this.#job = job
  }

  /** Resolves when everything is in the rings, or when the job drains or stops. */
  async run(): Promise<void> {
    this.#sliceEnd = performance.now() + SLICE_MS
    try {
      if (this.#splits.every((split) => split.bounded)) await this.#readInOrder()
      else await this.#readTogether()
      await this.#finish()
    } finally {
      for (const shared of this.#shared.values()) await closeShared(shared)
    }
  }

  get #going(): boolean {
    return this.#job.signal.value === SIGNAL.run
  }

  /** False when nobody needs the next block. */
  get #wanted(): boolean {
    return this.#going && this.#scan.firstRows !== 0 && (this.#rows === null || this.#rows.last >= this.#blocks)
  }

  async #readInOrder(): Promise<void> {
    for (let i = 0; i < this.#splits.length && this.#wanted; i++) {
      const reader = await this.#open(i)
      try {
        while (this.#wanted) {
          const result = await this.#move(reader)
          if (result === 'ended') break
          if (result === 'idle') await sleepMs(IDLE_SLEEP_MS)
          else await this.#breathe()
        }
      } finally {
        await reader.close()
      }
    }
    // Splits that nobody needs are done too.
    if (this.#going) this.weightDone = this.#splits.reduce((sum, { weight }) => sum + weight, 0)
  }

  /** Splits without end are all read from the start, in turn. */
  async #readTogether(): Promise<void> {
    const readers = await Promise.all(this.#splits.map((_, i) => this.#open(i)))
    const open = new Set(readers)
    try {
      while (this.#going && open.size > 0) {
        let moved = false
        for (const reader of open) {
          const result = await this.#move(reader)
          if (result === 'ended') open.delete(reader)
          if (result !== 'idle') moved = true
        }
        if (moved) await this.#breathe()
        else await sleepMs(IDLE_SLEEP_MS)
      }
    } finally {
      for (const reader of readers) await reader.close()
    }
  }

  async #move(reader: PieceReader): Promise<'moved' | 'idle' | 'ended'> {
    const next = reader.next()
    const piece = next instanceof Promise ? await next : next
    if (piece !== null && piece.kind === 'end') {
      this.weightDone += this.#splits[reader.splitIndex]!.weight
      if (this.#deal === 'sticky' || this.#uncarried()) await this.#send(FEED.nothing, reader.splitIndex, this.#deal === 'sticky', null)
      return 'ended'
    }
    if (piece === null) {
      return 'idle'
    }
    await this.#send(piece.kind, reader.splitIndex, this.#deal === 'numbered', piece as Piece)
    return 'moved'
  }

  /** Something was counted or failed that no message has carried yet. */
  #uncarried(): boolean {
    return this.#failures.length > 0 || this.#meter.bytesIn > this.#sent.bytesIn || this.#meter.rowsFiltered > this.#sent.rowsFiltered
  }

  async #send(kind: FeedKind, split: number, last: boolean, piece: Piece | null): Promise<void> {
    const outbox = await this.#target(split)
    const unit = this.#deal === 'sticky' ? split : this.#blocks
    for (const failure of this.#failures) {
      const payload = encodeFailure(failure)
      sendFeed(outbox, this.#head(FEED.failure, unit, split, false, 0), payload.length, (bytes, offset) => bytes.set(payload, offset))
    }
    this.#failures = []
    const ends = last || (this.#deal === 'numbered' && kind === FEED.nothing)
    const head = this.#head(kind, unit, split, ends, piece?.position ?? 0)
    sendFeed(outbox, head, piece?.bytes ?? 0, (bytes, offset) => piece?.write(bytes, offset))
    if (kind === FEED.block || kind === FEED.batch || this.#deal === 'numbered') this.#blocks++
    if (this.#deal === 'numbered' && this.#blocks >= FEED_BLOCKS_MAX) {
      const what = `table ${this.#scan.spec.table.name} has more than ${FEED_BLOCKS_MAX} blocks`
      throw new MillraceError('STATE_LIMIT', `${what}, more than the coordinator can number to keep rows in order; use --strategy single`)
    }
  }

  #head(kind: FeedKind, unit: number, split: number, last: boolean, position: number): FeedHead {
    const bytesIn = this.#meter.bytesIn - this.#sent.bytesIn
    const rowsFiltered = this.#meter.rowsFiltered - this.#sent.rowsFiltered
    this.#sent.bytesIn = this.#meter.bytesIn
    this.#sent.rowsFiltered = this.#meter.rowsFiltered
    return { kind, unit, split, last, position, bytesIn, rowsFiltered }
  }

  /** The worker that the next message goes to, once it has room. */
  async #target(split: number): Promise<Outbox> {
    const count = this.#outboxes.length
    if (this.#deal === 'free') {
      for (let turn = 0; ; turn++) {
        const outbox = this.#outboxes[(this.#blocks + turn) % count]!
        if (outbox.flush()) return outbox
        if (turn % count === count - 1 && !(await this.#waitForRoom())) return outbox
      }
    }
    const outbox = this.#outboxes[this.#deal === 'sticky' ? ownerOfSplit(split, count) : this.#blocks % count]!
    while (!outbox.flush() && (await this.#waitForRoom()));
    return outbox
  }

  /** False when the job no longer wants anything. */
  async #waitForRoom(): Promise<boolean> {
    await sleepMs(IDLE_SLEEP_MS)
    this.#sliceEnd = performance.now() + SLICE_MS
    return this.#going
  }

  async #breathe(): Promise<void> {
    if (performance.now() < this.#sliceEnd) return
    await nextTurn()
    this.#sliceEnd = performance.now() + SLICE_MS
  }

  async #finish(): Promise<void> {
    const rest = new Set(this.#outboxes)
    for (const outbox of rest) sendFeed(outbox, this.#head(FEED.finish, -1, -1, true, 0), 0, () => {})
    while (rest.size > 0) {
      for (const outbox of rest) if (outbox.flush()) rest.delete(outbox)
      if (rest.size > 0 && !(await this.#waitForRoom())) return
    }
  }

  async #open(splitIndex: number): Promise<PieceReader> {
    const factory = this.#connector.reader
    assert(factory !== undefined, 'a scanned connector has a reader')
    const split = this.#splits[splitIndex]!
    const context = this.#context()
    if (factory.blocks !== undefined) {
      const reader = await factory.blocks.open(this.#scan.spec, split, context)
      return {
        splitIndex,
        next: () => mapRead(reader.next(), blockPiece),
        close: () => reader.close(),
      }
    }
    const reader = await factory.open(this.#scan.spec, split, context)
    let batches = 0
    return {
      splitIndex,
      next: () => mapRead(reader.read(), (batch) => batchPiece(batch, batches++)),
      close: () => reader.close(),
    }
  }

  #context(): ReaderContext {
    const shared = this.#shared
    return {
      shared: <T>(key: string, create: () => T): T => {
        if (!shared.has(key)) shared.set(key, create())
        return shared.get(key) as T
      },
      meter: this.#meter,
      // A worker applies the table's `on-error`: it has the dead-letter sink and the counters.
      rowFailed: (failure) => {
        this.#failures.push({ ...failure, record: failure.record === null ? null : Uint8Array.from(failure.record) })
      },
      nowMicros,
      signal: this.#job.abort,
      compile: this.#job.compile,
    }
  }
}

/** What a reader gives, now or later. */
type Read<T> = T | null | End | Promise<T | null | End>

function mapRead<T extends object>(read: Read<T>, piece: (value: T) => Piece): Read<Piece> {
  if (read instanceof Promise) return read.then((value) => (value === null || isEnd(value) ? value : piece(value)))
  return read === null || isEnd(read) ? read : piece(read)
}

function isEnd(value: object): value is End {
  return 'kind' in value && value.kind === 'end'
}

function blockPiece(block: Block): Piece {
  return { kind: FEED.block, bytes: block.bytes.length, position: block.position, write: (bytes, offset) => bytes.set(block.bytes, offset) }
}

function batchPiece(batch: Batch, index: number): Piece {
  return { kind: FEED.batch, bytes: encodedSize(batch), position: index, write: (bytes, offset) => encodeBatch(batch, bytes, offset) }
}

async function closeShared(shared: unknown): Promise<void> {
  const close = (shared as { close?: () => unknown } | null)?.close
  if (typeof close === 'function') await close.call(shared)
}
