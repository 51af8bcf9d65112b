/** The name of one of a worker's transactional ids: `millrace-5f3a09c1d2e4-3-0`. The same in every attempt, so that the next one takes it over. */
export function transactionalIdOf(prefix: string, jobId: string, workerIndex: number, slot: number): string {
  return `${prefix}-${jobId}-${workerIndex}-${slot}`
}

/** Whether a transactional id is one of a job's. Names of other jobs may begin with the name of this one. */
export function isTransactionalIdOf(prefix: string, jobId: string, transactionalId: string): boolean {
  const start = `${prefix}-${jobId}-`
  return transactionalId.startsWith(start) && /^\d+-\d+$/.test(transactionalId.slice(start.length))
}
