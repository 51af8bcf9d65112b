import { kafkaFailure } from '../kafka-failure.js'
import type { Cluster } from '../cluster/cluster.js'
import type { Connection } from '../drivers/connection.js'
import { ByteReader } from '../protocol/byte-reader.js'
import { ByteWriter } from '../protocol/byte-writer.js'
import { brokerError } from '../protocol/error-codes.js'
import type { KafkaRequest } from '../protocol/request.js'
import { RecordBatchReader } from '../records/record-batches.js'

/** What a broker does with a produce request: takes it and says so, loses the connection before or after, or gives every partition this error. */
export type Fate = 'takes' | 'is lost before' | 'is lost after' | number

export interface FakeClusterOptions {
  readonly partitions: number
  readonly brokers: number
  readonly fate: (request: number) => Fate
  /** Before an answer. */
  readonly delayMs: () => number
  /** Of one batch. Past it MESSAGE_TOO_LARGE. */
  readonly batchBytesMax?: number
}

const UNKNOWN_PRODUCER_ID = 59
const OUT_OF_ORDER_SEQUENCE_NUMBER = 45
const NOT_LEADER = 6
const MESSAGE_TOO_LARGE = 10

/** Brokers in memory that keep the rules that producers rely on: sequence numbers, leaders, connections that end with all that is under way. */
export class FakeCluster {
  /** Values of each partition's records. */
  readonly logs: string[][]
  /** Produce requests that have come. */
  requests = 0
  /** Requests under way to one broker, at most. */
  underWayMax = 0
  readonly #options: FakeClusterOptions
  readonly #leaders: number[]
  readonly #connections = new Map<number, FakeConnection>()
  /** The next sequence number of a producer in a partition. */
  readonly #sequences = new Map<string, number>()
  #producers = 0

  constructor(options: FakeClusterOptions) {
    this.#options = options
    this.logs = Array.from({ length: options.partitions }, () => [])
    this.#leaders = Array.from({ length: options.partitions }, (_, partition) => partition % options.brokers)
  }

  /** As the code under test sees it. */
  get cluster(): Cluster {
    const fake = {
      topic: async (name: string) => ({ name, partitions: this.logs.map((_, index) => ({ index, errorCode: 0, leader: this.#leaders[index]!, leaderEpoch: 0 })) }),
      leader: async (_topic: string, partition: number) => this.#connection(this.#leaders[partition]!),
      any: async () => this.#connection(0),
      forget: () => {},
      learn: () => {},
      retrying: (_what: string, attempt: () => Promise<unknown>) => attempt(),
    }
    return fake as unknown as Cluster
  }

  #connection(broker: number): Connection {
    let connection = this.#connections.get(broker)
    if (connection?.isOpen !== true) this.#connections.set(broker, connection = new FakeConnection((request, body) => this.#answer(broker, request, body)))
    return connection
  }

  async #answer(broker: number, request: KafkaRequest<unknown>, body: Uint8Array): Promise<Uint8Array | null> {
    this.underWayMax = Math.max(this.underWayMax, this.#connections.get(broker)!.underWay)
    await new Promise((resolve) => setTimeout(resolve, this.#options.delayMs()))
    const into = new ByteWriter()
    if (request.name === 'InitProducerId') return into.int32(0).int16(0).int64(this.#producers++).int16(0).finish()
    const fate = this.#options.fate(this.requests++)
    if (fate === 'is lost before') return null
    const from = new ByteReader(body)
    from.nullableString()
    from.skip(6)
    const topics = from.array(() => ({ name: from.string(), partitions: from.array(() => ({ index: from.int32(), batch: from.byteString() })) }))
    into.array(topics, ({ name, partitions }) => {
      into.string(name).array(partitions, ({ index, batch }) => {
        const error = typeof fate === 'number' ? fate : this.#append(broker, index, batch)
        into.int32(index).int16(error).int64(0).int64(-1).int64(0).int32(0).nullableString(null)
      })
    })
    // A broker that no longer leads says so, and then another does.
    if (fate === NOT_LEADER) for (const { partitions } of topics) for (const { index } of partitions) this.#leaders[index] = (this.#leaders[index]! + 1) % this.#options.brokers
    return fate === 'is lost after' ? null : into.int32(0).finish()
  }

  #append(broker: number, partition: number, batch: Uint8Array): number {
    if (this.#leaders[partition] !== broker) return NOT_LEADER
    if (batch.length > (this.#options.batchBytesMax ?? Infinity)) return MESSAGE_TOO_LARGE
    const view = new DataView(batch.buffer, batch.byteOffset, batch.length)
    const count = view.getInt32(57)
    const producerId = Number(view.getBigInt64(43))
    if (producerId >= 0) {
      const key = `${producerId} ${partition}`
      const next = this.#sequences.get(key) ?? 0
      const sequence = view.getInt32(53)
      // Sent again: it is there.
      if (sequence < next) return sequence + count === next ? 0 : OUT_OF_ORDER_SEQUENCE_NUMBER
      if (sequence > next) return next === 0 ? UNKNOWN_PRODUCER_ID : OUT_OF_ORDER_SEQUENCE_NUMBER
      this.#sequences.set(key, next + count)
    }
    const reader = new RecordBatchReader(count, true)
    reader.begin({ topic: 't', partition, bytes: batch, from: 0, until: Infinity, aborted: null })
    while (reader.next()) {
      const { records } = reader
      for (let i = 0; i < records.count; i++) this.logs[partition]!.push(Buffer.from(records.bytes.subarray(records.valueStarts[i], records.valueEnds[i])).toString())
    }
    return 0
  }

  /** Forgets all producers, as brokers do after a while. */
  forgetProducers(): void {
    this.#sequences.clear()
  }
}

class FakeConnection implements Connection {
  isOpen = true
  underWay = 0
  readonly #answer: (request: KafkaRequest<unknown>, body: Uint8Array) => Promise<Uint8Array | null>
  readonly #lose = new Set<(error: unknown) => void>()

  constructor(answer: (request: KafkaRequest<unknown>, body: Uint8Array) => Promise<Uint8Array | null>) {
    this.#answer = answer
  }

  send<Response>(request: KafkaRequest<Response>): Promise<Response> {
    const into = new ByteWriter()
    request.encode(into)
    this.underWay++
    return new Promise<Response>((resolve, reject) => {
      this.#lose.add(reject)
      void this.#answer(request, into.finish().slice()).then((body) => {
        this.underWay--
        if (!this.isOpen) return
        if (body !== null) return resolve(request.isOneWay === true ? undefined as Response : request.decode(new ByteReader(body)))
        this.isOpen = false
        for (const lose of this.#lose) lose(kafkaFailure('KAFKA_UNAVAILABLE', 'the connection is lost'))
      })
    })
  }

  async close(): Promise<void> {
    this.isOpen = false
  }
}

export const codeOf = (name: string): number => {
  for (let code = 0; code < 200; code++) if (brokerError(code).name === name) return code
  throw new Error(`no error ${name}`)
}
