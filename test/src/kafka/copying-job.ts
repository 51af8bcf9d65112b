import type { KafkaCluster } from '@millrace/test-kafka'
import { createRuntime, type Job, type RunOptions } from '@millrace/runtime'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { kafkaTable } from './kafka-sql.js'

export interface CopyPlan {
  readonly rows: number
  readonly rowsPerSecond: number
  readonly checkpointMs: number
  readonly workers: number
  /** The job has to have ended so long after it was begun. */
  readonly endMsMax: number
  /** How long the job tries again what has failed, before it goes on from its last checkpoint. */
  readonly retry?: string
}

/** The job that is being disturbed. */
export interface Copying {
  readonly job: Job
  readonly from: string
  readonly copy: string
  readonly counts: string
  /** No rows come, and none are on their way, until `goOn`: they are sent by a broker that may be killed then. */
  pause(): Promise<void>
  goOn(): void
}

const PLAN: CopyPlan = { rows: 3_000, rowsPerSecond: 300, checkpointMs: 500, workers: 2, endMsMax: 120_000 }
const PARTITIONS = 3
const FEED_MS = 100
const KEYS = 20

/**
 * A job from Kafka to Kafka, with a copy by transactions and counts by upserts, while rows come and `disturb` does what it likes: it must
 * end by itself and have written every row once.
 */
export async function copyUnder(
  kafka: KafkaCluster, disturb: (copying: Copying) => Promise<void>,
  { rows, rowsPerSecond, checkpointMs, workers, endMsMax, retry = '60s' }: CopyPlan = PLAN,
): Promise<readonly string[]> {
  const from = await kafka.createTopic(kafka.uniqueName('from'), { partitions: PARTITIONS })
  const copy = await kafka.createTopic(kafka.uniqueName('copy'), { partitions: PARTITIONS })
  const counts = await kafka.createTopic(kafka.uniqueName('counts'), { partitions: PARTITIONS })
  const ends = Array.from({ length: PARTITIONS }, (_, p) => `partition:${p},offset:${rows / PARTITIONS}`).join(';')
  const table = (topic: string, options: Record<string, string>): string =>
    kafkaTable(kafka.bootstrapServers, topic, { 'format': 'json', 'properties.request.timeout.ms': '5s', 'properties.retry.timeout.ms': retry, ...options })
  const sql = `
    CREATE TABLE source (id BIGINT, k STRING) WITH (${table(from, { 'scan.bounded.mode': 'specific-offsets', 'scan.bounded.specific-offsets': ends })});
    CREATE TABLE copied (id BIGINT, k STRING) WITH (${table(copy, {
      'key.format': 'raw', 'key.fields': 'k', 'sink.delivery-guarantee': 'exactly-once', 'sink.transactional-id-prefix': copy })});
    CREATE TABLE counted (k STRING, n BIGINT, total BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH (${table(counts, { 'key.format': 'json' })});
    INSERT INTO copied SELECT id, k FROM source WHERE MOD(id, 10) <> 9;
    INSERT INTO counted SELECT k, COUNT(*), SUM(id) FROM source GROUP BY k EMIT CHANGES`
  const folder = mkdtempSync(join(tmpdir(), 'millrace-copy-'))
  const notes: string[] = []
  const started = Date.now()
  const options: RunOptions = {
    workers, resolveFrom: [import.meta.url], signal: AbortSignal.timeout(endMsMax),
    checkpoint: { address: join(folder, 'checkpoints'), intervalMs: checkpointMs, restore: true },
    onNote: (text) => notes.push(`${((Date.now() - started) / 1_000).toFixed(1)} s: ${text}`),
  }
  const runtime = createRuntime({ workers })
  try {
    const job = await runtime.run(sql, options)
    const feed = new Feed(kafka)
    const [done] = await Promise.allSettled([
      job.done,
      feed.run(from, rows, rowsPerSecond),
      disturb({ job, from, copy, counts, pause: () => feed.pause(), goOn: () => feed.goOn() }),
    ]).then((settled) => {
      for (const each of settled) if (each.status === 'rejected') throw Object.assign(each.reason as Error, { notes })
      return settled
    })
    expect(done!.status).toBe('fulfilled')
    await expectCopied(kafka, copy, counts, rows, notes)
    return notes
  } finally {
    await runtime.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Rows by turns in all partitions, at a steady rate. */
class Feed {
  readonly #kafka: KafkaCluster
  #isPaused = false
  #isSending = false

  constructor(kafka: KafkaCluster) {
    this.#kafka = kafka
  }

  async run(topic: string, count: number, rowsPerSecond: number): Promise<void> {
    for (let next = 0; next < count; await sleep(FEED_MS)) {
      if (this.#isPaused) continue
      const until = Math.min(count, next + Math.ceil((rowsPerSecond * FEED_MS) / 1_000))
      const ids = Array.from({ length: until - next }, (_, i) => next + i)
      this.#isSending = true
      await this.#kafka.produce(topic, ids.map((id) => ({ value: JSON.stringify({ id, k: `k${id % KEYS}` }), partition: id % PARTITIONS })))
      this.#isSending = false
      next = until
    }
  }

  async pause(): Promise<void> {
    this.#isPaused = true
    while (this.#isSending) await sleep(FEED_MS / 10)
  }

  goOn(): void {
    this.#isPaused = false
  }
}

async function expectCopied(kafka: KafkaCluster, copy: string, counts: string, rows: number, notes: readonly string[]): Promise<void> {
  const all = Array.from({ length: rows }, (_, id) => id)
  const copied = (await kafka.consume(copy)).map(({ value }) => (JSON.parse(value!.toString()) as { id: number }).id).sort((a, b) => a - b)
  const expected = all.filter((id) => id % 10 !== 9)
  expect(differences(copied, expected), notes.join('\n')).toEqual({ missing: [], extra: [] })
  const last = new Map<string, unknown>()
  for (const { value } of await kafka.consume(counts)) {
    const row = JSON.parse(value!.toString()) as { k: string; n: number; total: number }
    last.set(row.k, [row.n, row.total])
  }
  const expectedCounts = new Map<string, unknown>(Array.from({ length: KEYS }, (_, k) => {
    const ids = all.filter((id) => id % KEYS === k)
    return [`k${k}`, [ids.length, ids.reduce((sum, id) => sum + id, 0)]]
  }))
  expect([...last].sort(), notes.join('\n')).toEqual([...expectedCounts].sort())
}

/** What is not there, and what is there too often. */
function differences(found: readonly number[], expected: readonly number[]): { missing: number[]; extra: number[] } {
  const left = new Map<number, number>()
  for (const each of found) left.set(each, (left.get(each) ?? 0) + 1)
  const missing: number[] = []
  for (const each of expected) {
    const count = left.get(each) ?? 0
    if (count === 0) missing.push(each)
    else if (count === 1) left.delete(each)
    else left.set(each, count - 1)
  }
  return { missing, extra: [...left.keys()] }
}
