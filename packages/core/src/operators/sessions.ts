import { MillraceError } from '../errors.js'
import { SESSIONS_MAX } from '../limits.js'
import type { ChangedSlots } from '../state/changed-slots.js'

/** {@link Sessions.assign}: the row belongs to no session that is still open. */
export const LATE = -1

/**
 * The open sessions of all keys. A session `[start, end)` ends a gap after its last row; a row that touches several makes them one.
 * Sessions have numbers, which are used again once they are gone. Times are microseconds.
 */
export class Sessions {
  starts: Float64Array = new Float64Array(64)
  ends: Float64Array = new Float64Array(64)
  keys: Int32Array = new Int32Array(64)
  /** Told before a session opens, changes or closes, where that is stored. */
  changes: ChangedSlots | null = null
  /** Sessions that are open. */
  size = 0
  /** Numbers in use are below this. */
  bound = 0
  readonly #gap: number
  readonly #merged: (into: number, from: number) => void
  /** By key, its sessions by their starts. */
  readonly #ofKey = new Map<number, number[]>()
  readonly #free: number[] = []
  /** A heap of sessions by the ends that they had when they were put in: each is in it once, with its end or an earlier one. */
  readonly #heap: number[] = []
  #heapEnds: Float64Array = new Float64Array(64)
  #isOpen: Uint8Array = new Uint8Array(64)

  /** @param merged is told that session `from` has become part of session `into` */
  constructor(gapMicros: number, merged: (into: number, from: number) => void) {
    this.#gap = gapMicros
    this.#merged = merged
  }

  get bytes(): number {
    return this.starts.length * 37 + this.#ofKey.size * 64
  }

  get keyCount(): number {
    return this.#ofKey.size
  }

  hasKey(key: number): boolean {
    return this.#ofKey.has(key)
  }

  /**
   * The session of a row. Sessions that have closed for the row take it no more, whether or not they have been closed for all: so it
   * does not matter when that is done.
   *
   * @param closed the watermark of the row's split less the allowed lateness
   */
  assign(key: number, at: number, closed: number): number {
    const sessions = this.#ofKey.get(key)
    const end = at + this.#gap
    let found = -1
    if (sessions !== undefined) {
      for (let s = sessions.length - 1; s >= 0; s--) {
        const session = sessions[s]!
        if (!(this.starts[session]! <= end) || this.ends[session]! < at || this.ends[session]! <= closed) continue
        if (found === -1) found = session
        else found = this.#join(session, found)
      }
    }
    if (found === -1) return end <= closed ? LATE : this.add(key, at, end)
    this.changes?.beforeChange(found)
    if (at < this.starts[found]!) {
      this.starts[found] = at
      sessions!.sort((a, b) => this.#placeOf(a) - this.#placeOf(b))
    }
    if (end > this.ends[found]!) this.ends[found] = end
    return found
  }

  /** Makes two sessions of a key one, the earlier of them. */
  #join(into: number, from: number): number {
    this.changes?.beforeChange(into)
    if (this.ends[from]! > this.ends[into]!) this.ends[into] = this.ends[from]!
    this.#remove(from)
    this.#merged(into, from)
    return into
  }

  /** Opens a session. */
  add(key: number, start: number, end: number): number {
    const session = this.#free.pop() ?? this.bound++
    if (this.size >= SESSIONS_MAX) {
      throw new MillraceError('STATE_LIMIT', `more than ${SESSIONS_MAX} open sessions on one worker; use more workers, a shorter gap or coarser keys`)
    }
    if (session >= this.starts.length) this.#grow()
    this.changes?.ensure(this.starts.length)
    this.changes?.beforeChange(session)
    this.starts[session] = start
    this.ends[session] = end
    this.keys[session] = key
    this.#isOpen[session] = 1
    this.size++
    const sessions = this.#ofKey.get(key)
    if (sessions === undefined) this.#ofKey.set(key, [session])
    else {
      let place = sessions.length
      while (place > 0 && this.#placeOf(sessions[place - 1]!) > this.#placeOf(session)) place--
      sessions.splice(place, 0, session)
    }
    this.#push(session, end)
    return session
  }

  /** By what the sessions of a key are sorted: that without bounds, whose start is NaN, comes last. */
  #placeOf(session: number): number {
    const start = this.starts[session]!
    return Number.isNaN(start) ? Infinity : start
  }

  /** Takes out the sessions that end at or before `micros`, by their ends. Their numbers are free with the next {@link release}. */
  close(micros: number): Int32Array {
    const closed: number[] = []
    while (this.#heap.length > 0 && this.#heapEnds[this.#heap[0]!]! <= micros) {
      const session = this.#heap[0]!
      this.#pop()
      if (this.#isOpen[session] === 0) this.#free.push(session)
      else if (this.ends[session]! > micros) this.#push(session, this.ends[session]!)
      else {
        this.#remove(session)
        closed.push(session)
      }
    }
    return Int32Array.from(closed.sort((a, b) => this.ends[a]! - this.ends[b]!))
  }

  /** The numbers of closed sessions may be used again. */
  release(closed: Int32Array): void {
    for (const session of closed) this.#free.push(session)
  }

  isOpen(session: number): boolean {
    return this.#isOpen[session] !== 0
  }

  /** The open sessions. */
  open(): Int32Array {
    const open: number[] = []
    for (let session = 0; session < this.bound; session++) if (this.isOpen(session)) open.push(session)
    return Int32Array.from(open)
  }

  /** Keys have been renumbered: `places[old]` is the new number. */
  renumberKeys(places: Int32Array): void {
    const known = [...this.#ofKey]
    this.#ofKey.clear()
    for (const [key, sessions] of known) {
      this.#ofKey.set(places[key]!, sessions)
      for (const session of sessions) this.keys[session] = places[key]!
    }
  }

  #remove(session: number): void {
    this.changes?.beforeChange(session)
    const sessions = this.#ofKey.get(this.keys[session]!)!
    if (sessions.length === 1) this.#ofKey.delete(this.keys[session]!)
    else sessions.splice(sessions.indexOf(session), 1)
    this.#isOpen[session] = 0
    this.size--
  }

  #grow(): void {
    const capacity = this.starts.length * 2
    const doubles = (values: Float64Array): Float64Array => {
      const grown = new Float64Array(capacity)
      grown.set(values)
      return grown
    }
    this.starts = doubles(this.starts)
    this.ends = doubles(this.ends)
    this.#heapEnds = doubles(this.#heapEnds)
    const keys = new Int32Array(capacity)
    keys.set(this.keys)
    this.keys = keys
    const isOpen = new Uint8Array(capacity)
    isOpen.set(this.#isOpen)
    this.#isOpen = isOpen
  }

  // --------------------------------------------------------------------------------------------------------------- heap

  #push(session: number, end: number): void {
    const heap = this.#heap
    this.#heapEnds[session] = end
    let at = heap.push(session) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.#heapEnds[heap[parent]!]! <= end) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = session
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    const end = this.#heapEnds[last]!
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && this.#heapEnds[heap[child + 1]!]! < this.#heapEnds[heap[child]!]!) child++
      if (this.#heapEnds[heap[child]!]! >= end) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
  }
}
