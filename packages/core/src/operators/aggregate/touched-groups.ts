/** The distinct groups that a batch has changed, in the order of their first row. */
export class TouchedGroups {
  /** `groups[0 … count)`. */
  groups: Int32Array = new Int32Array(64)
  count = 0
  #stamps: Int32Array = new Int32Array(64)
  #epoch = 1

  get bytes(): number {
    return this.groups.byteLength + this.#stamps.byteLength
  }

  ensure(groupCount: number): void {
    if (this.#stamps.length >= groupCount) return
    const capacity = Math.max(groupCount, this.#stamps.length * 2)
    const stamps = new Int32Array(capacity)
    stamps.set(this.#stamps)
    this.#stamps = stamps
    const groups = new Int32Array(capacity)
    groups.set(this.groups.subarray(0, this.count))
    this.groups = groups
  }

  touch(group: number): void {
    if (this.#stamps[group] === this.#epoch) return
    this.#stamps[group] = this.#epoch
    this.groups[this.count++] = group
  }

  /** Starts the next batch. */
  clear(): void {
    this.count = 0
    this.#epoch++
  }

  /** Group numbers have changed, and there are so many groups now. */
  forget(groupCount: number): void {
    const needed = Math.max(64, groupCount)
    if (needed * 4 < this.#stamps.length) [this.#stamps, this.groups] = [new Int32Array(needed), new Int32Array(needed)]
    else this.#stamps.fill(0)
    this.count = 0
  }
}
