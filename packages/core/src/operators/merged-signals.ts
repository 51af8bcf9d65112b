import { assert, unreachable } from '../errors.js'
import { END } from '../types/element.js'
import type { Barrier, End, Watermark } from '../types/element.js'

type Signal = Watermark | Barrier | End

/**
 * The signals of several inputs made into those of one: the least of their watermarks, a barrier once it has come on every input that
 * has not ended, End once all have.
 *
 * Nothing more comes on an input behind its barrier until the others have theirs (the pipeline sees to that), so nothing is held here.
 */
export class MergedSignals {
  readonly #watermarks: number[]
  readonly #ended: boolean[]
  readonly #barriers: boolean[]
  #watermark = -Infinity
  #barrier: Barrier | null = null

  constructor(inputCount: number) {
    assert(inputCount > 0, 'there are inputs')
    this.#watermarks = Array.from({ length: inputCount }, () => -Infinity)
    this.#ended = Array.from({ length: inputCount }, () => false)
    this.#barriers = Array.from({ length: inputCount }, () => false)
  }

  /** Event time of all inputs, microseconds. */
  get watermark(): number {
    return this.#watermark
  }

  /** True once the input has ended. */
  hasEnded(input: number): boolean {
    return this.#ended[input]!
  }

  /** Takes a signal of one input; gives those that are due because of it, in the order in which they are to be passed on. */
  take(signal: Signal, input: number): Signal[] {
    switch (signal.kind) {
      case 'watermark':
        this.#watermarks[input] = Math.max(this.#watermarks[input]!, signal.micros)
        return this.#advance()
      case 'barrier':
        assert(this.#barrier === null || this.#barrier.epoch === signal.epoch, 'barriers of one epoch are aligned at a time')
        this.#barrier = signal
        this.#barriers[input] = true
        return this.#align()
      case 'end': {
        this.#ended[input] = true
        this.#watermarks[input] = Infinity
        return [...this.#align(), ...this.#advance(), ...(this.#ended.every(Boolean) ? [END] : [])]
      }
      default: return unreachable(signal)
    }
  }

  #advance(): Signal[] {
    const least = Math.min(...this.#watermarks)
    if (least <= this.#watermark) return []
    this.#watermark = least
    return [{ kind: 'watermark', micros: least }]
  }

  #align(): Signal[] {
    if (this.#barrier === null || !this.#barriers.every((here, input) => here || this.#ended[input])) return []
    const barrier = this.#barrier
    this.#barrier = null
    this.#barriers.fill(false)
    return [barrier]
  }
}
