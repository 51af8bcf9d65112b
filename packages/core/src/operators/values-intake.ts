import type { Intake } from './intake.js'
import type { ValuesSource } from './values.js'

/** VALUES are there at once and end. */
export class ValuesIntake implements Intake {
  ended = false
  epoch = 0
  readonly #source: ValuesSource

  constructor(source: ValuesSource) {
    this.#source = source
  }

  poll(): boolean {
    this.ended = true
    this.#source.emit()
    return true
  }

  giveBarrier(epoch: number): boolean {
    this.epoch = epoch
    this.#source.barrier(epoch)
    return true
  }

  drain(): void {}

  async close(): Promise<void> {}
}
