import type { SeededRandom } from '../seeded-random.js'

/** What can befall a simulated job, and what it means. */
export const FAULTS = {
  crash: 'The process ends at any step; what it had in memory is gone.',
  'power-loss': 'So does the machine: what was not made durable is gone, too.',
  'slow-storage': 'The checkpoint store answers late.',
  'failing-storage': 'The checkpoint store fails now and then, or its disk is full for a while.',
  'lying-storage': 'The checkpoint store says that an object is durable when it is not: losing power tears or loses it.',
  'slow-control': 'Messages between coordinator and workers come late and out of order.',
  'repeated-control': 'Messages between coordinator and workers come twice.',
  'slow-source': 'Readers give short batches, fall silent, and make a worker wait.',
  'failing-source': 'Readers throw SOURCE_UNAVAILABLE.',
  'slow-sink': 'Writers make a worker wait, and take their time to prepare and commit.',
  'failing-sink': 'A commit is done and then fails; a commit is made twice.',
  'jumping-clock': 'The wall clock jumps, backwards too.',
} as const

export type Fault = keyof typeof FAULTS

/** Every fault but those that only some sinks can stand. */
export const USUAL_FAULTS: readonly Fault[] = (Object.keys(FAULTS) as Fault[]).filter((fault) => fault !== 'lying-storage')

/** Failures of a kind in one history: then it lets the job come to its end. */
const FAILURES_MAX = 3

/** Which of the allowed faults befall one history, and when. */
export class FaultPlan {
  readonly #active: ReadonlySet<Fault>
  readonly #random: SeededRandom
  readonly #failures = new Map<Fault, number>()

  constructor(allowed: readonly Fault[], random: SeededRandom) {
    this.#random = random
    const active = new Set(allowed.filter((fault) => fault === 'crash' || fault === 'lying-storage' || random.oneIn(2)))
    // A lie only shows when the power goes.
    if (active.has('lying-storage')) active.add('power-loss')
    this.#active = active
  }

  has(fault: Fault): boolean {
    return this.#active.has(fault)
  }

  /** Once in `times` where the fault is active. */
  slows(fault: Fault, times: number): boolean {
    return this.#active.has(fault) && this.#random.oneIn(times)
  }

  /** The same, but only so often in a history. */
  fails(fault: Fault, times: number): boolean {
    const failures = this.#failures.get(fault) ?? 0
    if (failures >= FAILURES_MAX || !this.slows(fault, times)) return false
    this.#failures.set(fault, failures + 1)
    return true
  }

  get names(): string {
    return [...this.#active].join(', ')
  }
}
