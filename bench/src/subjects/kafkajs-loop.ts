import { Kafka, logLevel } from 'kafkajs'
import type { Measurement } from '../measurement.js'
import { measure } from '../measurement.js'
import { resultHash } from '../result-hash.js'

export interface KafkajsLoopParameters {
  readonly bootstrapServers: string
  readonly topic: string
  readonly rows: number
  readonly each: 'batch' | 'message'
}

interface Group {
  count: number
  quantity: number
}

/** What a Node user would write by hand: a consumer of kafkajs, JSON.parse, a Map. Time and CPU count from the first message on. */
export async function kafkajsLoop({ bootstrapServers, topic, rows, each }: KafkajsLoopParameters): Promise<Measurement> {
  const kafka = new Kafka({ clientId: 'bench', brokers: bootstrapServers.split(','), logLevel: logLevel.ERROR })
  const consumer = kafka.consumer({ groupId: `bench-${process.pid}-${each}` })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const groups = new Map<string, Group>()
  let [seen, startMs, startCpu] = [0, 0, process.cpuUsage()]
  const take = (text: string): void => {
    if (seen++ === 0) [startMs, startCpu] = [performance.now(), process.cpuUsage()]
    const { symbol, quantity } = JSON.parse(text) as { symbol: string; quantity: number }
    const group = groups.get(symbol)
    if (group === undefined) {
      groups.set(symbol, { count: 1, quantity })
    } else {
      group.count++
      group.quantity += quantity
    }
  }
  return measure(rows, async () => {
    await new Promise<void>((resolve, reject) => {
      const done = (): void => { if (seen >= rows) resolve() }
      const running = each === 'batch'
        ? consumer.run({ eachBatch: async ({ batch }) => {
          for (const { value } of batch.messages) take(value!.toString())
          done()
        } })
        : consumer.run({ eachMessage: async ({ message }) => {
          take(message.value!.toString())
          done()
        } })
      running.catch(reject)
    })
    const cpu = process.cpuUsage(startCpu)
    const hash = resultHash([...groups].map(([symbol, { count, quantity }]) => [symbol, count, quantity]))
    return { hash, elapsedMs: performance.now() - startMs, cpuMs: (cpu.user + cpu.system) / 1e3 }
  })
}
