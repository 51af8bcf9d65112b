import { type Batch, batchToRows, type BigintPolicy, MillraceError, ROW_KIND_TEXT, valuesToRow } from '@millrace/core'
import type { Job } from './job.js'
import type { ResultSink, RunOptions, SelectInfo } from './options.js'
import { combineStats, type JobStats } from './stats.js'

export type QueryOptions = Omit<RunOptions, 'results'>

/**
 * The rows of a query, as they come. The job starts with the iteration and waits for a slow consumer; leaving the loop
 * early stops it. Rows of a changelog (EMIT CHANGES) have a further field `op`: `+I`, `-U`, `+U` or `-D`.
 */
export interface Query<R> extends AsyncIterable<R> {
  /** Live, and after the end. */
  stats(): JobStats
}

export class RowQuery<R> implements Query<R> {
  readonly #start: (results: ResultSink) => Promise<Job>
  readonly #bigints: BigintPolicy
  #job: Job | null = null
  #iterated = false

  constructor(start: (results: ResultSink) => Promise<Job>, bigints: BigintPolicy) {
    this.#start = start
    this.#bigints = bigints
  }

  stats(): JobStats {
    return this.#job?.stats() ?? combineStats([])
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<R, void, undefined> {
    if (this.#iterated) throw new MillraceError('USAGE', 'a query is iterated once; call query() again to run it again')
    this.#iterated = true
    const queue = new RowQueue<R>(this.#bigints)
    const job = await this.#start({ rows: (batch, select) => queue.put(batch, select) })
    this.#job = job
    const ended = job.done.then(
      () => queue.end(null),
      (error: unknown) => queue.end(error),
    )
    try {
      for (let rows = await queue.take(); rows !== null; rows = await queue.take()) yield* rows
    } finally {
      if (!queue.ended) await job.stop()
      await ended
    }
  }
}

/** One batch of rows at a time, from the job to its consumer. */
class RowQueue<R> {
  ended = false
  readonly #bigints: BigintPolicy
  #rows: R[] | null = null
  #error: unknown = null
  #taken: (() => void) | null = null
  #arrived: (() => void) | null = null

  constructor(bigints: BigintPolicy) {
    this.#bigints = bigints
  }

  /** Resolves when the consumer has asked for the rows after these. */
  put(batch: Batch, select: SelectInfo): Promise<void> {
    this.#rows = rowsOf(batch, select, this.#bigints) as R[]
    this.#arrived?.()
    return new Promise((resolve) => {
      this.#taken = resolve
    })
  }

  end(error: unknown): void {
    this.ended = true
    this.#error = error
    this.#arrived?.()
  }

  /** The next rows, or null at the end. */
  async take(): Promise<R[] | null> {
    this.#taken?.()
    this.#taken = null
    while (this.#rows === null) {
      if (this.#error !== null) throw this.#error
      if (this.ended) return null
      await new Promise<void>((resolve) => {
        this.#arrived = resolve
      })
    }
    const rows = this.#rows
    this.#rows = null
    return rows
  }
}

function rowsOf(batch: Batch, { schema, changelog }: SelectInfo, bigints: BigintPolicy): Record<string, unknown>[] {
  return batchToRows(batch, schema).map((values, i) => {
    const row = valuesToRow(values, schema, bigints)
    if (changelog) row['op'] = ROW_KIND_TEXT[batch.rowKinds?.[i] ?? 0]!
    return row
  })
}
