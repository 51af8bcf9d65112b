import type { FastProgram } from './generated-loop.js'

/** Records of another layout than the learned one, in a row count of {@link RELEARN_ROWS}, from which a new one is tried. */
const RELEARN_MISSES = 256
const RELEARN_ROWS = 1024

/** Layouts learned by one decoder; past it the general path takes what does not fit. */
const LAYOUTS_MAX = 16

/** Which generated code a decoder uses, and when it is time to look for another layout. */
export class LayoutLearning {
  /** The generated code in use, for tests and for looking at. */
  program: FastProgram | null = null
  #layouts = 0
  #misses = 0
  #rowsAtMiss = 0
  #relearnMisses = RELEARN_MISSES
  /** Without a layout: the row from which to look for one again. */
  #learnAtRow = 0

  /**
   * Looks for a layout if there is none yet and it is time.
   * @param rows decoded so far
   * @returns whether there is a program
   */
  begin(rows: number, learn: () => FastProgram | null): boolean {
    return this.program !== null || (rows >= this.#learnAtRow && this.#learn(rows, learn))
  }

  /** Takes note of a record that does not fit, and learns another layout if the present one fits too few. */
  missed(rows: number, learn: () => FastProgram | null): void {
    if (++this.#misses < this.#relearnMisses) return
    const many = this.#misses * RELEARN_ROWS > (rows - this.#rowsAtMiss) * RELEARN_MISSES
    this.#misses = 0
    this.#rowsAtMiss = rows
    if (many) this.#learn(rows, learn)
  }

  #learn(rows: number, learn: () => FastProgram | null): boolean {
    const program = this.#layouts >= LAYOUTS_MAX ? null : learn()
    this.#layouts++
    // Records that change their layout all the time are not worth learning: ask less and less often.
    this.#relearnMisses *= 2
    this.#learnAtRow = rows + this.#relearnMisses
    if (program === null) return this.program !== null
    if (program.signature !== this.program?.signature) this.program = program
    return true
  }
}
