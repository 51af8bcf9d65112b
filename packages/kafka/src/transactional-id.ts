import { createHash } from 'node:crypto'

/**
 * The name of one of a worker's transactional ids: `millrace-5f3a09c1d2e4-3-0-8d2c41`. The same in every attempt, so that the next one takes
 * it over. Its end says by which brokers the cluster is reached: tables that name others write by transactions of their own.
 */
export function transactionalIdOf(prefix: string, jobId: string, cluster: string, workerIndex: number, slot: number): string {
  return `${prefix}-${jobId}-${workerIndex}-${slot}-${createHash('sha256').update(cluster).digest('hex').slice(0, 6)}`
}

/** Whether a transactional id is one of a job's. Names of other jobs may begin with the name of this one. */
export function isTransactionalIdOf(prefix: string, jobId: string, transactionalId: string): boolean {
  const start = `${prefix}-${jobId}-`
  return transactionalId.startsWith(start) && /^\d+-\d+-[0-9a-f]{6}$/.test(transactionalId.slice(start.length))
}
