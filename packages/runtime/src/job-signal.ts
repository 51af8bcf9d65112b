/**
 * What a job has been told to do, as one word of shared memory: a busy worker sees it at its next slice, sooner than any
 * message. It only ever grows.
 */
export const SIGNAL = { run: 0, drain: 1, stop: 2 } as const
export type Signal = (typeof SIGNAL)[keyof typeof SIGNAL]

export class JobSignal {
  readonly #word: Int32Array

  constructor(readonly memory: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.#word = new Int32Array(memory)
  }

  get value(): Signal {
    return Atomics.load(this.#word, 0) as Signal
  }

  /** Raises the signal; a lower one than is set changes nothing. */
  raise(signal: Signal): void {
    for (;;) {
      const current = Atomics.load(this.#word, 0)
      if (current >= signal) return
      if (Atomics.compareExchange(this.#word, 0, current, signal) === current) return
    }
  }
}
