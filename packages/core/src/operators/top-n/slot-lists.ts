/** Lists of slots, one for each group, in one array: a list that outgrows its room moves to the end. */
export class SlotLists {
  /** List of group g: `slots[starts[g] … starts[g] + counts[g])`. Both are replaced when they grow. */
  slots: Int32Array = new Int32Array(1024)
  starts: Int32Array = new Int32Array(64)
  counts: Int32Array = new Int32Array(64)
  #rooms: Int32Array = new Int32Array(64)
  #used = 0

  get bytes(): number {
    return this.slots.byteLength + 3 * this.starts.byteLength
  }

  /** Makes room for groups 0 … groupCount − 1. */
  ensure(groupCount: number): void {
    if (groupCount <= this.starts.length) return
    const length = Math.max(groupCount, this.starts.length * 2)
    this.starts = grown(this.starts, length)
    this.counts = grown(this.counts, length)
    this.#rooms = grown(this.#rooms, length)
  }

  insert(group: number, at: number, slot: number): void {
    const count = this.counts[group]!
    if (count === this.#rooms[group]) this.#move(group, Math.max(1, count * 2))
    const start = this.starts[group]!
    this.slots.copyWithin(start + at + 1, start + at, start + count)
    this.slots[start + at] = slot
    this.counts[group] = count + 1
  }

  remove(group: number, at: number): void {
    const start = this.starts[group]!
    const count = this.counts[group]!
    this.slots.copyWithin(start + at, start + at + 1, start + count)
    this.counts[group] = count - 1
  }

  #move(group: number, room: number): void {
    if (this.#used + room > this.slots.length) this.#tidy(group, room)
    const start = this.starts[group]!
    this.slots.copyWithin(this.#used, start, start + this.counts[group]!)
    this.starts[group] = this.#used
    this.#rooms[group] = room
    this.#used += room
  }

  /** Leaves out the rooms that lists have moved from, and makes more. */
  #tidy(growing: number, room: number): void {
    let total = room
    for (let group = 0; group < this.starts.length; group++) total += this.#rooms[group]!
    const slots = new Int32Array(Math.max(1024, total * 2))
    let used = 0
    for (let group = 0; group < this.starts.length; group++) {
      if (this.#rooms[group] === 0) continue
      const start = this.starts[group]!
      slots.set(this.slots.subarray(start, start + this.counts[group]!), used)
      this.starts[group] = used
      used += group === growing ? this.counts[group]! : this.#rooms[group]!
    }
    this.slots = slots
    this.#used = used
  }

  /** Keeps `live[0 … count)`, ascending, alone: group `live[i]` becomes group i. */
  compact(live: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const group = live[i]!
      this.starts[i] = this.starts[group]!
      this.counts[i] = this.counts[group]!
      this.#rooms[i] = this.#rooms[group]!
    }
    this.starts.fill(0, count)
    this.counts.fill(0, count)
    this.#rooms.fill(0, count)
  }
}

function grown(values: Int32Array, length: number): Int32Array {
  const larger = new Int32Array(length)
  larger.set(values)
  return larger
}
