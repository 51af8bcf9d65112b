import { setTimeout } from 'node:timers/promises'
import type { Cluster } from '../cluster/cluster.js'
import { CONCURRENT_WAIT_MS, CONCURRENT_WAIT_MS_MAX } from '../limits.js'
import { brokerError, brokerFailure } from '../protocol/error-codes.js'
import type { KafkaRequest } from '../protocol/request.js'

/**
 * Sends a request to the coordinator of a group or a transaction until its answer is none that passes.
 *
 * @param codesOf all error codes of an answer
 * @returns the last answer, and the first code in it that is none of success, or 0
 * @throws MillraceError KAFKA_UNAVAILABLE, what a code means that has not passed within `retry.timeout`
 */
export async function askCoordinator<Response>(
  cluster: Cluster, kind: 'group' | 'transaction', key: string, request: KafkaRequest<Response>, codesOf: (answer: Response) => readonly number[],
): Promise<{ readonly errorCode: number; readonly answer: Response }> {
  return cluster.retrying(`${request.name} for \`${key}\``, async () => {
    for (let waitMs = CONCURRENT_WAIT_MS; ; waitMs *= 2) {
      const answer = await (await cluster.coordinator(kind, key)).send(request)
      const codes = codesOf(answer).filter((code) => code !== 0)
      const passing = codes.find((code) => brokerError(code).passes)
      if (passing === undefined) return { errorCode: codes[0] ?? 0, answer }
      // What came before is being written to all its partitions, which takes a few milliseconds.
      if (brokerError(passing).name === 'CONCURRENT_TRANSACTIONS' && waitMs <= CONCURRENT_WAIT_MS_MAX) await setTimeout(waitMs)
      else throw brokerFailure(passing, `${request.name} for \`${key}\``, { coordinator: { kind, key } })
    }
  })
}
