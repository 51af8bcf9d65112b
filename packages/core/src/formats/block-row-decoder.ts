import type { Block, ReaderContext, ScanSpec } from '../connector.js'
import { assert } from '../errors.js'
import type { Batch } from '../types/batch.js'
import { batchOf } from '../types/batch.js'
import { BlockOrigin } from './block-origin.js'
import type { RecordDecoder, RecordFraming } from './format.js'
import type { FastProgram, FastState } from './generated-loop.js'
import { LayoutLearning } from './layout-learning.js'
import { NO_MESSAGES } from './messages.js'
import { RecordFault } from './record-fault.js'
import { recordEnd } from './record-framing.js'
import type { RowAssembler } from './row-assembler.js'

/** The first half of the general path: finds what stands in a record for each column. */
export interface RecordWalker {
  /**
   * Fills the assembler's kinds, starts and ends.
   * @returns false for a blank line, which is no record
   * @throws RecordFault
   */
  walk(bytes: Uint8Array, start: number, end: number): boolean
}

/** Makes generated code for records like those at `start`; null where that cannot be done. */
export type Learn = (bytes: Uint8Array, start: number, limit: number) => FastProgram | null

/** Bytes behind a block that may be read, though never used, if its buffer has them. */
export const SLACK_BYTES = 4096

/**
 * Decodes blocks of text records: generated code while the records have the layout it was made for, else, record by
 * record, the general path, which decides alone what is an error.
 */
export class BlockRowDecoder implements RecordDecoder {
  readonly #scan: ScanSpec
  readonly #context: ReaderContext
  readonly #framing: RecordFraming
  readonly #walker: RecordWalker
  readonly #assembler: RowAssembler
  readonly #learn: Learn | null
  readonly #state: FastState

  #bytes: Uint8Array = new Uint8Array(0)
  #view: DataView = new DataView(new ArrayBuffer(0))
  #limit = 0
  #fastLimit = 0
  #p = 0
  #position = 0
  #splitId = ''

  readonly #layouts = new LayoutLearning()
  #rows = 0

  constructor(
    scan: ScanSpec, context: ReaderContext, framing: RecordFraming, walker: RecordWalker, assembler: RowAssembler, learn: Learn | null,
  ) {
    this.#scan = scan
    this.#context = context
    this.#framing = framing
    this.#walker = walker
    this.#assembler = assembler
    this.#learn = context.compile ? learn : null
    this.#state = { row: 0, filtered: 0, records: new Int32Array(scan.batchRows), starts: NO_MESSAGES.starts, ends: NO_MESSAGES.ends }
  }

  get consumed(): number {
    return this.#p
  }

  /** The generated code in use, for tests and for looking at. */
  get program(): FastProgram | null {
    return this.#layouts.program
  }

  begin(block: Block, splitId: string): void {
    const { buffer, byteOffset, length } = block.bytes
    const readable = Math.min(buffer.byteLength - byteOffset, length + SLACK_BYTES)
    // Always the same class of array, however the block comes: the hot loops stay monomorphic.
    this.#bytes = new Uint8Array(buffer, byteOffset, readable)
    this.#view = new DataView(buffer, byteOffset, readable)
    this.#limit = length
    this.#p = 0
    this.#position = block.position
    this.#splitId = splitId
    this.#findFastLimit()
  }

  /** Generated code needs whole records, closed by a newline, with room to read ahead behind them. */
  #findFastLimit(): void {
    const limit = this.#limit
    const lookAhead = this.#layouts.program?.lookAhead ?? 0
    const end = Math.min(limit, this.#view.byteLength - lookAhead)
    if (end <= this.#p || this.#learn === null) this.#fastLimit = 0
    else if (end === limit && this.#bytes[limit - 1] === 10) this.#fastLimit = limit
    else this.#fastLimit = this.#framing.last(this.#bytes, this.#p, end)
  }

  decode(): Batch | null {
    const state = this.#state
    const { fields } = this.#assembler
    const rowsMax = this.#scan.batchRows
    for (const field of fields) field.buffer.reset()
    state.row = 0
    state.filtered = 0
    while (this.#p < this.#limit && state.row < rowsMax) {
      if (this.#p < this.#fastLimit && this.#decodeFast(rowsMax)) continue
      this.#decodeOne()
    }
    this.#rows += state.row + state.filtered
    this.#context.meter.rowsFiltered += state.filtered
    if (state.row === 0) return null
    const columns = fields.map((field) => field.buffer.vector(state.row, this.#bytes))
    const { name } = this.#scan.table
    const origin = new BlockOrigin(name, this.#splitId, this.#bytes, this.#limit, this.#position, state.records, this.#framing)
    return batchOf(columns, state.row, null, origin)
  }

  /** @returns true if it stopped for another reason than a record that does not fit */
  #decodeFast(rowsMax: number): boolean {
    const state = this.#state
    if (this.#layouts.program === null) {
      if (!this.#layouts.begin(this.#rowsSoFar(), this.#learnHere)) return false
      this.#findFastLimit()
      if (this.#p >= this.#fastLimit) return true
    }
    this.#p = this.#layouts.program!.decode(state, this.#bytes, this.#view, this.#p, this.#fastLimit, state.row, rowsMax)
    if (this.#p >= this.#fastLimit || state.row >= rowsMax) return true
    for (const field of this.#assembler.fields) field.buffer.takeBack(state.row)
    const { program } = this.#layouts
    this.#layouts.missed(this.#rowsSoFar(), this.#learnHere)
    if (this.#layouts.program !== program) this.#findFastLimit()
    return false
  }

  #rowsSoFar(): number {
    return this.#rows + this.#state.row + this.#state.filtered
  }

  readonly #learnHere = (): FastProgram | null => this.#learn!(this.#bytes, this.#p, this.#limit)

  #decodeOne(): void {
    const state = this.#state
    const bytes = this.#bytes
    const start = this.#p
    const next = this.#framing.next(bytes, start, this.#limit)
    const following = next === -1 ? this.#limit : next
    const end = recordEnd(bytes, start, following)
    this.#p = following
    try {
      if (!this.#walker.walk(bytes, start, end)) return
      if (this.#assembler.assemble(state.row, bytes, this.#view)) state.records[state.row++] = start
      else state.filtered++
    } catch (error) {
      if (!(error instanceof RecordFault)) throw error
      assert(state.row < this.#scan.batchRows, 'a failed record takes no row')
      this.#context.rowFailed({
        code: error.code, message: error.message, record: bytes.subarray(start, end),
        splitId: this.#splitId, position: this.#position + start,
      })
    }
  }
}
