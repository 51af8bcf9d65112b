import type { Connection } from '../drivers/connection.js'
import type { BatchProducer, RecordSet } from '../records/record-set.js'
import type { Segment } from './segment.js'
import type { Session } from './session.js'

/** A batch from its first record until a broker has taken it. */
export interface PendingBatch {
  readonly set: RecordSet
  readonly segment: Segment
  /** When its first record came, by the process's own clock. */
  readonly startedMs: number
  /** When it was sent first; null before. */
  triedMs: number | null
  /** In whose name it is sent, and the bytes: as they are when it is sent first, and the same whenever it is sent again. */
  session: Session | null
  stamp: BatchProducer | null
  bytes: Uint8Array | null
}

/**
 * What waits for one partition, in the order of its rows. One batch is under way at a time: so no failure of one can bring it behind the
 * next, and while it is, the rows that come make the next one larger.
 */
export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  /** The batch that records are added to. */
  open: PendingBatch | null = null
  /** Batches that nothing is added to any more, the oldest first. */
  readonly sealed: PendingBatch[] = []
  /** Its first batch is under way, or its leader is being looked for, or it is being taken into a transaction. */
  isBusy = false
  /** To its leader; null where that is not known. */
  connection: Connection | null = null
  /** Failures since something was taken; what is tried again waits longer with each. */
  failures = 0
  notBeforeMs = 0

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  /** Nothing is added to the open batch any more. */
  seal(): void {
    if (this.open === null) return
    this.sealed.push(this.open)
    this.open = null
  }

  get isEmpty(): boolean {
    return this.open === null && this.sealed.length === 0
  }

  toString(): string {
    return `${this.topic}-${this.partition}`
  }
}
