/** How a worker looks from outside, as of now. */
export interface WorkerPulse {
  /** Grows whenever the pipeline has taken a step or has looked around in vain. */
  readonly rounds: number
  /** Grows whenever the thread's event loop has come round. */
  readonly turns: number
}

/**
 * - `beating`: it goes on.
 * - `waiting`: its thread is alive, but its pipeline waits for something: a slow sink, a source that does not answer.
 * - `stuck`: its thread does not come back: a loop that does not end, a call that blocks.
 */
export type PulseState = 'beating' | 'waiting' | 'stuck'

/**
 * Watches one worker by looks at even intervals. It counts looks and not time: where the watching thread itself was blocked for long,
 * or the clock has jumped, it has simply not looked.
 */
export class Pulse {
  #last: WorkerPulse | null = null
  /** Looks in a row at which nothing had changed. */
  #sameRounds = 0
  #sameTurns = 0

  /** @param now the worker's pulse at this look */
  look(now: WorkerPulse): void {
    this.#sameRounds = this.#last?.rounds === now.rounds ? this.#sameRounds + 1 : 0
    this.#sameTurns = this.#last?.turns === now.turns ? this.#sameTurns + 1 : 0
    this.#last = now
  }

  /** Looks since it last went on, and what that means. */
  get state(): { readonly kind: PulseState; readonly looks: number } {
    if (this.#sameTurns > 0) return { kind: 'stuck', looks: this.#sameTurns }
    return this.#sameRounds > 0 ? { kind: 'waiting', looks: this.#sameRounds } : { kind: 'beating', looks: 0 }
  }
}
