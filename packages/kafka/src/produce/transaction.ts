import { assert } from '@millrace/core'
import type { Cluster } from '../cluster/cluster.js'
import { addOffsetsToTxn } from '../protocol/add-offsets-to-txn.js'
import { addPartitionsToTxn } from '../protocol/add-partitions-to-txn.js'
import { checkError } from '../protocol/error-codes.js'
import type { ProducerIdentity } from '../protocol/init-producer-id.js'
import { txnOffsetCommit } from '../protocol/txn-offset-commit.js'
import type { BatchProducer } from '../records/record-set.js'
import { type GroupPositions, topicsOf } from './group-positions.js'
import type { PartitionQueue } from './partition-queue.js'
import { askCoordinator } from './ask-coordinator.js'
import { fenced, isLostTransaction, isNoMember } from './produce-outcome.js'
import { Sequences, type Session } from './session.js'
import { endTransaction, type TransactionHandle } from './transaction-handle.js'
import type { TransactionSlots } from './transaction-slots.js'

/** One transaction: what a worker writes in one epoch. It begins with its first batch, so that an epoch without rows has none. */
export class Transaction implements Session {
  readonly #cluster: Cluster
  readonly #slots: TransactionSlots
  readonly #sequences = new Sequences()
  readonly #admitted = new Set<PartitionQueue>()
  #identity: ProducerIdentity | null = null
  #transactionalId: string | null = null
  #beginning: Promise<void> | null = null
  #holdsPositions = false

  constructor(cluster: Cluster, slots: TransactionSlots) {
    this.#cluster = cluster
    this.#slots = slots
  }

  get transactionalId(): string | null {
    return this.#transactionalId
  }

  admits(queue: PartitionQueue): boolean {
    return this.#admitted.has(queue)
  }

  async admit(queues: readonly PartitionQueue[]): Promise<void> {
    await this.#begun()
    const partitionsOf = new Map<string, number[]>()
    for (const { topic, partition } of queues) partitionsOf.set(topic, [...(partitionsOf.get(topic) ?? []), partition])
    const request = addPartitionsToTxn({
      ...this.#identified(), topics: [...partitionsOf].map(([name, partitions]) => ({ name, partitions })),
    })
    const { errorCode } = await askCoordinator(this.#cluster, 'transaction', this.#transactionalId!, request,
      (results) => results.map((result) => result.errorCode))
    checkTransaction(this.#transactionalId!, errorCode, request.name)
    for (const queue of queues) this.#admitted.add(queue)
  }

  #begun(): Promise<void> {
    this.#beginning ??= (async () => {
      const { transactionalId, identity } = await this.#slots.take()
      this.#transactionalId = transactionalId
      this.#identity = identity
    })()
    return this.#beginning
  }

  stamp(queue: PartitionQueue, count: number): BatchProducer {
    return { ...this.#identity!, baseSequence: this.#sequences.take(queue, count), transactional: true }
  }

  unstamp(queue: PartitionQueue, { baseSequence }: BatchProducer): void {
    this.#sequences.giveBack(queue, baseSequence)
  }

  /**
   * Commits positions of a group with the rows. Whoever is no member of that generation of the group is refused.
   *
   * @throws MillraceError KAFKA_FENCED
   */
  async addPositions(positions: GroupPositions): Promise<void> {
    await this.#begun()
    const { groupId, memberId, generationId, groupInstanceId } = positions
    this.#holdsPositions = true
    const identified = this.#identified()
    const { transactionalId } = identified
    const add = addOffsetsToTxn({ ...identified, groupId })
    const added = await askCoordinator(this.#cluster, 'transaction', transactionalId, add, ({ errorCode }) => [errorCode])
    checkTransaction(transactionalId, added.errorCode, add.name)
    const commit = txnOffsetCommit({ ...identified, groupId, memberId, generationId, groupInstanceId, topics: topicsOf(positions) })
    const { errorCode } = await askCoordinator(this.#cluster, 'group', groupId, commit, (results) => results.map((result) => result.errorCode))
    if (isNoMember(errorCode)) throw fenced(transactionalId, `the group \`${groupId}\` has given its partitions to others`)
    checkTransaction(transactionalId, errorCode, commit.name)
  }

  /** What it takes to commit it, from any process; null where it has not begun. */
  handle(): TransactionHandle | null {
    if (this.#identity === null) return null
    return { ...this.#identified(), ...(this.#holdsPositions ? { positions: true } : {}) }
  }

  /** What was written is not to be seen. Nothing is under way any more. */
  async abort(): Promise<void> {
    // Whoever began it has been told why it could not.
    await this.#beginning?.catch(() => {})
    const handle = this.handle()
    if (handle !== null) await endTransaction(this.#cluster, handle, false)
  }

  #identified(): ProducerIdentity & { readonly transactionalId: string } {
    assert(this.#identity !== null && this.#transactionalId !== null, 'a transaction has begun when something is added to it')
    return { transactionalId: this.#transactionalId, ...this.#identity }
  }
}

/** @throws MillraceError KAFKA_FENCED, or what the code means */
function checkTransaction(transactionalId: string, errorCode: number, request: string): void {
  if (isLostTransaction(errorCode)) throw fenced(transactionalId, request)
  checkError(errorCode, `${request} for \`${transactionalId}\``)
}
