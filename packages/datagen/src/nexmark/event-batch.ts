import type { EventKind } from './events.js'

/** The numbers of the events that become one batch, with their kinds. Reused from batch to batch. */
export class EventBatch {
  count = 0
  readonly numbers: Float64Array
  readonly kinds: Uint8Array
  readonly #nulls: readonly Uint8Array[]
  /** By kind: whether `#nulls` is of the present events. */
  readonly #isFresh = [false, false, false]
  /** By kind. */
  readonly #counts = [0, 0, 0]

  constructor(rowsMax: number) {
    this.numbers = new Float64Array(rowsMax)
    this.kinds = new Uint8Array(rowsMax)
    this.#nulls = [0, 1, 2].map(() => new Uint8Array(rowsMax))
  }

  clear(): void {
    this.count = 0
    this.#counts.fill(0)
    this.#isFresh.fill(false)
  }

  add(number: number, kind: EventKind): void {
    this.numbers[this.count] = number
    this.kinds[this.count++] = kind
    this.#counts[kind]!++
  }

  /** Keeps the events that `passes` has a 1 for. */
  keep(passes: Uint8Array): void {
    const { count, numbers, kinds } = this
    this.clear()
    for (let i = 0; i < count; i++) if (passes[i] !== 0) this.add(numbers[i]!, kinds[i] as EventKind)
  }

  /** The `nulls` of columns that only events of one kind have; null where all are of it. */
  nullsBut(kind: EventKind): Uint8Array | null {
    if (this.#counts[kind] === this.count) return null
    const nulls = this.#nulls[kind]!
    if (this.#isFresh[kind]) return nulls
    for (let i = 0; i < this.count; i++) nulls[i] = this.kinds[i] === kind ? 0 : 1
    this.#isFresh[kind] = true
    return nulls
  }
}
