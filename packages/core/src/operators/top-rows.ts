import { rowBytes } from '../types/value-bytes.js'
import type { Row, RowOrder } from './row-order.js'

/** The first rows of an order, at most `limit` of them: a binary heap with the last of them on top. */
export class TopRows {
  readonly #order: RowOrder
  readonly #limit: number
  readonly #heap: Row[] = []

  constructor(order: RowOrder, limit: number) {
    this.#order = order
    this.#limit = limit
  }

  /** Estimate of the memory held. */
  bytes = 0

  get size(): number {
    return this.#heap.length
  }

  /** The row that a further one has to come before; null while there is room for any. */
  get last(): Row | null {
    return this.#heap.length < this.#limit ? null : this.#heap[0]!
  }

  /** Adds a row that comes before {@link last}, which then makes room. */
  add(row: Row): void {
    this.bytes += rowBytes(row)
    if (this.#heap.length < this.#limit) {
      this.#heap.push(row)
      this.#rise(this.#heap.length - 1)
    } else {
      this.bytes -= rowBytes(this.#heap[0]!)
      this.#heap[0] = row
      this.#sink()
    }
  }

  /** In no order. */
  get rows(): readonly Row[] {
    return this.#heap
  }

  clear(): void {
    this.#heap.length = 0
    this.bytes = 0
  }

  sorted(): Row[] {
    return this.#heap.toSorted((a, b) => this.#order.compare(a, b))
  }

  #rise(child: number): void {
    const heap = this.#heap
    while (child > 0) {
      const parent = (child - 1) >> 1
      if (this.#order.compare(heap[parent]!, heap[child]!) >= 0) return
      swap(heap, parent, child)
      child = parent
    }
  }

  #sink(): void {
    const heap = this.#heap
    for (let parent = 0; ;) {
      let last = parent
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < heap.length && this.#order.compare(heap[child]!, heap[last]!) > 0) last = child
      }
      if (last === parent) return
      swap(heap, parent, last)
      parent = last
    }
  }
}

function swap(heap: Row[], a: number, b: number): void {
  const row = heap[a]!
  heap[a] = heap[b]!
  heap[b] = row
}
