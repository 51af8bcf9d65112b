/** Groups by the end of their window: which ones close at a watermark. */
export class WindowIndex {
  /** The last group of each open window, by its end. */
  #lastOf = new Map<number, number>()
  /** By group, the one before it in its window; −1 ends the list. */
  #before: Int32Array = new Int32Array(64)
  #earliest = Infinity

  get bytes(): number {
    return this.#before.byteLength + this.#lastOf.size * 48
  }

  /** Registers a new group. `end` +Infinity never closes before the input does. */
  add(group: number, end: number): void {
    if (group >= this.#before.length) {
      const larger = new Int32Array(Math.max(group + 1, this.#before.length * 2))
      larger.set(this.#before)
      this.#before = larger
    }
    this.#before[group] = this.#lastOf.get(end) ?? -1
    this.#lastOf.set(end, group)
    if (end < this.#earliest) this.#earliest = end
  }

  /** Takes out the groups of windows that end at or before `micros`: by end, then in the order in which they came. */
  close(micros: number): Int32Array {
    if (this.#earliest > micros || this.#lastOf.size === 0) return NONE
    const ends = [...this.#lastOf.keys()].filter((end) => end <= micros).sort((a, b) => a - b)
    const groups: number[] = []
    for (const end of ends) {
      const from = groups.length
      for (let group = this.#lastOf.get(end)!; group >= 0; group = this.#before[group]!) groups.push(group)
      reverse(groups, from)
      this.#lastOf.delete(end)
    }
    this.#earliest = Infinity
    for (const end of this.#lastOf.keys()) if (end < this.#earliest) this.#earliest = end
    return Int32Array.from(groups)
  }

  clear(): void {
    this.#lastOf.clear()
    this.#before = new Int32Array(64)
    this.#earliest = Infinity
  }
}

const NONE = new Int32Array(0)

function reverse(values: number[], from: number): void {
  for (let i = from, j = values.length - 1; i < j; i++, j--) [values[i], values[j]] = [values[j]!, values[i]!]
}
