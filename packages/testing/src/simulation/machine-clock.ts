import type { SeededRandom } from '../seeded-random.js'
import type { FaultPlan } from './faults.js'

const STARTS_AT_MICROS = 1_767_225_600_000_000
/** What one turn takes. */
const TURN_MS_MAX = 2
export const TURN_MS_MEAN: number = TURN_MS_MAX / 2
const JUMP_MS_MAX = 3_600_000

/** The clocks of a machine: one of the wall, which may jump, and one for each process, which only goes forward. */
export class MachineClock {
  readonly #faults: FaultPlan
  readonly #random: SeededRandom
  #elapsedMs = 0
  #offByMs = 0

  constructor(faults: FaultPlan, random: SeededRandom) {
    this.#faults = faults
    this.#random = random
  }

  /** Lets the time of some turns pass. */
  pass(turns: number): void {
    this.#elapsedMs += this.#random.below(TURN_MS_MAX + 1) + (turns - 1) * TURN_MS_MEAN
    if (this.#faults.slows('jumping-clock', 50)) this.#offByMs = this.#random.below(2 * JUMP_MS_MAX) - JUMP_MS_MAX
  }

  get elapsedMs(): number {
    return this.#elapsedMs
  }

  /** Of a process that begins now. */
  ofProcess(): { nowMicros(): number; monotonicMs(): number } {
    const beganAtMs = this.#elapsedMs
    return {
      nowMicros: () => STARTS_AT_MICROS + (this.#elapsedMs + this.#offByMs) * 1_000,
      monotonicMs: () => this.#elapsedMs - beganAtMs,
    }
  }
}
