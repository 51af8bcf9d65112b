import type { SeededRandom } from '../seeded-random.js'

/** Steps of which the one right behind is worth a crash of its own, as the history tells them. */
const MOMENTS = [
  'put epoch-\\d+/manifest$', 'put epoch-\\d+/manifest: it is there', 'put epoch-\\d+/manifest: it is durable', 'put epoch-\\d+/worker', 'commit epoch', 'recover to', 'remove ',
  'get ', 'list ', 'goes on from', 'aligned', 'ended',
].map((text) => new RegExp(text))

/** After so many turns at most, where the moment is one of those at any time: jobs are short and long. */
const TURNS_MAX = [40, 200, 1_200]

/** When a process crashes: after so many turns, or behind the n-th step of some kind. */
export class CrashPlan {
  readonly #turns: number
  readonly #moment: RegExp | null
  #left: number

  constructor(random: SeededRandom) {
    this.#moment = random.oneIn(2) ? random.pick(MOMENTS) : null
    this.#left = 1 + random.below(4)
    // Chosen evenly by its magnitude: early moments are as interesting as late ones.
    this.#turns = Math.floor(random.pick(TURNS_MAX) ** random.next())
  }

  /** @param lines what has happened in this turn */
  isDue(turn: number, lines: readonly string[]): boolean {
    if (this.#moment === null) return turn >= this.#turns
    for (const line of lines) if (this.#moment.test(line) && --this.#left === 0) return true
    return false
  }
}
