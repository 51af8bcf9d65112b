import type { Cluster } from '../cluster/cluster.js'
import { kafkaFailure } from '../kafka-failure.js'
import { endTxn } from '../protocol/end-txn.js'
import { brokerFailure } from '../protocol/error-codes.js'
import type { ProducerIdentity } from '../protocol/init-producer-id.js'
import { askCoordinator } from './ask-coordinator.js'
import { fenced, isLostTransaction } from './produce-outcome.js'

/** A prepared transaction: all that it takes to commit it, from any process. Plain data. */
export interface TransactionHandle extends ProducerIdentity {
  readonly transactionalId: string
  /** True if positions of a group go with it: then nothing is lost where it is aborted, for its rows are read again. */
  readonly positions?: boolean
}

/**
 * Commits a transaction, or aborts it. Resolves when all partitions say so, which is after the broker has promised it. May be repeated as long
 * as its transactional id has no later transaction.
 *
 * @throws MillraceError KAFKA_TRANSACTION_LOST where it was aborted by others; KAFKA_FENCED if positions go with it
 */
export async function endTransaction(cluster: Cluster, handle: TransactionHandle, commit: boolean): Promise<void> {
  const { transactionalId } = handle
  const request = endTxn({ ...handle, commit })
  const end = (): Promise<{ readonly errorCode: number }> =>
    askCoordinator(cluster, 'transaction', transactionalId, request, ({ errorCode }) => [errorCode])
  const promised = await end()
  // Asked again it says that this passes (CONCURRENT_TRANSACTIONS) until all partitions have it.
  const { errorCode } = promised.errorCode === 0 ? await end() : promised
  if (errorCode === 0) return
  if (!isLostTransaction(errorCode)) throw brokerFailure(errorCode, `the transaction \`${transactionalId}\` cannot be ended`)
  // Whoever has taken it over, or its time limit, has aborted it.
  if (!commit) return
  if (handle.positions === true) throw fenced(transactionalId, 'it could not be committed')
  throw kafkaFailure('KAFKA_TRANSACTION_LOST',
    `the transaction \`${transactionalId}\` that a checkpoint has prepared cannot be committed any more: the broker has aborted it because it`
      + ' was open for longer than \'properties.transaction.timeout.ms\', or it was committed and later ones were too. If its rows are in the topic, go'
      + ' on with \'sink.lost-transactions\' = \'ignore\'; if they are missing, start afresh, or go on so and write them by a job of their own',
    { transactionalId, producerId: handle.producerId, producerEpoch: handle.producerEpoch })
}
