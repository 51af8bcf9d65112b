import { MillraceError, unreachable } from '../errors.js'
import { makeInterpreter, type RowFunction } from '../expressions/interpreter.js'
import { fromJs, isThenable } from '../functions/user/js-form.js'
import { argumentsToJs, exportOf, functionFailed, methodOf } from '../functions/user/user-call.js'
import { ASYNC_PENDING_ROWS_MAX } from '../limits.js'
import type { AsyncCallNode } from '../plan/physical-async.js'
import { batchOf } from '../types/batch.js'
import type { Batch } from '../types/batch.js'
import type { Schema, Value } from '../types/data-type.js'
import type { Element, End, Watermark } from '../types/element.js'
import { rowValues } from '../types/vector-access.js'
import { vectorBuilderOf, type VectorBuilder } from '../types/vector-builder.js'
import { PendingRows } from './async-rows.js'
import type { Gate, Intake } from './intake.js'
import type { Operator, OperatorContext } from './operator.js'
import { sliceBatch } from './slice-batch.js'
import type { OperatorState } from './state.js'

/**
 * Calls an asynchronous function for every row, several at a time, and lets rows go in the order in which they came.
 *
 * ```
 *           push                    poll                                  poll
 *   rows ─▶ queue [ waiting │ … ] ─▶ call, at most `concurrency` at a time ─▶ done, and none before it is not ─▶ output
 * ```
 *
 * It is three things to the pipeline. An operator, to whose `push` rows come. A gate, shut while rows wait for their calls,
 * so that no more are read. And an intake, polled in every step: results come in between steps, and only a poll acts
 * on them. When all it can do is wait, the worker is idle, and lets its event loop run.
 *
 * Watermarks and End stay behind the rows before them. A barrier goes past them: the rows that wait are stored with it.
 * A call that takes longer than its time has failed; so whatever the function does, the queue moves on.
 */
export class AsyncCallOperator implements Operator, Intake, Gate {
  ended = false
  epoch = 0
  readonly state: OperatorState
  readonly #node: AsyncCallNode
  readonly #inputSchema: Schema
  readonly #context: OperatorContext
  readonly #monotonicMs: () => number
  readonly #args: readonly RowFunction[]
  readonly #call: (args: readonly Value[]) => unknown
  readonly #check: (result: unknown) => Value
  readonly #results: VectorBuilder
  readonly #queue: (PendingRows | Watermark | End)[] = []
  /** Rows in the queue, and those of them whose calls have not been made. */
  #pending = 0
  #waiting = 0
  #running = 0
  /** End is in the queue. */
  #inputEnded = false
  /** False once nobody waits for results any more. */
  #open = true

  constructor(node: AsyncCallNode, inputSchema: Schema, context: OperatorContext, monotonicMs: () => number) {
    const { user } = node
    const evaluate = methodOf(exportOf(user, context), 'eval', user)
    const convert = argumentsToJs(user)
    this.#node = node
    this.#inputSchema = inputSchema
    this.#context = context
    this.#monotonicMs = monotonicMs
    this.#args = node.args.map((arg) => makeInterpreter(arg, context))
    this.#call = convert === null ? (args) => evaluate(...args) : (args) => evaluate(...convert(args))
    this.#check = fromJs(user.returns, user.name)
    this.#results = vectorBuilderOf(user.returns)
    this.state = this.#newState()
  }

  push(element: Element): void {
    switch (element.kind) {
      case 'batch':
        this.#enqueue(PendingRows.of(element, this.#node.onError.action === 'dead-letter'))
        break
      case 'watermark': case 'end':
        this.#queue.push(element)
        this.#inputEnded ||= element.kind === 'end'
        break
      case 'barrier':
        this.epoch = element.epoch
        this.#context.output.push(element)
        break
      default: unreachable(element)
    }
  }

  /** Whether there is room for more rows. */
  flush(): boolean {
    return this.#waiting === 0 && this.#pending < ASYNC_PENDING_ROWS_MAX
  }

  poll(): boolean {
    const expired = this.#expire()
    const emitted = this.#emit()
    return this.#start() || expired || emitted
  }

  /** It comes from the input, or, once that has ended, from here. */
  giveBarrier(epoch: number): boolean {
    if (this.#inputEnded) this.push({ kind: 'barrier', epoch })
    return this.#inputEnded
  }

  drain(): void {}

  async close(): Promise<void> {
    this.#open = false
    this.#queue.length = 0
  }

  #enqueue(rows: PendingRows): void {
    this.#queue.push(rows)
    this.#pending += rows.batch.length
    this.#waiting += rows.batch.length
    this.#gauge()
  }

  /** Rows count as in when they leave: after a restore that is somewhere else than where they came. */
  #left(count: number): void {
    this.#pending -= count
    this.#context.meter.rowsIn += count
  }

  #gauge(): void {
    this.#context.meter.stateBytes = this.#pending * this.#inputSchema.length * VALUE_BYTES
  }

  // -------------------------------------------------------------------------------------------------------- calls

  /** Makes as many calls as may be under way. True if it made any. */
  #start(): boolean {
    let started = false
    for (const rows of this.#queue) {
      if (this.#waiting === 0 || this.#running >= this.#node.user.concurrency) break
      if (!(rows instanceof PendingRows)) continue
      while (rows.started < rows.batch.length && this.#running < this.#node.user.concurrency) {
        this.#callFor(rows, rows.started++)
        this.#waiting--
        started = true
      }
    }
    return started
  }

  #callFor(rows: PendingRows, row: number): void {
    const { user } = this.#node
    let result: unknown
    try {
      const values = rowValues(rows.batch, this.#inputSchema, row)
      const args = this.#args.map((arg) => arg(values))
      if (user.nulls === 'strict' && args.includes(null)) return rows.succeed(row, null)
      result = this.#invoke(args)
      if (!(result instanceof Promise)) return rows.succeed(row, this.#check(result))
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error
      return rows.fail(row, error)
    }
    rows.run(row, this.#monotonicMs())
    this.#running++
    // Both ways are taken here, so that nothing is ever unhandled.
    void result.then(
      (late) => this.#settle(rows, row, () => rows.succeed(row, this.#check(late))),
      (error: unknown) => this.#settle(rows, row, () => { throw functionFailed(user, error) }),
    )
  }

  #invoke(args: readonly Value[]): unknown {
    try {
      const result = this.#call(args)
      return isThenable(result) ? Promise.resolve(result) : result
    } catch (error) {
      throw functionFailed(this.#node.user, error)
    }
  }

  /** A result has come, between two steps; or too late, and then it is nobody's. */
  #settle(rows: PendingRows, row: number, take: () => void): void {
    if (!this.#open || !rows.isRunning(row)) return
    this.#running--
    try {
      take()
    } catch (error) {
      rows.fail(row, error as MillraceError)
    }
  }

  /** Gives up the calls whose time is over. Rows start in order, so the first that has time left ends the search. */
  #expire(): boolean {
    if (this.#running === 0) return false
    const { name, timeoutMs } = this.#node.user
    const startedBefore = this.#monotonicMs() - timeoutMs
    let expired = false
    for (const rows of this.#queue) {
      if (!(rows instanceof PendingRows)) continue
      for (let row = rows.next; row < rows.started; row++) {
        if (!rows.isRunning(row)) continue
        if (rows.startedAtMs[row]! > startedBefore) return expired
        rows.fail(row, new MillraceError('FUNCTION_TIMEOUT', `${name} gave no result within ${timeoutMs} ms`, { function: name }))
        this.#running--
        expired = true
      }
    }
    return expired
  }

  // ------------------------------------------------------------------------------------------------------- output

  /** Lets go what is done, up to the first row that is not. True if anything went. */
  #emit(): boolean {
    let emitted = false
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      if (head instanceof PendingRows) {
        emitted = this.#emitRows(head) || emitted
        if (head.next < head.batch.length) break
        this.#queue.shift()
      } else {
        this.#queue.shift()
        emitted = true
        this.ended ||= head.kind === 'end'
        this.#context.output.push(head)
      }
    }
    if (emitted) this.#gauge()
    return emitted
  }

  #emitRows(rows: PendingRows): boolean {
    const first = rows.next
    while (rows.next < rows.batch.length && rows.isSettled(rows.next)) {
      const from = rows.next
      while (rows.next < rows.batch.length && rows.hasResult(rows.next)) rows.next++
      if (rows.next > from) this.#pushResults(rows, from, rows.next)
      const error = rows.next < rows.batch.length ? rows.errorOf(rows.next) : undefined
      if (error === undefined) continue
      const failed = rows.next++
      this.#left(1)
      this.#context.rowFailed(error, rows.batch.origin, failed)
    }
    return rows.next > first
  }

  #pushResults(rows: PendingRows, from: number, to: number): void {
    const { before, behind } = this.#node
    const { columns, length, rowKinds, origin }: Batch = sliceBatch(rows.batch, from, to)
    this.#results.reset()
    for (let row = from; row < to; row++) this.#results.append(rows.resultOf(row))
    const output = [...before.map((c) => columns[c]!), this.#results.finish(length), ...behind.map((c) => columns[c]!)]
    this.#left(length)
    this.#context.meter.rowsOut += length
    this.#context.output.push(batchOf(output, length, rowKinds, origin))
  }

  // -------------------------------------------------------------------------------------------------------- state

  /** The rows that have not left. When they are restored their calls are made anew. */
  #newState(): OperatorState {
    const keys = this.#context.sharedOutBy?.[0] ?? null
    return {
      tables: [{ name: 'pending rows', schema: this.#inputSchema, ...(keys === null ? { keys: null, unkeyed: 'part' as const } : { keys }) }],
      snapshot: (write) => {
        for (const rows of this.#queue) {
          if (rows instanceof PendingRows && rows.next < rows.batch.length) write(0, sliceBatch(rows.batch, rows.next, rows.batch.length))
        }
      },
      restore: (_, batch) => this.#enqueue(PendingRows.of(batch, false)),
    }
  }
}

/** What a value of a row that waits is reckoned to take. */
const VALUE_BYTES = 24
