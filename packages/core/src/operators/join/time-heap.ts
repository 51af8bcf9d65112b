/** Slots by the time at which they are done, the earliest first: a binary heap in typed arrays. Times that come in order cost nothing. */
export class TimeHeap {
  size = 0
  #times: Float64Array = new Float64Array(256)
  #slots: Int32Array = new Int32Array(256)

  get bytes(): number {
    return 12 * this.#times.length
  }

  /** The earliest time, +∞ where there is none. */
  get first(): number {
    return this.size === 0 ? Infinity : this.#times[0]!
  }

  push(time: number, slot: number): void {
    if (this.size === this.#times.length) this.#grow()
    const [times, slots] = [this.#times, this.#slots]
    let at = this.size++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (times[parent]! <= time) break
      times[at] = times[parent]!
      slots[at] = slots[parent]!
      at = parent
    }
    times[at] = time
    slots[at] = slot
  }

  /** Takes out the slot of the earliest time. There must be one. */
  pop(): number {
    const [times, slots] = [this.#times, this.#slots]
    const taken = slots[0]!
    const last = --this.size
    const time = times[last]!
    let at = 0
    for (let child = 1; child < last; child = 2 * at + 1) {
      if (child + 1 < last && times[child + 1]! < times[child]!) child++
      if (times[child]! >= time) break
      times[at] = times[child]!
      slots[at] = slots[child]!
      at = child
    }
    times[at] = time
    slots[at] = slots[last]!
    return taken
  }

  #grow(): void {
    const times = new Float64Array(this.#times.length * 2)
    times.set(this.#times)
    this.#times = times
    const slots = new Int32Array(this.#slots.length * 2)
    slots.set(this.#slots)
    this.#slots = slots
  }
}
