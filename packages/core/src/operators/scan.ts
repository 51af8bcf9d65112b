import type { Reader, ReaderContext, ReaderFactory, ReadMeter, ReadPosition, RowFailure, Split } from '../connector.js'
import { assert, MillraceError } from '../errors.js'
import { PROCTIME_TICK_MS } from '../limits.js'
import type { Calc } from '../expressions/calc.js'
import { CalcKernel } from '../expressions/calc-kernel.js'
import { columnOf } from '../expressions/expression.js'
import type { Expression } from '../expressions/expression.js'
import { InterpretedCalc } from '../expressions/interpreted-calc.js'
import type { FunctionContext } from '../functions/function.js'
import type { PipelineEnvironment, SplitQueue } from '../pipeline-environment.js'
import type { ScanCounters, ScanSnapshot, SplitProgress } from '../pipeline-snapshot.js'
import type { PlanSettings, ScanNode } from '../plan/physical.js'
import { batchOf } from '../types/batch.js'
import type { Batch, F64Vector } from '../types/batch.js'
import { END } from '../types/element.js'
import type { End } from '../types/element.js'
import type { Intake } from './intake.js'
import type { OperatorMeter, Output } from './operator.js'
import type { RowFailures } from './row-failures.js'
import { sliceBatch } from './slice-batch.js'
import { finiteOrNull, SplitWatermark } from './split-watermark.js'

/** Row ordinals are split index · ORDINALS_PER_SPLIT + row in split: exact in a double for 2²⁰ splits of 2³³ rows. */
const ORDINALS_PER_SPLIT = 2 ** 33

export interface ScanContext extends FunctionContext {
  readonly env: PipelineEnvironment
  readonly settings: PlanSettings
  readonly output: Output
  readonly meter: OperatorMeter
  readonly failures: RowFailures
  /** See {@link ReaderContext.shared}. */
  shared<T>(key: string, create: () => T): T
}

/**
 * Reads this worker's splits of one table: claims them, bounded ones one at a time, unbounded ones all at once; takes a
 * batch from them in turn; adds the hidden columns; says how far event time has come.
 */
export class ScanSource implements Intake {
  ended = false
  epoch = 0
  /** Splits read as far as they are wanted. */
  splitsDone = 0
  /** The highest watermark pushed, microseconds. */
  watermark: number = -Infinity
  readonly #node: ScanNode
  readonly #context: ScanContext
  readonly #factory: ReaderFactory
  readonly #queue: SplitQueue
  readonly #open: OpenSplit[] = []
  /** Splits read as far as they are wanted, with the rows that came of them. */
  readonly #done: DoneSplit[] = []
  /** Splits that were open when the job was stopped, by index: whoever claims one goes on with it. */
  readonly #toResume = new Map<number, SplitProgress>()
  /** Those of them that this worker tells of as long as nobody has claimed them. */
  #kept: readonly SplitProgress[] = []
  readonly #read: ReadMeter = { bytesIn: 0, rowsFiltered: 0 }
  readonly #readerContext: ReaderContext
  /** Adds what the WATERMARK expression gives as a last column; null where there are no watermarks until the end. */
  readonly #watermarkCalc: Calc | null
  readonly #ordinals: Float64Array
  readonly #watermarks: Float64Array
  /** The reader filters, and the rows that it drops count for event time. */
  readonly #seesPassed: boolean
  /** The highest watermark of any split, open or done. */
  #reached = -Infinity
  #turn = 0
  #mayClaim = true
  #draining = false
  #weightDone = 0
  #rowsReturned = 0
  #recordsFailed = 0
  /** Grows whenever a reader has taken something from its source; as of the last read that gave nothing. */
  #progress = 0

  constructor(node: ScanNode, factory: ReaderFactory, context: ScanContext) {
    // A record of a changelog can be two rows, which stay together.
    const rows = Math.max(node.spec.batchRows, 2)
    this.#node = node
    this.#context = context
    this.#factory = factory
    this.#queue = context.env.splits(node.id)
    this.#readerContext = this.#newReaderContext()
    this.#watermarkCalc = node.watermark === null || node.bounded ? null : this.#newWatermarkCalc(node.watermark)
    this.#ordinals = new Float64Array(node.hidden.includes('ordinal') ? rows : 0)
    this.#seesPassed = this.#watermarkCalc !== null && node.spec.filter.length > 0
    this.#watermarks = new Float64Array(this.#watermarkCalc !== null || node.hidden.includes('watermark') ? rows : 0).fill(-Infinity)
  }

  poll(): boolean | Promise<boolean> {
    if (this.#draining) return this.#leaveSplits().then(() => this.#end())
    if (this.#mayClaim) return this.#openNext()
    return this.#pollSplits(this.#open.length)
  }

  drain(): void {
    this.#draining = true
  }

  giveBarrier(epoch: number): boolean {
    this.epoch = epoch
    this.#context.output.push({ kind: 'barrier', epoch })
    return true
  }

  /** How far it has read. Called between two polls. */
  snapshot(): ScanSnapshot {
    const idOf = (index: number): string => this.#queue.splits[index]!.id
    return {
      nodeId: this.#node.id,
      kept: this.#kept,
      splits: [
        ...this.#done.map(({ index, rows, reached, position, isEnded }): SplitProgress => (
          { ...UNREAD, id: idOf(index), done: isEnded, position, rows, watermark: finiteOrNull(reached) })),
        ...this.#open.map(({ index, reader, rows, watermark }): SplitProgress => (
          { ...UNREAD, id: idOf(index), position: reader.position(), rows, ...watermark.progress(this.watermark, this.#context.env.monotonicMs()) })),
      ],
      drained: this.#draining,
      counters: {
        bytesIn: this.#read.bytesIn, rowsFiltered: this.#read.rowsFiltered, rowsReturned: this.#rowsReturned,
        recordsFailed: this.#recordsFailed, splitsDone: this.splitsDone, weightDone: this.#weightDone,
      },
    }
  }

  /** How far this worker has read the splits that it has claimed. Called between two polls. */
  positions(): ReadPosition[] {
    const { table } = this.#node.spec
    const closed = this.#done.filter(({ isFromBefore }) => !isFromBefore).map(({ index, position }) => ({ table, split: this.#queue.splits[index]!, position }))
    const open = this.#open.map(({ split, reader }) => ({ table, split, position: reader.position() }))
    return [...closed, ...open].filter(({ position }) => position !== undefined)
  }

  /** Goes on where scans of this node had come to. Called once, before the first poll. */
  restore({ open, kept, done, drained, counters }: ScanRestore): void {
    this.#kept = kept
    const indexOf = new Map(this.#queue.splits.map(({ id }, index) => [id, index]))
    for (const split of open) this.#toResume.set(indexOf.get(split.id)!, split)
    for (const { id, rows, watermark, position } of done) {
      const reached = watermark ?? -Infinity
      this.#done.push({ index: indexOf.get(id)!, rows, reached, position, isEnded: true, isFromBefore: true })
      this.#reached = Math.max(this.#reached, reached)
    }
    this.#draining = drained
    this.#read.bytesIn = counters.bytesIn
    this.#read.rowsFiltered = counters.rowsFiltered
    this.#rowsReturned = counters.rowsReturned
    this.#recordsFailed = counters.recordsFailed
    this.splitsDone = counters.splitsDone
    this.#weightDone = counters.weightDone
    this.#count()
  }

  async close(): Promise<void> {
    await this.#closeReaders()
  }

  get nodeId(): number {
    return this.#node.id
  }

  /** Bytes taken from the source. */
  get bytesIn(): number {
    return this.#read.bytesIn
  }

  /** Split weight read so far, in the source's unit, with the done part of open splits. */
  get weightDone(): number {
    return this.#open.reduce((sum, { split, reader }) => sum + split.weight * (reader.progress?.() ?? 0), this.#weightDone)
  }

  // ------------------------------------------------------------------------------------------------------- splits

  /**
   * Claims a split and opens it. The claim is made under a watermark of −∞, because until then it is the unclaimed
   * split that holds the job's watermark back, and nobody may see a moment without either.
   */
  async #openNext(): Promise<boolean> {
    this.#publish(-Infinity)
    const index = this.#queue.claim()
    if (index === -1) {
      this.#mayClaim = false
      if (this.#open.length === 0) return this.#end()
      this.#announce()
      return true
    }
    const split = this.#queue.splits[index]
    assert(split !== undefined, 'a claimed split is one of the scan')
    const { position, rows, ...progress } = this.#toResume.get(index) ?? UNREAD
    if (this.#isNeedless(index, rows)) {
      this.#weightDone += split.weight
      this.#done.push({ index, rows, reached: progress.watermark ?? -Infinity, position, isEnded: true, isFromBefore: false })
      return true
    }
    const reader = await this.#factory.open(this.#node.spec, split, this.#readerContext, position ?? split.position)
    const watermark = new SplitWatermark(this.#node.idleTimeoutMs)
    watermark.resume(progress, this.#context.env.monotonicMs())
    this.#open.push({ index, split, reader, rows, watermark, beganAt: -Infinity })
    this.#mayClaim = !split.bounded
    return true
  }

  /** Asks the open splits in turn until one has something; `left` are still to be asked. */
  #pollSplits(left: number): boolean | Promise<boolean> {
    while (left-- > 0) {
      this.#turn = (this.#turn + 1) % this.#open.length
      const open = this.#open[this.#turn]!
      if (this.#isNeedless(open.index, open.rows)) return this.#finish(open)
      if (this.#isTooFarAhead(open)) continue
      const read = open.reader.read()
      if (read instanceof Promise) {
        const rest = left
        return read.then((settled) => this.#take(open, settled)).then((did) => did || this.#pollSplits(rest))
      }
      const did = this.#take(open, read)
      if (did !== false) return did
    }
    // Others may have gone on, or a split may have become idle.
    return this.#announce()
  }

  #take(open: OpenSplit, read: Batch | null | End): boolean | Promise<boolean> {
    if (read === null) {
      // A reader that filters may take a long way through its source without a row to show for it: that is work too.
      const before = this.#progress
      this.#progress = this.#read.bytesIn + this.#read.rowsFiltered + this.#recordsFailed
      if (this.#progress !== before) {
        this.#count()
        if (this.#seesPassed) {
          this.#lookAtPassed(open)
          this.#announce()
        }
        return true
      }
      if (this.#hearsTime(open)) return this.#announce()
      open.watermark.silent(this.#context.env.monotonicMs())
      return false
    }
    if (read.kind === 'end') return this.#finish(open)
    const { firstRows } = this.#node
    if (firstRows === undefined) {
      this.#deliver(open, read)
      return true
    }
    this.#deliver(open, sliceBatch(read, 0, Math.min(read.length, firstRows - open.rows)))
    // Asked first, because it also tells the others how many rows have come.
    return this.#isNeedless(open.index, open.rows) || open.rows === firstRows ? this.#finish(open) : true
  }

  /** Says that `rows` rows of a split have come so far. True once nobody needs the split. */
  #isNeedless(index: number, rows: number): boolean {
    const { firstRows } = this.#node
    return firstRows !== undefined && this.#queue.lastNeeded(firstRows, index, rows) < index
  }

  async #finish(open: OpenSplit): Promise<boolean> {
    this.#open.splice(this.#open.indexOf(open), 1)
    this.#reached = Math.max(this.#reached, open.watermark.micros)
    this.#done.push({ index: open.index, rows: open.rows, reached: open.watermark.micros, position: open.reader.position(), isEnded: true, isFromBefore: false })
    this.#weightDone += open.split.weight
    this.splitsDone++
    this.#count()
    await open.reader.close()
    if (this.#open.length === 0) this.#mayClaim = true
    else this.#announce()
    return true
  }

  #end(): boolean {
    this.ended = true
    this.#publish(Infinity)
    this.#push(Infinity)
    this.#context.output.push(END)
    return true
  }

  /** Reads no more; how far it had come is known yet, for whoever keeps positions. */
  async #leaveSplits(): Promise<void> {
    for (const { index, rows, watermark, reader } of this.#open) {
      this.#done.push({ index, rows, reached: watermark.micros, position: reader.position(), isEnded: false, isFromBefore: false })
    }
    await this.#closeReaders()
  }

  async #closeReaders(): Promise<void> {
    for (const { reader } of this.#open.splice(0)) await reader.close()
  }

  // --------------------------------------------------------------------------------------------------------- rows

  #deliver(open: OpenSplit, read: Batch): void {
    assert(read.length > 0 && read.length <= this.#node.spec.batchRows, 'a reader returns 1 … batchRows rows')
    const firstOrdinal = open.index * ORDINALS_PER_SPLIT + open.rows
    open.rows += read.length
    this.#rowsReturned += read.length
    this.#count()
    open.watermark.active(this.watermark)
    const batch = this.#watermarkCalc === null ? read : this.#watermarkCalc.run(read)
    if (batch === null) return
    if (this.#watermarkCalc !== null) open.watermark.advance(batch.columns.at(-1)! as F64Vector, batch.length, this.#watermarks)
    this.#context.meter.rowsOut += batch.length
    this.#context.output.push(this.#withHidden(batch, firstOrdinal))
    if (this.#seesPassed) this.#lookAtPassed(open)
    this.#hearsTime(open)
    this.#announce()
  }

  /** What the source itself knows of event time. True if that is news. */
  #hearsTime(open: OpenSplit): boolean {
    if (this.#watermarkCalc === null || open.reader.watermark === undefined) return false
    const heard = open.watermark.reach(open.reader.watermark())
    if (heard) open.watermark.active(this.watermark)
    return heard
  }

  /** Rows that a filtering reader has kept to itself say how far time has come too. */
  #lookAtPassed(open: OpenSplit): void {
    const passed = open.reader.lastPassed?.() ?? null
    const batch = passed === null ? null : this.#watermarkCalc!.run(passed)
    if (batch === null) return
    open.watermark.active(this.watermark)
    open.watermark.advance(batch.columns.at(-1)! as F64Vector, 1, this.#watermarks)
  }

  #withHidden(batch: Batch, firstOrdinal: number): Batch {
    const { hidden, spec } = this.#node
    if (hidden.length === 0 && this.#watermarkCalc === null) return batch
    const columns = batch.columns.slice(0, spec.columns.length)
    for (const name of hidden) {
      if (name === 'ordinal') for (let i = 0; i < batch.length; i++) this.#ordinals[i] = firstOrdinal + i
      columns.push({ kind: 'f64', values: name === 'ordinal' ? this.#ordinals : this.#watermarks, nulls: null })
    }
    return batchOf(columns, batch.length, batch.rowKinds, batch.origin)
  }

  /** The columns as they are, then the watermark. Rows on which the expression fails are dropped, or end the job. */
  #newWatermarkCalc(watermark: Expression): Calc {
    const { settings, failures } = this.#context
    const columns = this.#node.schema.slice(0, this.#node.spec.columns.length)
    const Implementation = settings.compile ? CalcKernel : InterpretedCalc
    const project = [...columns.map((field, i) => columnOf(i, field)), watermark]
    const types = project.map(({ type }) => type)
    return new Implementation(null, project, columns, types, this.#context, (error, batch, row) => failures.rowFailed(error, batch.origin, row))
  }

  /** Rows in = returned + filtered + failed. Rows on which the watermark fails have been returned. */
  #count(): void {
    const { meter } = this.#context
    meter.rowsFiltered = this.#read.rowsFiltered
    meter.rowsIn = this.#rowsReturned + this.#read.rowsFiltered + this.#recordsFailed
  }

  #newReaderContext(): ReaderContext {
    const { env, failures, settings, shared } = this.#context
    return {
      shared,
      meter: this.#read,
      rowFailed: (failure: RowFailure) => {
        failures.recordFailed(this.#node.spec.table.name, failure)
        this.#recordsFailed++
      },
      nowMicros: () => env.nowMicros(),
      signal: env.signal,
      compile: settings.compile,
    }
  }

  // --------------------------------------------------------------------------------------------------- event time

  /**
   * Publishes how far this worker's splits have come, and passes on how far the job has. True if that was news.
   *
   * Where every split of the job is idle or has ended, time is where the furthest has come: that is what it would be had the others
   * fallen silent before it, and who is found to be silent first is chance.
   */
  #announce(): boolean {
    if (this.#node.clock === true) return this.#push(this.#clockMicros())
    if (this.#watermarkCalc === null) return false
    let own = Infinity
    for (const { watermark } of this.#open) if (!watermark.isIdle && watermark.micros < own) own = watermark.micros
    return this.#push(this.#publish(this.#mayClaim ? -Infinity : own))
  }

  /**
   * How far processing time has come. Rows are stamped from the same clock after this has been pushed, so none is behind it,
   * and a split that is yet to be claimed has none either: it takes no job-wide agreement, as event time does.
   */
  #clockMicros(): number {
    const tick = PROCTIME_TICK_MS * 1_000
    return Math.floor(this.#context.nowMicros() / tick) * tick
  }

  /**
   * Whether a split waits for slower ones, so that what is between them need not be kept. It is measured by the job's watermark, which is
   * at or behind that of every split that is not idle: the slowest never waits, so somebody always goes on. Before that is known there is
   * only the split's own beginning to go by; a bounded one does not wait then, for it may be what an unclaimed one waits for.
   */
  #isTooFarAhead(open: OpenSplit): boolean {
    const { maxDriftMicros } = this.#node
    const { micros } = open.watermark
    if (maxDriftMicros === undefined || micros === -Infinity) return false
    if (open.beganAt === -Infinity) open.beganAt = micros
    if (this.watermark === -Infinity && open.split.bounded) return false
    return micros > (this.watermark === -Infinity ? open.beganAt : this.watermark) + maxDriftMicros
  }

  #publish(own: number): number {
    if (this.#watermarkCalc === null) return -Infinity
    for (const { watermark } of this.#open) if (watermark.micros > this.#reached) this.#reached = watermark.micros
    return this.#context.env.jobWatermark(this.#node.id, own, this.#reached)
  }

  #push(micros: number): boolean {
    if (micros <= this.watermark) return false
    this.watermark = micros
    this.#context.output.push({ kind: 'watermark', micros })
    return true
  }
}

/** What a scan is told when its job goes on: the open splits of all workers; what is done and counted is told to one of them alone. */
export interface ScanRestore {
  readonly open: readonly SplitProgress[]
  /** Open splits of which this worker tells in snapshots that are taken before anybody has gone on with them. */
  readonly kept: readonly SplitProgress[]
  readonly done: readonly SplitProgress[]
  readonly drained: boolean
  readonly counters: ScanCounters
}

/** A split of which nothing has been read; `position` is absent as for `ReaderFactory.open`. */
const UNREAD: Omit<SplitProgress, 'id'> = { done: false, position: undefined, rows: 0, watermark: null, idle: false, resumesAt: null, silentMs: 0 }

interface DoneSplit {
  readonly index: number
  readonly rows: number
  /** Its last watermark. */
  readonly reached: number
  /** Of the reader that was closed; absent where there was none. */
  readonly position: unknown
  /** False where it was told to read no more. */
  readonly isEnded: boolean
  /** Read to its end before the job was restored. */
  readonly isFromBefore: boolean
}

interface OpenSplit {
  readonly index: number
  readonly split: Split
  readonly reader: Reader
  readonly watermark: SplitWatermark
  /** Its first watermark, once it has one and waits for others. */
  beganAt: number
  /** Returned by the reader so far. */
  rows: number
}

/** The reader factory of a scan's connector. */
export function readerFactoryOf(node: ScanNode, env: PipelineEnvironment): ReaderFactory {
  const { reader } = env.connector(node.spec.table.connector)
  const { name, connector } = node.spec.table
  if (reader === undefined) throw new MillraceError('CONNECTOR_DIRECTION', `connector \`${connector}\` of table \`${name}\` cannot be read`)
  return reader
}
