/** The chances of one fuzzed input, which its seed decides. */
export class FuzzRandom {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** A whole number from 0 to `below` − 1. */
  below(below: number): number {
    let t = (this.#state = (this.#state + 0x6d2b79f5) | 0)
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * below)
  }

  chance(oneIn: number): boolean {
    return this.below(oneIn) === 0
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!
  }

  /** The bytes with a few of them flipped, cut out, doubled or overwritten. */
  mutated(bytes: Uint8Array, edits: number): Uint8Array {
    let result = Uint8Array.from(bytes)
    for (let edit = 1 + this.below(edits); edit > 0 && result.length > 0; edit--) {
      const at = this.below(result.length)
      const length = 1 + this.below(Math.min(8, result.length - at))
      switch (this.below(5)) {
        case 0: result[at]! ^= 1 << this.below(8); break
        case 1: result[at] = this.pick(BYTES); break
        case 2: result = joined(result.subarray(0, at), result.subarray(at + length)); break
        case 3: result = joined(result.subarray(0, at + length), result.subarray(at)); break
        default: for (let i = at; i < at + length; i++) result[i] = this.below(256)
      }
    }
    return result
  }
}

/** Bytes at which formats take turns. */
const BYTES = [...'"\\{}[],:;\'\n\r\t 0-+.eEn/*$`<>&'].map((sign) => sign.charCodeAt(0)).concat(0, 1, 0x7f, 0x80, 0xc0, 0xe2, 0xed, 0xf4, 0xff)

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(a.length + b.length)
  result.set(a)
  result.set(b, a.length)
  return result
}

/** Something that takes whatever bytes or texts there are: for each of them it gives a result or an error of a known code. */
export interface FuzzTarget {
  readonly name: string
  /** What one run may take, in milliseconds. */
  readonly timeMsMax: number
  /** Inputs that one run tries, one after the other in the same object. Default 1. */
  readonly inputs?: number
  /**
   * Makes an input (or {@link inputs}) and tries it.
   * @throws anything for an input that is not treated as it must be
   */
  run(random: FuzzRandom): void | Promise<void>
}

export interface FuzzOptions {
  readonly seed: number
  readonly count: number
  readonly nowMs: () => number
  /** Called now and then with the number of inputs that were tried. */
  readonly progress?: (done: number) => void
}

/**
 * Tries `count` inputs at least, in runs of the seeds `seed`, `seed + 1`, …
 * @throws Error that names the seed of the input at fault
 */
export async function fuzz(target: FuzzTarget, { seed, count, nowMs, progress }: FuzzOptions): Promise<void> {
  const { inputs = 1 } = target
  const runs = Math.ceil(count / inputs)
  const often = Math.max(1, Math.floor(1000 / inputs))
  for (let i = 0; i < runs; i++) {
    const start = nowMs()
    try {
      const running = target.run(new FuzzRandom(seed + i))
      if (running !== undefined) await running
    } catch (error) {
      const reason = error instanceof Error ? error.stack : String(error)
      throw new Error(`${target.name}: the input of seed ${seed + i} is not treated as it must be: ${reason}`, { cause: error })
    }
    const elapsedMs = nowMs() - start
    if (elapsedMs > target.timeMsMax) throw new Error(`${target.name}: the input of seed ${seed + i} took ${Math.round(elapsedMs)} ms`)
    if (i % often === often - 1) progress?.((i + 1) * inputs)
  }
}
