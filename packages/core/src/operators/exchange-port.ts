import type { Element } from '../types/element.js'

/**
 * One worker's end of one exchange: a one-way channel to every worker (itself included) and one from every worker. The
 * runtime makes them of shared-memory rings, the simulator of queues.
 */
export interface ExchangePort {
  readonly workerIndex: number
  readonly workerCount: number

  /** Takes an element for `target`, encoding or copying it at once. What does not fit into the channel waits here. */
  send(target: number, element: Element): void

  /**
   * Moves what waits into the channels as far as there is room. True if nothing waits any more. While it is false the
   * loop reads no source that feeds this exchange, but goes on receiving: that is the back-pressure, without deadlock.
   */
  flush(): boolean

  /**
   * The next element from any worker, in order per sender, or null. A batch is valid until the next call.
   * @param held senders, by index, to be passed over: what they have sent stays where it is
   */
  receive(held?: readonly boolean[]): ReceivedElement | null
}

export interface ReceivedElement {
  readonly from: number
  readonly element: Element
}

/** Keys are hashed into so many groups; a worker owns a contiguous range of them. State is split by it on rescale. */
export const KEY_GROUPS = 1_024

/** The worker that owns a key's hash. */
export function ownerOf(hash: number, workerCount: number): number {
  return Math.floor(((hash >>> 0) % KEY_GROUPS) * workerCount / KEY_GROUPS)
}
