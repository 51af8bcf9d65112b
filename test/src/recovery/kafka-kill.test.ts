import { type ConsumedRecord, type KafkaDesk, sharedKafka } from '@millrace/test-kafka'
import { describeKafka } from '@millrace/test-kafka/vitest'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Chance } from '../differential/chance.js'
import { runWithKills } from './killed-runs.js'
import { placeOf, type RecoveryJob, writeInputs } from './recovery-jobs.js'

/** Kills over all jobs: a few with every change, a hundred and more by `MILLRACE_KILLS`. */
const KILLS = Number(process.env['MILLRACE_KILLS'] ?? 1)
const IS_LONG = KILLS >= 50
const SEED = Number(process.env['MILLRACE_SEED'] ?? process.env['MILLRACE_FIRST_SEED'] ?? Date.now() % 1_000_000)
const ROWS = IS_LONG ? 24_000 : 16_000
const KILLS_OF_ONE_RUN_MAX = IS_LONG ? 10 : 1

const folder = mkdtempSync(join(tmpdir(), 'millrace-kafka-state-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface StatefulJob {
  readonly name: string
  readonly columns: string
  readonly query: string
  /** The last record of each key counts. */
  readonly upsert?: true
}

/** Over topics, into a topic. Rows of a table that ends are late nowhere, so that the answer is one whatever is read first. */
const JOBS: readonly StatefulJob[] = [
  {
    name: 'windows',
    columns: 'at TIMESTAMP(3), page STRING, n BIGINT, total BIGINT, last INT',
    query: `SELECT window_start, page, count(*), sum(amount), max(id)
      FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(at), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, page`,
  },
  {
    name: 'a join',
    columns: 'id INT, page STRING, country STRING',
    query: `SELECT e.id, e.page, p.country FROM events AS e JOIN pages AS p ON e.page = p.page WHERE e.amount > 300`,
  },
  {
    name: 'a changelog by key',
    columns: 'page STRING, n BIGINT, total BIGINT, PRIMARY KEY (page) NOT ENFORCED',
    query: `SELECT page, count(*), sum(amount) FROM events GROUP BY page EMIT CHANGES`,
    upsert: true,
  },
]

/** A quick run takes one of them. */
const CHOSEN = JOBS.filter((_, index) => IS_LONG || index === SEED % JOBS.length)

const text = (bytes: Buffer | null): string => (bytes === null ? 'null' : bytes.toString())

function contentOf(records: readonly ConsumedRecord[], { upsert }: StatefulJob): string {
  if (upsert !== true) return records.map(({ value }) => text(value)).sort().join('\n')
  return [...new Map(records.map(({ key, value }) => [text(key), text(value)]))].map((pair) => pair.join(': ')).sort().join('\n')
}

describeKafka('a job with state from topics to a topic', () => {
  let kafka: KafkaDesk
  let input: { readonly events: string; readonly pages: string }
  const kills = new Map<string, number>()

  beforeAll(async () => {
    kafka = await sharedKafka()
    writeInputs(folder, 1, ROWS)
    const events = await kafka.createTopic(kafka.uniqueName('events'), { partitions: 6 })
    for (const file of readdirSync(join(folder, 'events'))) await kafka.load(events, join(folder, 'events', file))
    const pages = await kafka.createTopic(kafka.uniqueName('pages'), { partitions: 3 })
    await kafka.produce(pages, Array.from({ length: 90 }, (_, i) => ({ value: `{"page":"/p/${i}","country":"${['FI', 'NL', 'UK'][i % 3]!}"}` })))
    input = { events, pages }
  }, 300_000)

  const sqlOf = ({ columns, query, upsert }: StatefulJob, output: string): string => {
    const table = (topic: string): string => `'connector' = 'kafka', 'topic' = '${topic}', 'properties.bootstrap.servers' = '${kafka.bootstrapServers}', 'format' = 'json'`
    return `SET 'batch.rows' = '32';
      SET 'compile' = 'false';
      CREATE TABLE events (id INT, name STRING, page STRING, amount INT, at TIMESTAMP(3), WATERMARK FOR at AS at - INTERVAL '5' SECOND)
        WITH (${table(input.events)}, 'scan.bounded.mode' = 'latest-offset');
      CREATE TABLE pages (page STRING, country STRING) WITH (${table(input.pages)}, 'scan.bounded.mode' = 'latest-offset');
      CREATE TABLE result (${columns}) WITH (${table(output)}${upsert === true ? `, 'key.format' = 'json'` : ''},
        'sink.delivery-guarantee' = 'exactly-once', 'sink.transactional-id-prefix' = '${output}');
      INSERT INTO result ${query};`
  }

  for (const [index, job] of CHOSEN.entries()) {
    it(`writes what an undisturbed one does, however often it is killed: ${job.name}`, async () => {
      const run = async (seed: number, killsMax: number): Promise<{ content: string; told: string; kills: number }> => {
        const output = await kafka.createTopic(kafka.uniqueName('result'), { partitions: 4 })
        const recovery: RecoveryJob = { name: job.name, sql: () => sqlOf(job, output) }
        const { sqlFile, checkpoints } = placeOf(folder, recovery)
        const runs = await runWithKills(sqlFile, checkpoints, new Chance(seed + index), { killsMax, workers: [1, 2, 3, 4] })
        const told = `${job.name}: again with MILLRACE_SEED=${seed} MILLRACE_KILLS=${KILLS}\n${runs.history.join('\n')}`
        const open = (await kafka.transactions()).filter(({ transactionalId, state }) => transactionalId.startsWith(output) && state === 'Ongoing')
        expect(open, told).toEqual([])
        return { content: contentOf(await kafka.consume(output), job), told, kills: runs.kills }
      }
      const undisturbed = await run(SEED, 0)
      expect(undisturbed.content).not.toBe('')
      let killed = 0
      for (let round = 0; killed < KILLS / CHOSEN.length && round < KILLS * 2; round++) {
        const disturbed = await run(SEED + round * JOBS.length, KILLS_OF_ONE_RUN_MAX)
        expect(disturbed.content === undisturbed.content, disturbed.told).toBe(true)
        killed += disturbed.kills
      }
      kills.set(job.name, killed)
    }, IS_LONG ? 1_800_000 : 120_000)
  }

  it('and was killed as often as it should have been', () => {
    expect([...kills.values()].reduce((sum, n) => sum + n, 0)).toBeGreaterThanOrEqual(IS_LONG ? KILLS : 1)
  })
})
