import type { KafkaRequest } from './request.js'

export const LIST_TRANSACTIONS_KEY = 66

export interface ListTransactionsResponse {
  readonly errorCode: number
  readonly transactions: readonly ListedTransaction[]
}

export interface ListedTransaction {
  readonly transactionalId: string
  readonly producerId: number
  /** `Empty`, `Ongoing`, `PrepareCommit`, `PrepareAbort`, `CompleteCommit`, `CompleteAbort`, `PrepareEpochFence`. */
  readonly state: string
}

/**
 * The transactional ids that a broker coordinates. Every broker knows its own alone. From Kafka 3.0 on.
 *
 * @param states those to tell of; empty: all
 */
export function listTransactions(states: readonly string[]): KafkaRequest<ListTransactionsResponse> {
  return {
    name: 'ListTransactions', apiKey: LIST_TRANSACTIONS_KEY, apiVersion: 0, isFlexible: true,
    encode: (into) => {
      into.compactArray(states, (state) => into.compactString(state)).compactArray([], () => into).noTags()
    },
    decode: (body) => {
      body.int32()
      const errorCode = body.int16()
      body.compactArray(() => body.compactString())
      const transactions = body.compactArray((): ListedTransaction => {
        const transaction = { transactionalId: body.compactString(), producerId: body.int64(), state: body.compactString() }
        body.skipTags()
        return transaction
      })
      return { errorCode, transactions }
    },
  }
}
