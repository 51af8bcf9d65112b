import type { SeededRandom } from '../seeded-random.js'
import type { FaultPlan } from './faults.js'
import type { Turns } from './turns.js'

const LATE_TURNS_MAX = 40

/** Messages from one part of a process to another: late, out of order, and twice, as the faults of the history have it. */
export class ControlChannel<M> {
  readonly #turns: Turns
  readonly #faults: FaultPlan
  readonly #random: SeededRandom
  readonly #underWay: { readonly due: number; readonly message: M }[] = []

  constructor(turns: Turns, faults: FaultPlan, random: SeededRandom) {
    this.#turns = turns
    this.#faults = faults
    this.#random = random
  }

  /** Takes plain data only, as the port of a thread does. */
  send(message: M): void {
    for (let copies = this.#faults.slows('repeated-control', 3) ? 2 : 1; copies > 0; copies--) {
      const late = this.#faults.slows('slow-control', 2) ? this.#random.below(LATE_TURNS_MAX) : 0
      this.#underWay.push({ due: this.#turns.now + late, message: structuredClone(message) })
    }
  }

  /** A message that has arrived, or null. */
  receive(): M | null {
    const at = this.#underWay.findIndex(({ due }) => due <= this.#turns.now)
    return at < 0 ? null : this.#underWay.splice(at, 1)[0]!.message
  }
}
