import { type KafkaDesk, sharedKafka } from '@millrace/test-kafka'
import { describeKafka } from '@millrace/test-kafka/vitest'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Chance } from '../differential/chance.js'
import { runWithKills } from './killed-runs.js'
import { placeOf, type RecoveryJob, writeInputs } from './recovery-jobs.js'

/** Kills of each job: a few with every change, more by `MILLRACE_KILLS`. */
const KILLS = Number(process.env['MILLRACE_KILLS'] ?? 2)
const SEED = Number(process.env['MILLRACE_SEED'] ?? Date.now() % 1_000_000)
const ROWS = KILLS >= 20 ? 200_000 : 40_000

const folder = mkdtempSync(join(tmpdir(), 'millrace-kafka-kill-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeAll(() => writeInputs(folder, 1, ROWS))

const EVENTS = `
  SET 'batch.rows' = '32';
  SET 'compile' = 'false';
  CREATE TABLE events (id INT, name STRING, page STRING, amount INT, at TIMESTAMP(3), WATERMARK FOR at AS at - INTERVAL '5' SECOND)
    WITH ('connector' = 'file', 'path' = '${folder}/events', 'format' = 'json', 'split-bytes' = '400kb');`

const result = (kafka: KafkaDesk, topic: string, columns: string): string => `CREATE TABLE result (${columns}) WITH ('connector' = 'kafka', 'topic' = '${topic}',
  'properties.bootstrap.servers' = '${kafka.bootstrapServers}', 'format' = 'json',
  'sink.delivery-guarantee' = 'exactly-once', 'sink.transactional-id-prefix' = '${topic}');`

const JOBS: readonly { readonly name: string; readonly sql: (kafka: KafkaDesk, topic: string) => string }[] = [
  {
    name: 'filter and projection',
    sql: (kafka, topic) => `${EVENTS} ${result(kafka, topic, 'id INT, page STRING, twice INT')}
      INSERT INTO result SELECT id, upper(page), amount * 2 FROM events WHERE amount > 100;`,
  },
  {
    name: 'windows',
    sql: (kafka, topic) => `${EVENTS} ${result(kafka, topic, 'at TIMESTAMP(3), page STRING, n BIGINT, total BIGINT, last INT')}
      INSERT INTO result SELECT window_start, page, count(*), sum(amount), max(id)
        FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(at), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, page;`,
  },
]

describeKafka('a job that writes a topic exactly once', () => {
  for (const { name, sql } of JOBS) {
    it(`shows each row once however often it is killed: ${name}`, async () => {
      const kafka = await sharedKafka()
      const run = async (killsMax: number): Promise<{ topic: string; rows: string; told: string; kills: number }> => {
        const topic = await kafka.createTopic(kafka.uniqueName('result'), { partitions: 4 })
        const job: RecoveryJob = { name, sql: () => sql(kafka, topic) }
        const { sqlFile, checkpoints } = placeOf(folder, job)
        const { kills, history } = await runWithKills(sqlFile, checkpoints, new Chance(SEED), { killsMax, workers: [1, 2, 3, 4] })
        const records = await kafka.consume(topic)
        const rows = records.map(({ value }) => Buffer.from(value!).toString()).sort().join('\n')
        return { topic, rows, kills, told: `again with MILLRACE_SEED=${SEED} MILLRACE_KILLS=${KILLS}\n${history.join('\n')}` }
      }
      const undisturbed = await run(0)
      expect(undisturbed.rows).not.toBe('')
      const killed = await run(KILLS)
      expect(killed.kills, killed.told).toBeGreaterThan(0)
      expect(killed.rows === undisturbed.rows, killed.told).toBe(true)
      const open = (await kafka.transactions()).filter(({ transactionalId, state }) => transactionalId.startsWith(killed.topic) && state === 'Ongoing')
      expect(open, killed.told).toEqual([])
    })
  }
})
