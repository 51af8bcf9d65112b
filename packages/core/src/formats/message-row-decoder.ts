import type { ReaderContext, ScanSpec } from '../connector.js'
import type { Batch } from '../types/batch.js'
import { batchOf } from '../types/batch.js'
import type { RecordWalker } from './block-row-decoder.js'
import { SLACK_BYTES } from './block-row-decoder.js'
import type { MessageDecoder } from './format.js'
import type { FastProgram, FastState } from './generated-loop.js'
import { LayoutLearning } from './layout-learning.js'
import { MessageOrigin } from './message-origin.js'
import type { Messages } from './messages.js'
import { aboutMessage, NO_MESSAGES } from './messages.js'
import { RecordFault, undecodable } from './record-fault.js'
import type { RowAssembler } from './row-assembler.js'

/** Makes generated code for messages like those from `from` on; null where that cannot be done. */
export type LearnMessages = (messages: Messages, from: number) => FastProgram | null

/**
 * Decodes text records given by their bounds, in the two ways of `BlockRowDecoder`: generated code while they have the layout it was made
 * for, else, one by one, the general path. Where they lie they are read; nothing is copied, and nothing need stand behind one.
 */
export class MessageRowDecoder implements MessageDecoder {
  readonly messageOfRow: Int32Array
  readonly #scan: ScanSpec
  readonly #context: ReaderContext
  readonly #walker: RecordWalker
  readonly #assembler: RowAssembler
  readonly #learn: LearnMessages | null
  readonly #state: FastState
  readonly #layouts = new LayoutLearning()

  #messages: Messages = NO_MESSAGES
  #splitId = ''
  #bytes: Uint8Array = NO_MESSAGES.bytes
  #view: DataView = new DataView(new ArrayBuffer(0))
  /** The next message. */
  #next = 0
  /** Messages before this one have room behind them to read ahead. */
  #fastEnd = 0
  #rows = 0

  constructor(scan: ScanSpec, context: ReaderContext, walker: RecordWalker, assembler: RowAssembler, learn: LearnMessages) {
    this.#scan = scan
    this.#context = context
    this.#walker = walker
    this.#assembler = assembler
    this.#learn = context.compile ? learn : null
    this.messageOfRow = new Int32Array(scan.batchRows)
    this.#state = { row: 0, filtered: 0, records: this.messageOfRow, starts: NO_MESSAGES.starts, ends: NO_MESSAGES.ends }
  }

  get consumed(): number {
    return this.#next
  }

  /** The generated code in use, for tests and for looking at. */
  get program(): FastProgram | null {
    return this.#layouts.program
  }

  begin(messages: Messages, splitId: string): void {
    const { buffer, byteOffset, length } = messages.bytes
    const readable = Math.min(buffer.byteLength - byteOffset, length + SLACK_BYTES)
    // Always the same class of array, however the bytes come: the hot loops stay monomorphic.
    this.#bytes = new Uint8Array(buffer, byteOffset, readable)
    this.#view = new DataView(buffer, byteOffset, readable)
    this.#messages = messages
    this.#splitId = splitId
    this.#next = 0
    this.#state.starts = messages.starts
    this.#state.ends = messages.ends
    this.#findFastEnd()
  }

  #findFastEnd(): void {
    const { ends, count } = this.#messages
    const end = this.#view.byteLength - (this.#layouts.program?.lookAhead ?? 0)
    let fastEnd = this.#learn === null ? 0 : count
    while (fastEnd > 0 && ends[fastEnd - 1]! > end) fastEnd--
    this.#fastEnd = fastEnd
  }

  decode(): Batch | null {
    const state = this.#state
    const { fields } = this.#assembler
    const { count } = this.#messages
    const rowsMax = this.#scan.batchRows
    for (const field of fields) field.buffer.reset()
    state.row = 0
    state.filtered = 0
    while (this.#next < count && state.row < rowsMax) {
      if (this.#next < this.#fastEnd && this.#decodeFast(rowsMax)) continue
      this.#decodeOne(this.#next++)
    }
    this.#rows += state.row + state.filtered
    this.#context.meter.rowsFiltered += state.filtered
    if (state.row === 0) return null
    const columns = fields.map((field) => field.buffer.vector(state.row, this.#bytes))
    return batchOf(columns, state.row, null, new MessageOrigin(this.#scan.table.name, this.#splitId, this.#messages, this.messageOfRow))
  }

  /** @returns true if it stopped for another reason than a message that does not fit */
  #decodeFast(rowsMax: number): boolean {
    const state = this.#state
    if (this.#layouts.program === null) {
      if (!this.#layouts.begin(this.#rowsSoFar(), this.#learnHere)) return false
      this.#findFastEnd()
      if (this.#next >= this.#fastEnd) return true
    }
    this.#next = this.#layouts.program!.decode(state, this.#bytes, this.#view, this.#next, this.#fastEnd, state.row, rowsMax)
    if (this.#next >= this.#fastEnd || state.row >= rowsMax) return true
    for (const field of this.#assembler.fields) field.buffer.takeBack(state.row)
    const { program } = this.#layouts
    this.#layouts.missed(this.#rowsSoFar(), this.#learnHere)
    if (this.#layouts.program !== program) this.#findFastEnd()
    return false
  }

  #rowsSoFar(): number {
    return this.#rows + this.#state.row + this.#state.filtered
  }

  readonly #learnHere = (): FastProgram | null => this.#learn!(this.#messages, this.#next)

  #decodeOne(message: number): void {
    const state = this.#state
    const bytes = this.#bytes
    const start = this.#messages.starts[message]!
    const end = this.#messages.ends[message]!
    try {
      if (!this.#walker.walk(bytes, start, end)) throw undecodable('the message is empty')
      if (this.#assembler.assemble(state.row, bytes, this.#view)) this.messageOfRow[state.row++] = message
      else state.filtered++
    } catch (error) {
      if (!(error instanceof RecordFault)) throw error
      this.#context.rowFailed({
        code: error.code, message: error.message, record: bytes.subarray(start, end),
        splitId: this.#splitId, ...aboutMessage(this.#messages, message),
      })
    }
  }
}
