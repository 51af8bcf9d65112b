import { createRuntime, type Job, type JobStats, type Row, type RunOptions } from '@millrace/runtime'
import { afterAll } from 'vitest'

/** A job that takes longer counts as stuck. */
const JOB_MS_MAX = 60_000

/** The threads of all jobs of a test file. */
const runtime = createRuntime({ workers: 4 })
afterAll(() => runtime.close())

/** Options of a table in a topic, as they stand between WITH's parentheses. */
export function kafkaTable(bootstrapServers: string, topic: string, options: Readonly<Record<string, string>> = {}): string {
  const all = { 'connector': 'kafka', 'properties.bootstrap.servers': bootstrapServers, topic, ...options }
  return Object.entries(all).map(([name, value]) => `'${name}' = '${value.replaceAll("'", "''")}'`).join(', ')
}

/** What a bounded query over topics answers. @throws MillraceError; JOB_CANCELLED where it takes longer than a minute */
export async function rowsOf(sql: string, options: Omit<RunOptions, 'results'> = {}): Promise<readonly Row[]> {
  const rows: Row[] = []
  for await (const row of runtime.query<Row>(sql, { ...jobOptions(), ...options })) rows.push(row)
  return rows
}

/** Runs INSERTs to their end. @throws as `rowsOf` */
export async function runSql(sql: string, options: RunOptions = {}): Promise<JobStats> {
  return (await startSql(sql, options)).done
}

export function startSql(sql: string, options: RunOptions = {}): Promise<Job> {
  return runtime.run(sql, { ...jobOptions(), ...options })
}

function jobOptions(): RunOptions {
  return { workers: 2, resolveFrom: [import.meta.url], signal: AbortSignal.timeout(JOB_MS_MAX) }
}
