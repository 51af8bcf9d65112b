/**
 * Where elements enter a worker's graph: a scan, the rows of VALUES, the receiving end of an exchange. The pipeline
 * polls them; nothing else moves a record.
 */
export interface Intake {
  /**
   * Takes a bounded amount of what is ready (a scan: one batch) and pushes it through the graph before it returns.
   * Never called again before a promise it gave has settled, nor once `ended`.
   *
   * @returns whether there was anything to do
   */
  poll(): boolean | Promise<boolean>
  /** True once End has been pushed. */
  readonly ended: boolean
  /** The epoch whose barrier it has given last; 0 at first. Behind it, it is not polled until the pipeline has closed the epoch. */
  readonly epoch: number
  /**
   * A source gives the barrier of an epoch now, between two batches, and returns true. An exchange cannot: its barrier comes from its
   * senders, out of a poll. Called once an epoch.
   */
  giveBarrier(epoch: number): boolean
  /** Asks it to end at the next poll instead of reading on. Without effect on exchanges: they end with their senders. */
  drain(): void
  close(): Promise<void>
}

/** A way out that has room for so much: an exchange port, the result port. See {@link ExchangePort.flush}. */
export interface Gate {
  flush(): boolean
}
