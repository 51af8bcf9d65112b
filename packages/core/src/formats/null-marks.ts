/** The NULLs of a column: one byte a row, all 0 until the first NULL of a batch. */
export class NullMarks {
  readonly marks: Uint8Array
  #count = 0

  constructor(capacity: number) {
    this.marks = new Uint8Array(capacity)
  }

  put(row: number): void {
    this.marks[row] = 1
    this.#count++
  }

  /** Takes back what was put for `row`, which did not become part of the batch. */
  takeBack(row: number): void {
    if (this.marks[row] === 0) return
    this.marks[row] = 0
    this.#count--
  }

  isNull(row: number): boolean {
    return this.marks[row] === 1
  }

  forBatch(): Uint8Array | null {
    return this.#count === 0 ? null : this.marks
  }

  reset(): void {
    if (this.#count === 0) return
    this.marks.fill(0)
    this.#count = 0
  }
}
