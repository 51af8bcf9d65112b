/** How many rows each split of a scan has given: shared by its readers where only the first rows are wanted. */
export class SplitRows {
  readonly #last: Int32Array
  readonly #rows: Int32Array

  constructor(memory: SharedArrayBuffer) {
    this.#last = new Int32Array(memory, 0, 1)
    this.#rows = new Int32Array(memory, 4)
  }

  /** The last split that anybody needs, as far as it has been found out; Infinity at first. */
  get last(): number {
    const last = Atomics.load(this.#last, 0)
    return last === UNKNOWN ? Infinity : last
  }

  /** See SplitQueue.lastNeeded. */
  lastNeeded(enough: number, index: number, rows: number): number {
    if (enough === 0) this.#lower(-1)
    else if (rows > 0 && index <= this.last && Atomics.load(this.#rows, index) !== rows) {
      Atomics.store(this.#rows, index, rows)
      this.#find(enough)
    }
    return this.last
  }

  /** Rows so far only grow, so that whoever looks last at two counts written at once sees both. */
  #find(enough: number): void {
    const end = Math.min(this.last, this.#rows.length)
    let sum = 0
    for (let k = 0; k < end; k++) {
      sum += Atomics.load(this.#rows, k)
      if (sum >= enough) return this.#lower(k)
    }
  }

  #lower(index: number): void {
    for (let seen = Atomics.load(this.#last, 0); index < seen;) {
      const before = Atomics.compareExchange(this.#last, 0, seen, index)
      if (before === seen) return
      seen = before
    }
  }
}

const UNKNOWN = 2 ** 31 - 1

/** @param given rows that splits have given already, by index */
export function newSplitRowsMemory(splitCount: number, given: ReadonlyMap<number, number> = new Map()): SharedArrayBuffer {
  const memory = new SharedArrayBuffer((1 + splitCount) * 4)
  const words = new Int32Array(memory)
  words[0] = UNKNOWN
  for (const [index, rows] of given) words[1 + index] = rows
  return memory
}
