import { startKafka, type KafkaCluster } from '@millrace/test-kafka'
import { describeKafka } from '@millrace/test-kafka/vitest'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { copyUnder } from './copying-job.js'

let kafka: KafkaCluster

/** `npm test` looks at one fault; `npm run seeds:kafka` at all of them. */
const isLong = process.env['MILLRACE_KAFKA_FAULTS'] === 'all'

describeKafka('a job from Kafka to Kafka, three brokers', () => {
  beforeAll(async () => { kafka = await startKafka({ brokers: 3, proxied: true }) })
  afterAll(() => kafka?.stop())

  it('writes every row once though a broker is killed and comes back', async () => {
    await copyUnder(kafka, async () => {
      await sleep(3_000)
      await kafka.kill(3)
      await sleep(3_000)
      await kafka.restart(3)
    })
  })

  it.runIf(isLong)('writes every row once though one broker after the other is killed and comes back', async () => {
    await copyUnder(kafka, async ({ from }) => {
      for (const id of [2, 3, 2]) {
        await sleep(2_000)
        await kafka.kill(id)
        await sleep(4_000)
        await kafka.restart(id)
        await inSync(from)
      }
    }, { rows: 9_000, rowsPerSecond: 300, checkpointMs: 500, workers: 2, endMsMax: 180_000 })
  })

  it.runIf(isLong)('writes every row once though a broker is stopped in good order and started again', async () => {
    await copyUnder(kafka, async () => {
      await sleep(3_000)
      await kafka.shutDown(2)
      await sleep(2_000)
      await kafka.restart(2)
    })
  })

  it.runIf(isLong)('goes on where leaders move, without a failure', async () => {
    const notes = await copyUnder(kafka, async ({ from, copy, counts }) => {
      for (let round = 0; round < 6; round++) {
        await sleep(1_000)
        for (const topic of [from, copy, counts]) for (let partition = 0; partition < 3; partition++) await kafka.moveLeader(topic, partition, 1 + ((partition + round) % 3))
      }
    })
    expect(notes).toEqual([])
  })

  it.runIf(isLong)('goes on when all connections were cut for ten seconds', async () => {
    await copyUnder(kafka, async () => {
      await sleep(3_000)
      kafka.cut(10_000)
    })
  })

  it.runIf(isLong)('goes on when one broker was cut off for ten seconds', async () => {
    await copyUnder(kafka, async () => {
      await sleep(3_000)
      kafka.cut(10_000, 2)
    })
  })

  it.runIf(isLong)('goes on when nothing came through for ten seconds and nobody was told', async () => {
    await copyUnder(kafka, async () => {
      await sleep(3_000)
      kafka.silence(10_000)
    })
  })

  it.runIf(isLong)('writes every row once when it has to go on from its last checkpoint', async () => {
    const notes = await copyUnder(kafka, async () => {
      await sleep(4_000)
      // Well after a checkpoint and before the next: rows that were written since come again.
      kafka.cut(8_000)
    }, { rows: 3_000, rowsPerSecond: 300, checkpointMs: 3_000, workers: 2, endMsMax: 120_000, retry: '1s' })
    expect(notes.join('\n')).toContain('going on from the last checkpoint')
  })

  it.runIf(isLong)('goes on when all brokers were killed', async () => {
    await copyUnder(kafka, async ({ pause, goOn }) => {
      await sleep(3_000)
      await pause()
      await Promise.all([1, 2, 3].map((id) => kafka.kill(id)))
      await sleep(1_000)
      await Promise.all([1, 2, 3].map((id) => kafka.restart(id)))
      goOn()
    })
  })
})

/** Another broker may be killed when its copies are whole again: of three brokers two must have a row. */
async function inSync(topic: string): Promise<void> {
  for (const until = Date.now() + 30_000; Date.now() < until; await sleep(100)) {
    if ((await kafka.describeTopic(topic)).every((each) => each.inSync.length === 3)) return
  }
  throw new Error(`the brokers do not get in step again: ${JSON.stringify(await kafka.describeTopic(topic))}`)
}
