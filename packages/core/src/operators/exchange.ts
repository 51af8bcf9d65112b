import { assert, unreachable } from '../errors.js'
import { EXCHANGE_RECEIVES_PER_POLL } from '../limits.js'
import type { ExchangeNode } from '../plan/physical.js'
import { hashColumns } from '../state/hash-columns.js'
import { allRows, BatchBuffer } from '../types/batch-buffer.js'
import type { Batch, Vector } from '../types/batch.js'
import type { DataType } from '../types/data-type.js'
import { END } from '../types/element.js'
import type { Element } from '../types/element.js'
import type { ExchangePort } from './exchange-port.js'
import { ownerOf } from './exchange-port.js'
import type { Intake } from './intake.js'
import type { Operator, OperatorMeter, Output } from './operator.js'

/**
 * The sending end of an exchange: scatters rows to the owners of their keys. Few rows for a worker wait until there are
 * `batchRows` of them, a signal comes, or the worker has nothing else to do ({@link flushPending}).
 */
export class ExchangeSendOperator implements Operator {
  readonly #port: ExchangePort
  readonly #meter: OperatorMeter
  readonly #keys: readonly number[]
  readonly #keyTypes: readonly DataType[]
  /** Rows that wait, by target. */
  readonly #pending: readonly BatchBuffer[]
  readonly #scatter: Scatter
  /** Every row goes to every worker. */
  readonly #copies: boolean
  rowsCopied = 0

  constructor(node: ExchangeNode, port: ExchangePort, meter: OperatorMeter, batchRows: number) {
    const targets = node.to.kind === 'hash' ? port.workerCount : 1
    this.#port = port
    this.#meter = meter
    this.#keys = node.to.kind === 'hash' ? node.to.columns : []
    this.#keyTypes = this.#keys.map((key) => node.schema[key]!.type)
    this.#pending = Array.from({ length: targets }, () => new BatchBuffer(node.schema, batchRows))
    this.#scatter = new Scatter(targets)
    this.#copies = node.to.kind === 'all'
  }

  push(element: Element): void {
    switch (element.kind) {
      case 'batch': return this.#pushBatch(element)
      case 'watermark': case 'barrier': case 'end': return this.#pushSignal(element)
      default: return unreachable(element)
    }
  }

  /** Sends rows that wait, however few. True if there were any. */
  flushPending(): boolean {
    let sent = false
    for (let target = 0; target < this.#pending.length; target++) if (this.#sendPending(target)) sent = true
    return sent
  }

  #pushBatch(batch: Batch): void {
    this.#meter.rowsIn += batch.length
    if (this.#pending.length === 1) return this.#append(0, batch, allRows(batch.length), 0, batch.length)
    const { rows, starts } = this.#scatter.byOwner(this.#keys.map((key) => batch.columns[key]!), this.#keyTypes, batch.length)
    for (let target = 0; target < this.#pending.length; target++) this.#append(target, batch, rows, starts[target]!, starts[target + 1]!)
  }

  #append(target: number, batch: Batch, rows: Int32Array, from: number, to: number): void {
    const pending = this.#pending[target]!
    if (to - from === batch.length && batch.length * 2 > pending.capacity) {
      // All rows go one way and are many: gathering them would only cost.
      this.#sendPending(target)
      this.#send(target, batch)
      return
    }
    while (from < to) {
      const count = Math.min(to - from, pending.capacity - pending.length)
      pending.append(batch, rows, from, from + count)
      from += count
      if (pending.length === pending.capacity) this.#sendPending(target)
    }
  }

  #sendPending(target: number): boolean {
    const pending = this.#pending[target]!
    if (pending.length === 0) return false
    this.#send(target, pending.batch())
    pending.reset()
    return true
  }

  #send(target: number, batch: Batch): void {
    if (this.#copies) return this.#sendToAll(batch)
    this.#port.send(target, batch)
    this.#meter.rowsOut += batch.length
  }

  #sendToAll(batch: Batch): void {
    for (let target = 0; target < this.#port.workerCount; target++) this.#port.send(target, batch)
    this.#meter.rowsOut += batch.length
    this.rowsCopied += batch.length * (this.#port.workerCount - 1)
  }

  #pushSignal(signal: Element): void {
    this.flushPending()
    const targets = this.#copies ? this.#port.workerCount : this.#pending.length
    for (let target = 0; target < targets; target++) this.#port.send(target, signal)
  }
}

/** Orders the rows of a batch by the worker that owns their key (a counting sort; rows of one owner keep their order). */
class Scatter {
  readonly #targets: number
  readonly #starts: Int32Array
  readonly #next: Int32Array
  #hashes = new Int32Array(0)
  #rows = new Int32Array(0)

  constructor(targets: number) {
    this.#targets = targets
    this.#starts = new Int32Array(targets + 1)
    this.#next = new Int32Array(targets)
  }

  /** Rows `rows[starts[w] … starts[w + 1])` belong to worker w. Valid until the next call. */
  byOwner(keys: readonly Vector[], types: readonly DataType[], length: number): { rows: Int32Array; starts: Int32Array } {
    if (this.#rows.length < length) {
      this.#hashes = new Int32Array(length)
      this.#rows = new Int32Array(length)
    }
    hashColumns(keys, types, length, this.#hashes)
    const owners = this.#hashes
    const starts = this.#starts.fill(0)
    for (let i = 0; i < length; i++) {
      const owner = ownerOf(owners[i]!, this.#targets)
      owners[i] = owner
      starts[owner + 1]!++
    }
    for (let w = 0; w < this.#targets; w++) {
      starts[w + 1]! += starts[w]!
      this.#next[w] = starts[w]!
    }
    for (let i = 0; i < length; i++) this.#rows[this.#next[owners[i]!]!++] = i
    return { rows: this.#rows, starts }
  }
}

/**
 * The receiving end: rows of all senders as they come, the least of their watermarks, a barrier once it has come from
 * every sender, End once all have ended.
 *
 * What a sender sends behind its barrier stays in its channel until the barrier has come from all. That cannot end in all waiting for
 * one another: before the barrier of a sender only rows of its epoch are in its channel, which are taken; and a pipeline puts nothing
 * behind a barrier before every barrier of the job's tables is on its way (see Pipeline).
 */
export class ExchangeReceiver implements Intake {
  ended = false
  epoch = 0
  readonly #port: ExchangePort
  readonly #output: Output
  readonly #meter: OperatorMeter
  readonly #watermarks: number[]
  readonly #ended: boolean[]
  /** Senders whose barrier has come and the others' not yet. */
  readonly #held: boolean[]
  #watermark = -Infinity
  /** Epoch of their barrier. */
  #aligning: number | null = null

  /** @param senderCount workers 0 … senderCount − 1 send */
  constructor(port: ExchangePort, senderCount: number, output: Output, meter: OperatorMeter) {
    this.#port = port
    this.#output = output
    this.#meter = meter
    this.#watermarks = Array.from({ length: senderCount }, () => -Infinity)
    this.#ended = this.#watermarks.map(() => false)
    this.#held = this.#watermarks.map(() => false)
  }

  poll(): boolean {
    const epoch = this.epoch
    for (let taken = 0; taken < EXCHANGE_RECEIVES_PER_POLL; taken++) {
      const received = this.#port.receive(this.#held)
      if (received === null) return taken > 0
      assert(received.from < this.#ended.length, 'an exchange receives only from its senders')
      this.#take(received.from, received.element)
      if (this.ended || this.epoch !== epoch) return true
    }
    return true
  }

  giveBarrier(): boolean {
    return false
  }

  drain(): void {}

  async close(): Promise<void> {}

  #take(from: number, element: Element): void {
    assert(!this.#ended[from], 'an exchange receives nothing from a sender after its End')
    assert(!this.#held[from], 'an exchange receives nothing from a sender that it holds')
    switch (element.kind) {
      case 'batch':
        this.#meter.rowsIn += element.length
        this.#meter.rowsOut += element.length
        return this.#output.push(element)
      case 'watermark':
        assert(element.micros >= this.#watermarks[from]!, 'the watermark of a sender does not go back')
        this.#watermarks[from] = element.micros
        return this.#advance()
      case 'barrier':
        assert(this.#aligning === null || this.#aligning === element.epoch, 'barriers of one epoch are aligned at a time')
        this.#aligning = element.epoch
        this.#held[from] = true
        return this.#align()
      case 'end':
        this.#ended[from] = true
        this.#watermarks[from] = Infinity
        this.#align()
        this.#advance()
        return this.#finish()
      default: return unreachable(element)
    }
  }

  #advance(): void {
    let least = Infinity
    for (const micros of this.#watermarks) if (micros < least) least = micros
    if (least <= this.#watermark) return
    this.#watermark = least
    this.#output.push({ kind: 'watermark', micros: least })
  }

  #align(): void {
    if (this.#aligning === null || !this.#held.every((held, from) => held || this.#ended[from])) return
    this.epoch = this.#aligning
    this.#aligning = null
    this.#held.fill(false)
    this.#output.push({ kind: 'barrier', epoch: this.epoch })
  }

  #finish(): void {
    if (this.ended || !this.#ended.every(Boolean)) return
    this.ended = true
    this.#output.push(END)
  }
}
