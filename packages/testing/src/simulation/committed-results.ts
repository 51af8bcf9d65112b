import type { Change } from '../batch-text.js'
import type { ResultLog } from './results.js'

/** What a bare SELECT has given, over all processes: its rows are seen when their epoch is committed, like those of a table. */
export class CommittedResults {
  readonly #staged = new Map<number, readonly Change[]>()
  readonly #committed = new Set<number>()

  /** Every worker has closed the epoch. */
  stage(epoch: number, log: ResultLog): void {
    this.#staged.set(epoch, log.ofEpoch(epoch))
  }

  commit(epoch: number): void {
    this.#committed.add(epoch)
  }

  /** Takes back what belongs to later epochs than the one from which the job goes on. */
  recover(epoch: number): void {
    for (const later of [...this.#staged.keys()].filter((one) => one > epoch)) {
      this.#staged.delete(later)
      this.#committed.delete(later)
    }
  }

  get changes(): Change[] {
    return [...this.#staged].filter(([epoch]) => this.#committed.has(epoch)).flatMap(([, changes]) => changes)
  }
}
