/** A test of SQL that has failed. Test runners take it for an assertion of theirs. */
export class SqlExpectationError extends Error {
  /** What repeats it. */
  readonly workers: number
  readonly seed: number

  constructor(message: string, { workers, seed }: { readonly workers: number; readonly seed: number }) {
    super(message)
    this.name = 'AssertionError'
    this.workers = workers
    this.seed = seed
  }
}
