#!/usr/bin/env node
// Starts the broker of the tests by hand, after a build, and stops it on Ctrl-C. `--brokers 3`, `--heap 512`, `--proxied`,
// `--listeners PLAINTEXT,SASL_SSL`, `--topic orders:8` (again and again), `--place FILE` (writes there what is printed).
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startKafka } from '../test/kafka/dist/index.js'

const { values } = parseArgs({
  options: {
    brokers: { type: 'string', default: '1' }, heap: { type: 'string', default: '512' }, proxied: { type: 'boolean', default: false },
    listeners: { type: 'string', default: 'PLAINTEXT' }, topic: { type: 'string', multiple: true, default: [] }, place: { type: 'string' },
  },
})
const kafka = await startKafka({
  brokers: Number(values.brokers), heapMb: Number(values.heap), proxied: values.proxied, listeners: values.listeners.split(','), speed: 'fast',
})
for (const topic of values.topic) {
  const [name, partitions = '1'] = topic.split(':')
  await kafka.createTopic(name, { partitions: Number(partitions) })
}
const told = [
  ...Object.entries(kafka.addresses).map(([name, address]) => `${name} ${address}`),
  `pid ${kafka.brokers.map((broker) => broker.process.pid).join(',')}`,
  `folder ${kafka.folder}`,
  `MILLRACE_KAFKA='${kafka.bootstrapServers}|${kafka.deskPorts[0]}'`,
].join('\n')
console.log(told)
if (values.place !== undefined) writeFileSync(values.place, `${told}\n`)

const waiting = setInterval(() => {}, 60_000)
const stop = async () => {
  clearInterval(waiting)
  await kafka.stop()
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
