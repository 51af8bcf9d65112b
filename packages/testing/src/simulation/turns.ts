import type { SeededRandom } from '../seeded-random.js'

interface Waiting {
  readonly actor: string
  /** The turn from which on it may go on. */
  readonly due: number
  readonly goOn: () => void
}

/**
 * In place of an event loop: whoever waits in a simulated process waits here, and one of them at a time goes on, by the seed. What
 * follows from that happens to its end before the next one goes on, so the order of promises is never left to luck.
 *
 * A process that has crashed is one whose turns are never given again. What waited is forgotten as it is, in the middle of whatever it did.
 */
export class Turns {
  readonly #random: SeededRandom
  readonly #waiting: Waiting[] = []
  #now = 0

  constructor(random: SeededRandom) {
    this.#random = random
  }

  get now(): number {
    return this.#now
  }

  /**
   * Resolves when it is this one's turn.
   * @param after turns to pass before at least
   */
  wait(actor: string, after = 0): Promise<void> {
    return new Promise((goOn) => this.#waiting.push({ actor, due: this.#now + after, goOn }))
  }

  /** Lets one go on that waits, until it and all that it has set off wait again. Its name, or null where nobody waits. */
  async next(): Promise<string | null> {
    if (this.#waiting.length === 0) return null
    this.#now = Math.max(this.#now + 1, this.#waiting.reduce((least, { due }) => Math.min(least, due), Infinity))
    const ready = [...this.#waiting.keys()].filter((i) => this.#waiting[i]!.due <= this.#now)
    const [one] = this.#waiting.splice(this.#random.pick(ready), 1)
    one!.goOn()
    await new Promise((resolve) => setImmediate(resolve))
    return one!.actor
  }
}
