// Starts Apache Kafka on this machine and runs the SQL files of ../09-kafka against it.
import { millrace } from '@millrace/runtime'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startKafka } from '../../test/kafka/dist/index.js'

const folder = mkdtempSync(join(tmpdir(), 'millrace-example-'))
const kafka = await startKafka()
await kafka.createTopic('orders', { partitions: 8 })
await kafka.createTopic('customers', { config: { 'cleanup.policy': 'compact' } })
await kafka.createTopic('revenue', { partitions: 2 })

const sqlOf = (name) => readFileSync(new URL(`../09-kafka/${name}.sql`, import.meta.url), 'utf8')
const options = { workers: 2, params: { brokers: kafka.bootstrapServers, until: 'latest-offset' } }

await (await millrace.run(sqlOf('fill'), options)).done
await (await millrace.run(sqlOf('revenue'), { ...options, checkpoint: { address: join(folder, 'checkpoints'), restore: true } })).done
for await (const row of millrace.query(sqlOf('print'), options)) console.log(`${row.hour_start} ${row.country} ${row.orders} ${row.revenue}`)

await kafka.stop()
rmSync(folder, { recursive: true })
