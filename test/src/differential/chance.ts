/** Seeded choices: the same seed makes the same tables and queries. */
export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = (seed ^ 0x9e3779b9) | 0
  }

  /** Uniform in [0, 1). Mulberry32. */
  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }

  /** Whole number, both ends included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1))
  }

  maybe(probability: number): boolean {
    return this.unit() < probability
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.unit() * choices.length)]!
  }

  /** `count` different elements, in their order. */
  some<T>(choices: readonly T[], count: number): T[] {
    const left = [...choices]
    while (left.length > count) left.splice(Math.floor(this.unit() * left.length), 1)
    return left
  }
}
