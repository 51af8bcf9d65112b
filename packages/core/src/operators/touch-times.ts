/** How finely times are kept: a thing is dropped between one and 1 + 1/16 times its time to live after it was last touched. */
const BUCKETS_PER_TTL = 16

/**
 * When numbered things (groups, rows) were last touched, and which of them have not been for longer than their time to live.
 *
 * Time is cut into buckets, each with a list of what was touched in it; a thing stands in a list once a bucket, however often it is
 * touched. When a bucket has grown old, what was not touched later is handed out. So a touch and its expiry cost O(1) each.
 */
export class TouchTimes {
  readonly #ttlMicros: number
  readonly #bucketMicros: number
  /** By thing: the bucket in which it was touched last; −1 for none. */
  #last: Float64Array = new Float64Array(64).fill(NEVER)
  readonly #buckets = new Map<number, number[]>()
  #listed = 0
  #now = -Infinity
  /** Nothing has grown old before. */
  #nextMicros = Infinity

  constructor(ttlMs: number) {
    this.#ttlMicros = ttlMs * 1_000
    this.#bucketMicros = Math.max(1_000, Math.ceil(this.#ttlMicros / BUCKETS_PER_TTL))
  }

  /** Estimate of the memory held. */
  get bytes(): number {
    return this.#last.byteLength + this.#listed * 8
  }

  /** Notes that `things[0 … count)` are touched. A clock that goes back is taken to stand still. */
  touch(things: Int32Array, count: number, nowMicros: number): void {
    if (nowMicros > this.#now) this.#now = nowMicros
    const bucket = Math.floor(this.#now / this.#bucketMicros)
    for (let i = 0; i < count; i++) this.#put(things[i]!, bucket)
  }

  #put(thing: number, bucket: number): void {
    if (thing >= this.#last.length) {
      const larger = new Float64Array(Math.max(thing + 1, this.#last.length * 2)).fill(NEVER)
      larger.set(this.#last)
      this.#last = larger
    }
    if (this.#last[thing] === bucket) return
    this.#last[thing] = bucket
    this.#listed++
    const list = this.#buckets.get(bucket)
    if (list !== undefined) {
      list.push(thing)
      return
    }
    this.#buckets.set(bucket, [thing])
    this.#nextMicros = Math.min(this.#nextMicros, this.#expiryOf(bucket))
  }

  #expiryOf(bucket: number): number {
    return (bucket + 1) * this.#bucketMicros + this.#ttlMicros
  }

  /**
   * What has not been touched for its time to live, ascending. It is forgotten here, and has to be dropped.
   * @param drop does so, before it is forgotten
   */
  expire(nowMicros: number, drop?: (things: Int32Array) => void): Int32Array {
    if (nowMicros > this.#now) this.#now = nowMicros
    if (this.#now < this.#nextMicros) return NOTHING
    const expired: number[] = []
    this.#nextMicros = Infinity
    for (const [bucket, things] of this.#buckets) {
      const due = this.#expiryOf(bucket)
      if (due > this.#now) {
        this.#nextMicros = Math.min(this.#nextMicros, due)
        continue
      }
      this.#buckets.delete(bucket)
      this.#listed -= things.length
      for (const thing of things) if (this.#last[thing] === bucket) expired.push(thing)
    }
    // What was forgotten and touched again within a bucket is in its list twice.
    const things = Int32Array.from(expired).sort().filter((thing, i, all) => i === 0 || all[i - 1] !== thing)
    if (things.length > 0) drop?.(things)
    for (const thing of things) this.#last[thing] = NEVER
    return things
  }

  /** True if what was last touched at a time that {@link timesOf} gave has lived its time by now. */
  isOld(micros: number): boolean {
    return micros >= 0 && this.#expiryOf(Math.floor(micros / this.#bucketMicros)) <= this.#now
  }

  /** A thing is gone for another reason, and its number may be given to another. */
  forget(thing: number): void {
    if (thing < this.#last.length) this.#last[thing] = NEVER
  }

  /** Thing `live[i]` has become thing i; all others are gone. */
  renumber(live: Int32Array): void {
    const before = this.#last
    this.#last = new Float64Array(Math.max(64, live.length)).fill(NEVER)
    this.#buckets.clear()
    this.#listed = 0
    this.#nextMicros = Infinity
    for (let i = 0; i < live.length; i++) {
      const bucket = before[live[i]!] ?? NEVER
      if (bucket !== NEVER) this.#put(i, bucket)
    }
  }

  /** When things were last touched, microseconds, for a snapshot. */
  timesOf(things: Int32Array): Float64Array {
    return Float64Array.from(things, (thing) => (this.#last[thing] ?? NEVER) * this.#bucketMicros)
  }

  /** Puts back what {@link timesOf} gave. */
  restore(things: Int32Array, times: Float64Array): void {
    for (let i = 0; i < things.length; i++) if (times[i]! >= 0) this.#put(things[i]!, Math.floor(times[i]! / this.#bucketMicros))
  }
}

const NEVER = -1
const NOTHING = new Int32Array(0)
