import type { Cluster } from '../cluster/cluster.js'
import { TRANSACTION_SLOTS } from '../limits.js'
import { brokerFailure } from '../protocol/error-codes.js'
import { initProducerId, type ProducerIdentity } from '../protocol/init-producer-id.js'
import { askCoordinator } from './ask-coordinator.js'
import { fenced, isLostTransaction } from './produce-outcome.js'
import type { TransactionHandle } from './transaction-handle.js'

interface Slot {
  readonly transactionalId: string
  identity: ProducerIdentity
  /** True once a transaction was begun with that identity. */
  isUsed: boolean
}

/**
 * The transactional ids of one worker, used in turn: one may be prepared while the next is written, and the one before that is there until
 * its checkpoint is followed by another. Each use has an epoch of its own, so that no commit can be taken for that of another.
 */
export class TransactionSlots {
  readonly #cluster: Cluster
  readonly #timeoutMs: number
  readonly #slots: Slot[]

  private constructor(cluster: Cluster, timeoutMs: number, slots: Slot[]) {
    this.#cluster = cluster
    this.#timeoutMs = timeoutMs
    this.#slots = slots
  }

  /**
   * Takes the ids over from whoever had them, whose transactions are aborted. Not those of the checkpoint that the job goes on from: they may
   * have to be committed once more, until it is followed by another.
   *
   * @param nameOf the transactional id by slot
   * @param before what that checkpoint had prepared
   * @throws MillraceError OPTION_INVALID, KAFKA_AUTHORIZATION, KAFKA_UNAVAILABLE
   */
  static async open(
    cluster: Cluster, timeoutMs: number, nameOf: (slot: number) => string, before: readonly TransactionHandle[],
  ): Promise<TransactionSlots> {
    const slots = await Promise.all(Array.from({ length: TRANSACTION_SLOTS }, async (_, slot): Promise<Slot> => {
      const transactionalId = nameOf(slot)
      const prepared = before.find((handle) => handle.transactionalId === transactionalId)
      if (prepared !== undefined) return { transactionalId, identity: prepared, isUsed: true }
      return { transactionalId, identity: await takeOver(cluster, transactionalId, timeoutMs), isUsed: false }
    }))
    const free = slots.filter(({ isUsed }) => !isUsed)
    return new TransactionSlots(cluster, timeoutMs, [...free, ...slots.filter(({ isUsed }) => isUsed)])
  }

  /** The next id, for one transaction. @throws MillraceError KAFKA_FENCED */
  async take(): Promise<{ readonly transactionalId: string; readonly identity: ProducerIdentity }> {
    const slot = this.#slots.shift()!
    this.#slots.push(slot)
    if (slot.isUsed) slot.identity = await initialised(this.#cluster, slot.transactionalId, this.#timeoutMs, slot.identity)
    slot.isUsed = true
    return slot
  }
}

/** Aborts what is open under a transactional id and fences whoever has opened it. @returns the identity that it has now */
export function takeOver(cluster: Cluster, transactionalId: string, timeoutMs: number): Promise<ProducerIdentity> {
  return initialised(cluster, transactionalId, timeoutMs, null)
}

async function initialised(
  cluster: Cluster, transactionalId: string, timeoutMs: number, previous: ProducerIdentity | null,
): Promise<ProducerIdentity> {
  const request = initProducerId({ transactionalId, transactionTimeoutMs: timeoutMs, previous })
  const { errorCode, answer } = await askCoordinator(cluster, 'transaction', transactionalId, request, (given) => [given.errorCode])
  if (errorCode === 0) return { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
  if (isLostTransaction(errorCode)) throw fenced(transactionalId, request.name)
  throw brokerFailure(errorCode, `the transactional id \`${transactionalId}\` cannot be had`)
}
