import type { MillraceError } from '@millrace/core'
import { kafkaFailure } from '../kafka-failure.js'
import { brokerError } from '../protocol/error-codes.js'

/**
 * What becomes of a batch by what the broker says of it.
 *
 * - `taken`: it is there, perhaps since it was sent before.
 * - `again`: this passes. `moved`: too, but ask who leads the partition.
 * - `smaller`: it is more than the topic takes in one batch.
 * - `renew`: the broker has lost count of this producer's batches; a new one begins to count anew.
 * - `fenced`: the transaction is no longer this producer's, or no longer open.
 * - `fail`: for good.
 */
export type ProduceOutcome = 'taken' | 'again' | 'moved' | 'smaller' | 'renew' | 'fenced' | 'fail'

export function outcomeOf(errorCode: number, isTransactional: boolean): ProduceOutcome {
  if (errorCode === 0) return 'taken'
  const { name, passes, stale } = brokerError(errorCode)
  switch (name) {
    case 'DUPLICATE_SEQUENCE_NUMBER': return 'taken'
    case 'MESSAGE_TOO_LARGE': case 'RECORD_LIST_TOO_LARGE': return 'smaller'
    case 'OUT_OF_ORDER_SEQUENCE_NUMBER': case 'UNKNOWN_PRODUCER_ID': case 'INVALID_PRODUCER_EPOCH': case 'PRODUCER_FENCED':
      return isTransactional ? 'fenced' : 'renew'
    case 'INVALID_TXN_STATE': case 'INVALID_PRODUCER_ID_MAPPING': case 'TRANSACTION_ABORTABLE': return 'fenced'
    default: return !passes ? 'fail' : stale === 'leaders' ? 'moved' : 'again'
  }
}

/** Whether a group's answer says that whoever asks has lost its place in it. */
export function isNoMember(errorCode: number): boolean {
  return NO_MEMBER.has(brokerError(errorCode).name)
}

/** Whether an answer says that a transaction is another's by now, or none any more. */
export function isLostTransaction(errorCode: number): boolean {
  return LOST_TRANSACTION.has(brokerError(errorCode).name)
}

const NO_MEMBER: ReadonlySet<string> = new Set(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID', 'REBALANCE_IN_PROGRESS'])

const LOST_TRANSACTION: ReadonlySet<string> = new Set([
  'INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', 'INVALID_PRODUCER_ID_MAPPING', 'INVALID_TXN_STATE', 'TRANSACTION_ABORTABLE',
])

/** A transaction that is not this producer's any more: it was aborted, for its time was up or another process has taken over. */
export function fenced(transactionalId: string, what: string): MillraceError {
  return kafkaFailure('KAFKA_FENCED',
    `the transaction \`${transactionalId}\` is not this process's any more (${what}): another process has taken it over, or it was open for`
      + ' longer than \'properties.transaction.timeout.ms\'; what was written in it is aborted, and the job goes on from where it was last committed',
    { transactionalId })
}
