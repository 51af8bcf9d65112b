import type { MillraceError } from '@millrace/core'
import type { Session } from './session.js'

/** What is written between two cuts, such as the rows of an epoch: knows when all of it has been taken. */
export class Segment {
  /** In whose name all of it is written; its batches may have others where a producer had to begin anew. */
  readonly session: Session
  #batches = 0
  #isCut = false
  #resolve: () => void = () => {}
  #reject: (error: MillraceError) => void = () => {}
  /** Resolves when it was cut and brokers have all of it. */
  readonly taken: Promise<void>

  constructor(session: Session) {
    this.session = session
    this.taken = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.taken.catch(() => {})
  }

  batchBegun(): void {
    this.#batches++
  }

  batchTaken(): void {
    this.#batches--
    this.#settle()
  }

  cut(): void {
    this.#isCut = true
    this.#settle()
  }

  fail(error: MillraceError): void {
    this.#reject(error)
  }

  #settle(): void {
    if (this.#isCut && this.#batches === 0) this.#resolve()
  }
}
