import { endAfter, firstEndOf, lastEndOf, sliceMicrosOf, type WindowShape } from '../../plan/window-shape.js'
import { resizedDoubles } from './columnar/group-fields.js'

/** What the queues ask of the states: those of slices, by slice, and those of the newer slices of a key together, by key. */
export interface SliceStates {
  /** The state or the side of a slice is about to change. */
  beforeChange(slice: number): void
  /** State of slice `into` += state of slice `slice`. */
  mergeSlices(into: number, slice: number): void
  /** Newer state of `keys[i]` += state of `slices[i]`. */
  mergeNewer(keys: Int32Array, slices: Int32Array, count: number): void
  resetNewer(key: number): void
  /** The slice is in no more window. */
  drop(slice: number): void
}

const NONE = -1

/**
 * Which slices a window of a key is made of, with few merges: a queue of two stacks for each key. New slices are merged into one
 * *newer* state of their key as they enter. *Older* slices hold, each, the sum of itself and the older ones after it, so that taking the
 * first away leaves the next one's state right. When no older ones are left the newer ones become older, from the last to the first. So
 * each slice is merged twice in its life, however many windows it is in, and a window is the state of the first older slice and the newer
 * state: right for every function that can merge.
 *
 * Slices whose rows came when some of their windows had closed already are kept aside: they enter late and leave early, and are merged
 * into each of their windows.
 *
 * ```
 * older                  newer
 * a+b+c  b+c  c          d  e      newer state d+e;  window = (a+b+c) + (d+e)
 * ```
 */
export class WindowQueues {
  readonly shape: WindowShape
  /** Keys that have slices in the window that was opened last: `keys[0 … keyCount)`. */
  keys: Int32Array = new Int32Array(64)
  keyCount = 0
  readonly #states: SliceStates
  readonly #sliceMicros: number
  // By slice: its key, its end, the end of the first window that takes it (NaN: the first that holds it), the slice after it in its queue.
  #keyOf: Int32Array = new Int32Array(64)
  #ends: Float64Array = new Float64Array(64)
  #from: Float64Array = new Float64Array(64)
  #next: Int32Array = new Int32Array(64)
  /** 1: older, 2: newer, 0: neither, yet. */
  #side: Uint8Array = new Uint8Array(64)
  // By key.
  #older: Int32Array = new Int32Array(64).fill(NONE)
  #newer: Int32Array = new Int32Array(64).fill(NONE)
  #newest: Int32Array = new Int32Array(64).fill(NONE)
  #isActive: Uint8Array = new Uint8Array(64)
  readonly #aside = new Map<number, number[]>()
  /** Slices by the end of the first window that takes them. */
  readonly #entering = new Map<number, number[]>()
  /** The last window opened. */
  #window = -Infinity

  constructor(shape: WindowShape, states: SliceStates) {
    this.shape = shape
    this.#states = states
    this.#sliceMicros = sliceMicrosOf(shape)
  }

  get bytes(): number {
    return this.#keyOf.length * 25 + this.#older.length * 17 + this.#entering.size * 64
  }

  ensure(sliceCount: number, keyCount: number): void {
    if (sliceCount > this.#keyOf.length) {
      const capacity = Math.max(sliceCount, this.#keyOf.length * 2)
      this.#keyOf = resizedInts(this.#keyOf, capacity, 0)
      this.#ends = resizedDoubles(this.#ends, capacity)
      this.#from = resizedDoubles(this.#from, capacity)
      this.#next = resizedInts(this.#next, capacity, NONE)
      this.#side = resizedFlags(this.#side, capacity)
    }
    if (keyCount <= this.#older.length) return
    const capacity = Math.max(keyCount, this.#older.length * 2)
    this.#older = resizedInts(this.#older, capacity, NONE)
    this.#newer = resizedInts(this.#newer, capacity, NONE)
    this.#newest = resizedInts(this.#newest, capacity, NONE)
    this.#isActive = resizedFlags(this.#isActive, capacity)
    this.keys = resizedInts(this.keys, capacity, 0)
  }

  /** A new slice of a key. @param from see the class; NaN for all rows that were in time for all windows */
  add(slice: number, key: number, end: number, from: number): void {
    this.#keyOf[slice] = key
    this.#ends[slice] = end
    this.#from[slice] = from
    this.#next[slice] = NONE
    this.#side[slice] = 0
    const first = Number.isNaN(from) ? firstEndOf(this.shape, end - this.#sliceMicros) : from
    const entering = this.#entering.get(first)
    if (entering === undefined) this.#entering.set(first, [slice])
    else entering.push(slice)
  }

  /** The ends of windows up to `micros` that have rows, in order; each is to be opened before the next is asked for. */
  *due(micros: number): Generator<number> {
    const waiting = [...this.#entering.keys()].filter((end) => end <= micros).sort((a, b) => a - b)
    for (let w = 0; ;) {
      const next = this.keyCount > 0 ? endAfter(this.shape, this.#window) : Infinity
      const end = Math.min(next, waiting[w] ?? Infinity)
      if (end > micros || end === Infinity) return
      if (end === waiting[w]) w++
      yield end
    }
  }

  /** Brings in the slices that begin to be in the window and lets go of those that no longer are. */
  open(end: number): void {
    this.#enter(end)
    this.#window = end
    let kept = 0
    for (let k = 0; k < this.keyCount; k++) {
      const key = this.keys[k]!
      this.#leave(key, end)
      if (this.#older[key] !== NONE || this.#newer[key] !== NONE || this.#aside.has(key)) this.keys[kept++] = key
      else this.#isActive[key] = 0
    }
    this.keyCount = kept
  }

  #enter(end: number): void {
    const entering = this.#entering.get(end)
    if (entering === undefined) return
    this.#entering.delete(end)
    // In a queue slices are in the order of their ends; several enter at once where a window is not a whole number of steps.
    entering.sort((a, b) => this.#ends[a]! - this.#ends[b]!)
    const inTime = entering.filter((slice) => Number.isNaN(this.#from[slice]!))
    for (const slice of entering) this.#activate(this.#keyOf[slice]!)
    for (const slice of inTime) this.#append(slice)
    this.#states.mergeNewer(Int32Array.from(inTime, (slice) => this.#keyOf[slice]!), Int32Array.from(inTime), inTime.length)
    for (const slice of entering) if (!Number.isNaN(this.#from[slice]!)) this.#putAside(slice)
  }

  #activate(key: number): void {
    if (this.#isActive[key] !== 0) return
    this.#isActive[key] = 1
    this.keys[this.keyCount++] = key
  }

  #append(slice: number): void {
    const key = this.#keyOf[slice]!
    this.#states.beforeChange(slice)
    this.#side[slice] = 2
    if (this.#newer[key] === NONE) this.#newer[key] = slice
    else this.#next[this.#newest[key]!] = slice
    this.#newest[key] = slice
  }

  #putAside(slice: number): void {
    const key = this.#keyOf[slice]!
    const aside = this.#aside.get(key)
    if (aside === undefined) this.#aside.set(key, [slice])
    else aside.push(slice)
  }

  /** The last window that a slice is in. */
  #lastWindow(slice: number): number {
    return lastEndOf(this.shape, this.#ends[slice]! - this.#sliceMicros)
  }

  #leave(key: number, end: number): void {
    for (;;) {
      let first = this.#older[key]!
      if (first === NONE) {
        const newer = this.#newer[key]!
        if (newer === NONE || this.#lastWindow(newer) >= end) break
        if (this.#lastWindow(this.#newest[key]!) < end) {
          this.#forgetNewer(key)
          break
        }
        this.#turn(key)
        first = this.#older[key]!
      }
      if (this.#lastWindow(first) >= end) break
      this.#older[key] = this.#next[first]!
      this.#states.drop(first)
    }
    this.#leaveAside(key, end)
  }

  /** All of them are over. */
  #forgetNewer(key: number): void {
    for (let slice = this.#newer[key]!; slice !== NONE; slice = this.#next[slice]!) this.#states.drop(slice)
    this.#newer[key] = this.#newest[key] = NONE
    this.#states.resetNewer(key)
  }

  /** The newer slices become the older ones. */
  #turn(key: number): void {
    const slices: number[] = []
    for (let slice = this.#newer[key]!; slice !== NONE; slice = this.#next[slice]!) slices.push(slice)
    for (const slice of slices) this.#states.beforeChange(slice)
    for (let i = slices.length - 2; i >= 0; i--) this.#states.mergeSlices(slices[i]!, slices[i + 1]!)
    for (const slice of slices) this.#side[slice] = 1
    this.#older[key] = slices[0]!
    this.#newer[key] = this.#newest[key] = NONE
    this.#states.resetNewer(key)
  }

  #leaveAside(key: number, end: number): void {
    const aside = this.#aside.get(key)
    if (aside === undefined) return
    const kept = aside.filter((slice) => this.#lastWindow(slice) >= end)
    for (const slice of aside) if (!kept.includes(slice)) this.#states.drop(slice)
    if (kept.length > 0) this.#aside.set(key, kept)
    else this.#aside.delete(key)
  }

  // ------------------------------------------------------------------------------------------------- the open window

  /** The first older slice of a key, −1 if there is none. */
  olderOf(key: number): number {
    return this.#older[key]!
  }

  hasNewer(key: number): boolean {
    return this.#newer[key] !== NONE
  }

  asideOf(key: number): readonly number[] {
    return this.#aside.size === 0 ? NOTHING : this.#aside.get(key) ?? NOTHING
  }

  // -------------------------------------------------------------------------------------------------------- changes

  /** 0: it is yet to enter, or kept aside; 1: older, its state is that of all older ones from it on; 2: newer. */
  sideOf(slice: number): number {
    return this.#side[slice]!
  }

  get window(): number {
    return this.#window
  }

  /** Puts a stored slice where it was. The newer state is whoever restores' affair. */
  restore(slice: number, key: number, end: number, from: number, side: number): void {
    this.add(slice, key, end, from)
    if (side === 0) return
    const first = firstEndOf(this.shape, end - this.#sliceMicros)
    const entering = this.#entering.get(first)!
    entering.pop()
    if (entering.length === 0) this.#entering.delete(first)
    this.#activate(key)
    this.#side[slice] = side
    const heads = side === 2 ? this.#newer : this.#older
    // Slices come in the order in which they were made; in a queue they are by their ends.
    let before = NONE
    let after = heads[key]!
    while (after !== NONE && this.#ends[after]! < end) {
      before = after
      after = this.#next[after]!
    }
    this.#next[slice] = after
    if (before === NONE) heads[key] = slice
    else this.#next[before] = slice
    if (side === 2 && after === NONE) this.#newest[key] = slice
  }

  resume(window: number): void {
    this.#window = window
    for (const [end, slices] of this.#entering) {
      if (end > window) continue
      this.#entering.delete(end)
      for (const slice of slices) {
        this.#activate(this.#keyOf[slice]!)
        this.#putAside(slice)
      }
    }
  }

  /** Slices have been renumbered: `live[i]` is now i. Those that are gone are in no queue. */
  renumberSlices(live: Int32Array): void {
    const places = placesOf(live)
    const moved = (slice: number): number => (slice === NONE ? NONE : places[slice]!)
    for (let i = 0; i < live.length; i++) {
      const old = live[i]!
      this.#keyOf[i] = this.#keyOf[old]!
      this.#ends[i] = this.#ends[old]!
      this.#from[i] = this.#from[old]!
      this.#side[i] = this.#side[old]!
      this.#next[i] = moved(this.#next[old]!)
    }
    for (const heads of [this.#older, this.#newer, this.#newest]) for (let key = 0; key < heads.length; key++) heads[key] = moved(heads[key]!)
    for (const [key, slices] of this.#aside) this.#aside.set(key, slices.map(moved))
    for (const [end, slices] of this.#entering) this.#entering.set(end, slices.map(moved))
  }

  /** Keys have been renumbered: `live[i]` is now i. Those that are gone have no slices. */
  renumberKeys(live: Int32Array, sliceCount: number): void {
    const places = new Int32Array(this.#older.length).fill(NONE)
    live.forEach((old, i) => { places[old] = i })
    for (let slice = 0; slice < sliceCount; slice++) this.#keyOf[slice] = Math.max(0, places[this.#keyOf[slice]!]!)
    for (const heads of [this.#older, this.#newer, this.#newest]) {
      live.forEach((old, i) => { heads[i] = heads[old]! })
      heads.fill(NONE, live.length)
    }
    live.forEach((old, i) => { this.#isActive[i] = this.#isActive[old]! })
    this.#isActive.fill(0, live.length)
    for (let k = 0; k < this.keyCount; k++) this.keys[k] = places[this.keys[k]!]!
    const aside = [...this.#aside]
    this.#aside.clear()
    for (const [key, slices] of aside) this.#aside.set(places[key]!, slices)
  }
}

/** Where the numbers that are left have gone, by old number. */
export function placesOf(live: Int32Array): Int32Array {
  const places = new Int32Array((live.at(-1) ?? -1) + 1)
  for (let i = 0; i < live.length; i++) places[live[i]!] = i
  return places
}

const NOTHING: readonly number[] = []

function resizedInts(values: Int32Array, capacity: number, empty: number): Int32Array {
  const resized = new Int32Array(capacity).fill(empty, values.length)
  resized.set(values)
  return resized
}

function resizedFlags(values: Uint8Array, capacity: number): Uint8Array {
  const resized = new Uint8Array(capacity)
  resized.set(values)
  return resized
}
