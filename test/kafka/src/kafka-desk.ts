import { randomBytes } from 'node:crypto'
import { base64, fromBase64, type ConsumedRecord, type ConsumeOptions, type Desk, type ProducedRecord, type ProduceOptions } from './desk.js'

export interface PartitionState {
  readonly partition: number
  /** −1: none. */
  readonly leader: number
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
}

export interface GroupMember {
  readonly memberId: string
  readonly clientId: string
  readonly instanceId: string | null
  /** `orders-3`. */
  readonly partitions: readonly string[]
}

/** What tests ask of Kafka beside what they test: all of it is done by Java's own clients. */
export abstract class KafkaDesk {
  readonly bootstrapServers: string
  readonly #brokerCount: number

  constructor(bootstrapServers: string, brokerCount: number) {
    this.bootstrapServers = bootstrapServers
    this.#brokerCount = brokerCount
  }

  protected abstract desk(): Promise<Desk>

  async #ask<T>(what: string, parameters: object = {}): Promise<T> {
    return (await this.desk()).ask<T>(what, parameters)
  }

  /** A name that no other test has. */
  uniqueName(stem: string): string {
    return `${stem}-${randomBytes(5).toString('hex')}`
  }

  /** Makes a topic and waits until all its partitions have leaders. */
  async createTopic(topic: string, options: { partitions?: number; replication?: number; config?: Record<string, string> } = {}): Promise<string> {
    const { partitions = 1, replication = Math.min(this.#brokerCount, 3), config = {} } = options
    await this.#ask('createTopic', { topic, partitions, replication, config })
    return topic
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.#ask('deleteTopic', { topic })
  }

  async addPartitions(topic: string, partitions: number): Promise<void> {
    await this.#ask('addPartitions', { topic, partitions })
  }

  describeTopic(topic: string): Promise<readonly PartitionState[]> {
    return this.#ask('describeTopic', { topic })
  }

  /** Of each partition, in their order. */
  offsets(topic: string, at: 'earliest' | 'latest' = 'latest'): Promise<readonly number[]> {
    return this.#ask('offsets', { topic, at })
  }

  /** Removes records of a partition before an offset, as retention does. */
  async deleteRecords(topic: string, partition: number, before: number): Promise<void> {
    await this.#ask('deleteRecords', { topic, partition, before })
  }

  /** The offsets that a group has committed. */
  committed(group: string): Promise<readonly { topic: string; partition: number; offset: number; metadata: string }[]> {
    return this.#ask('committed', { group })
  }

  async commit(group: string, topic: string, partition: number, offset: number): Promise<void> {
    await this.#ask('commit', { group, topic, partition, offset })
  }

  members(group: string): Promise<readonly GroupMember[]> {
    return this.#ask('members', { group })
  }

  transactions(): Promise<readonly { transactionalId: string; producerId: number; state: string }[]> {
    return this.#ask('transactions')
  }

  async moveLeader(topic: string, partition: number, to: number): Promise<void> {
    await this.#ask('moveLeader', { topic, partition, to })
  }

  /** With `acls`: e.g. `allow('alice', 'READ', 'TOPIC', 'orders')`. */
  async allow(user: string, operation: string, resource: 'TOPIC' | 'GROUP' | 'TRANSACTIONAL_ID' | 'CLUSTER', name: string): Promise<void> {
    await this.#ask('allow', { user, operation, resource, name })
  }

  /** Ids of the brokers that the cluster knows to be alive. */
  living(): Promise<readonly number[]> {
    return this.#ask('brokers')
  }

  produce(topic: string, records: readonly ProducedRecord[], options: ProduceOptions = {}): Promise<readonly { partition: number; offset: number }[]> {
    return this.#ask('produce', {
      topic, config: options.config ?? {}, transaction: options.transaction ?? '',
      records: records.map(({ key, value, headers = [], partition, timestamp }) => ({
        key: base64(key), value: base64(value), partition, timestamp, headers: headers.map(([name, text]) => [name, base64(text)]),
      })),
    })
  }

  /** Produces each line of a file: `value`, or `key TAB value` with `keys`. @returns how many */
  load(topic: string, file: string, options: { keys?: boolean; config?: Record<string, string> } = {}): Promise<number> {
    return this.#ask('load', { topic, file, keys: options.keys === true, config: options.config ?? {} })
  }

  /** All that the topic has now, by partition and offset. */
  async consume(topic: string, options: ConsumeOptions = {}): Promise<readonly ConsumedRecord[]> {
    interface Told extends Omit<ConsumedRecord, 'key' | 'value' | 'headers'> { key: string | null; value: string | null; headers: [string, string | null][] }
    const config = { 'isolation.level': options.isolation ?? 'read_committed' }
    const records = await this.#ask<Told[]>('consume', { topic, config })
    return records.map((record) => ({
      ...record, key: fromBase64(record.key), value: fromBase64(record.value),
      headers: record.headers.map(([name, value]) => [name, fromBase64(value)] as const),
    }))
  }

  /** Where Java's default partitioner puts each key. */
  partitionsOf(keys: readonly Uint8Array[], count: number): Promise<readonly number[]> {
    return this.#ask('partitions', { keys: keys.map((key) => base64(key)), count })
  }
}
