import type { Cluster } from '../cluster/cluster.js'
import { checkError } from '../protocol/error-codes.js'
import { initProducerId, type ProducerIdentity } from '../protocol/init-producer-id.js'
import { type BatchProducer, NO_PRODUCER } from '../records/record-set.js'
import type { PartitionQueue } from './partition-queue.js'

/** In whose name batches are sent, so that brokers can tell what comes twice and what belongs together. */
export interface Session {
  readonly transactionalId: string | null

  /** Whether a batch for that partition may be sent. If not, `admit` is to be waited for first. */
  admits(queue: PartitionQueue): boolean

  /** @throws MillraceError KAFKA_FENCED, KAFKA_UNAVAILABLE, … */
  admit(queues: readonly PartitionQueue[]): Promise<void>

  /** Names and numbers a batch of so many records. */
  stamp(queue: PartitionQueue, count: number): BatchProducer

  /** The last batch of that partition was not taken, and will never be: its numbers are free again. */
  unstamp(queue: PartitionQueue, stamp: BatchProducer): void
}

/** Nobody's: a batch that is sent again may be there twice. */
export const NO_SESSION: Session = {
  transactionalId: null,
  admits: () => true,
  admit: async () => {},
  stamp: () => NO_PRODUCER,
  unstamp: () => {},
}

/** Numbers the records of each partition, for as long as the producer has its id and epoch. */
export class Sequences {
  readonly #next = new Map<PartitionQueue, number>()

  take(queue: PartitionQueue, count: number): number {
    const sequence = this.#next.get(queue) ?? 0
    // They go round.
    this.#next.set(queue, (sequence + count) % 0x8000_0000)
    return sequence
  }

  giveBack(queue: PartitionQueue, sequence: number): void {
    this.#next.set(queue, sequence)
  }

  clear(): void {
    this.#next.clear()
  }
}

/** A producer whose batches are there once however often they are sent. */
export class IdempotentSession implements Session {
  readonly transactionalId = null
  readonly #cluster: Cluster
  readonly #sequences = new Sequences()
  #identity: ProducerIdentity | null = null
  #beginning: Promise<void> | null = null

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  admits(): boolean {
    return this.#identity !== null
  }

  admit(): Promise<void> {
    this.#beginning ??= this.#begin().finally(() => (this.#beginning = null))
    return this.#beginning
  }

  async #begin(): Promise<void> {
    const request = initProducerId({ transactionalId: null, transactionTimeoutMs: 60_000, previous: null })
    this.#identity = await this.#cluster.retrying('giving the producer an id', async () => {
      const answer = await (await this.#cluster.any()).send(request)
      checkError(answer.errorCode, 'the producer gets no id')
      return answer
    })
  }

  stamp(queue: PartitionQueue, count: number): BatchProducer {
    const { producerId, producerEpoch } = this.#identity!
    return { producerId, producerEpoch, baseSequence: this.#sequences.take(queue, count), transactional: false }
  }

  unstamp(queue: PartitionQueue, { baseSequence }: BatchProducer): void {
    this.#sequences.giveBack(queue, baseSequence)
  }
}
