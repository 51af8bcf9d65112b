import type { SeededRandom } from '../seeded-random.js'
import type { Watch } from './function-calls.js'
import type { Turns } from './turns.js'

const LATE_TURNS_MAX = 12

/**
 * Results of asynchronous user functions, given when it is their turn: what a function really takes does not say in which order results
 * come. Whoever lets turns go waits for {@link HeldCalls.settled} first, so that a result that is due is there.
 */
export class HeldCalls {
  readonly #turns: Turns
  readonly #random: SeededRandom
  readonly #underWay = new Set<Promise<unknown>>()

  constructor(turns: Turns, random: SeededRandom) {
    this.#turns = turns
    this.#random = random
  }

  readonly watch: Watch = (result) => {
    const settled: Promise<unknown> = result.then(() => {}, () => {}).finally(() => this.#underWay.delete(settled))
    this.#underWay.add(settled)
    return this.#turns.wait('function', this.#random.below(LATE_TURNS_MAX)).then(() => result)
  }

  /** Waits, in real time, for all calls that are under way. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
  }
}
