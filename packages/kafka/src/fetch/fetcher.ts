import { MillraceError } from '@millrace/core'
import { backOffMs, pause } from '../cluster/back-off.js'
import type { OffsetTime } from '../cluster/cluster.js'
import type { BrokerAddress, Connection } from '../drivers/connection.js'
import { addressText, kafkaFailure } from '../kafka-failure.js'
import { CHUNKS_WAITING_MAX, IMPATIENT_WAIT_MS, PREFETCH_BYTES_MAX } from '../limits.js'
import { brokerError, brokerFailure, checkError, kafkaNameOf } from '../protocol/error-codes.js'
import { fetch, type FetchedPartition, type FetchResponse } from '../protocol/fetch.js'
import type { Isolation } from '../protocol/list-offsets.js'
import { offsetBehind } from '../records/record-batches.js'
import { type FetchAnswer, PartitionQueue, type QueueFiller } from './partition-queue.js'

export interface FetchSettings {
  readonly isolation: Isolation
  readonly bytesMin: number
  readonly bytesMax: number
  readonly partitionBytesMax: number
  readonly waitMs: number
  /** Where to go on in a partition that no longer has the offset that is wanted; null: that is an error. */
  readonly reset: 'earliest' | 'latest' | null
}

/** What a fetcher needs of a `Cluster`. */
export interface FetchCluster {
  readonly settings: { readonly retryTimeoutMs: number; readonly connection: { readonly requestTimeoutMs: number } }
  leaderOf(topic: string, partition: number): Promise<BrokerAddress>
  at(address: BrokerAddress, purpose: string): Promise<Connection>
  offsets(topic: string, partitions: readonly number[], at: OffsetTime, isolation?: Isolation): Promise<Map<number, number>>
  learn(error: unknown): void
  retrying<T>(what: string, attempt: () => Promise<T>, limits?: { readonly signal?: AbortSignal }): Promise<T>
}

/** A broker, and the partitions that it leads of those that are read here. */
interface FetchedBroker {
  readonly address: BrokerAddress
  /** In the order in which the next request serves them: who got something goes to the end. */
  queues: PartitionQueue[]
  isAsked: boolean
  timer: NodeJS.Timeout | null
}

/**
 * Fetches records for all partitions that one worker reads of a table, ahead of their readers and within bounds. Each broker has at most one
 * request under way, for all of its partitions that have room; answers come in on the worker's event loop, and readers take what is there.
 *
 * A broker answers as soon as one of the partitions asked for has something, else it waits. So that no full queue that is emptied meanwhile
 * has to wait for partitions where nothing happens, these are asked for beside others or without a wait while there is one that is behind.
 */
export class Fetcher implements QueueFiller {
  readonly #cluster: FetchCluster
  readonly #settings: FetchSettings
  readonly #brokers = new Map<string, FetchedBroker>()
  readonly #ending = new AbortController()
  /** Bytes of answers that readers have not done with. */
  #held = 0

  constructor(cluster: FetchCluster, settings: FetchSettings) {
    this.#cluster = cluster
    this.#settings = settings
  }

  /** Begins to fetch a partition, from `offset` on and not from `until` on. */
  add(topic: string, partition: number, offset: number, until: number): PartitionQueue {
    const queue = new PartitionQueue(this, topic, partition, offset, until)
    if (!queue.isDone) void this.#place(queue)
    return queue
  }

  /** Bytes that are held for readers, for tests. */
  get bytesHeld(): number {
    return this.#held
  }

  close(): void {
    this.#ending.abort()
    for (const { timer } of this.#brokers.values()) if (timer !== null) clearTimeout(timer)
    this.#brokers.clear()
  }

  // ------------------------------------------------------------------------------------------------------ the queues

  madeRoom(queue: PartitionQueue): void {
    const broker = queue.leader === null ? undefined : this.#brokers.get(addressText(queue.leader))
    if (broker !== undefined) this.#ask(broker)
  }

  release(answer: FetchAnswer): void {
    if (--answer.chunksLeft > 0) return
    const wasFull = this.#held >= PREFETCH_BYTES_MAX
    this.#held -= answer.bytes
    if (wasFull) for (const broker of this.#brokers.values()) this.#ask(broker)
  }

  remove(queue: PartitionQueue): void {
    if (queue.leader === null) return
    const broker = this.#brokers.get(addressText(queue.leader))
    if (broker !== undefined) broker.queues = broker.queues.filter((other) => other !== queue)
    queue.leader = null
  }

  #hasRoom(queue: PartitionQueue): boolean {
    // Who has nothing may always ask: a queue that is not read must not keep others from going on.
    return queue.chunks.length === 0 || (queue.chunks.length < CHUNKS_WAITING_MAX && this.#held < PREFETCH_BYTES_MAX)
  }

  // ----------------------------------------------------------------------------------------------------- the leaders

  /** Finds out who leads a partition and asks there, after a while where that has failed before. */
  async #place(queue: PartitionQueue): Promise<void> {
    const signal = this.#ending.signal
    try {
      if (queue.failures > 0) await pause(backOffMs(queue.failures), signal)
      if (signal.aborted || queue.isClosed) return
      const { topic, partition } = queue
      const leader = await this.#cluster.retrying(`the leader of partition ${partition} of topic \`${topic}\``,
        () => this.#cluster.leaderOf(topic, partition), { signal })
      if (signal.aborted || queue.isClosed) return
      queue.leader = leader
      const key = addressText(leader)
      const broker = this.#brokers.get(key) ?? { address: leader, queues: [], isAsked: false, timer: null }
      this.#brokers.set(key, broker)
      broker.queues.push(queue)
      this.#ask(broker)
    } catch (error) {
      queue.failure = error
    }
  }

  /** A request for these partitions has failed: they are looked for again, or given up. */
  #fail(queues: readonly PartitionQueue[], error: unknown): void {
    const nowMs = performance.now()
    this.#cluster.learn(error)
    for (const queue of queues) {
      this.remove(queue)
      if (queue.failures++ === 0) queue.failingSinceMs = nowMs
      const isPast = nowMs - queue.failingSinceMs > this.#cluster.settings.retryTimeoutMs
      if (!(error instanceof MillraceError) || !error.retry || isPast) queue.failure = error
      else void this.#place(queue)
    }
  }

  // ---------------------------------------------------------------------------------------------------- the requests

  /** Asks a broker for what there is room for, if that is the moment. */
  #ask(broker: FetchedBroker): void {
    if (broker.isAsked || this.#ending.signal.aborted) return
    let othersAreBehind = false
    let othersAreFull = false
    const wanted: PartitionQueue[] = []
    for (const queue of broker.queues) {
      if (queue.isDone) continue
      if (this.#hasRoom(queue)) {
        wanted.push(queue)
      } else {
        othersAreFull = true
        othersAreBehind ||= queue.isBehind
      }
    }
    if (wanted.length === 0) return
    if (othersAreBehind && !wanted.some(({ isBehind }) => isBehind)) {
      // They have room soon, and are asked for together with these.
      broker.timer ??= setTimeout(() => {
        broker.timer = null
        void this.#request(broker, broker.queues.filter((queue) => wanted.includes(queue) && !queue.isDone), 0)
      }, IMPATIENT_WAIT_MS)
      return
    }
    void this.#request(broker, wanted, othersAreFull ? Math.min(IMPATIENT_WAIT_MS, this.#settings.waitMs) : this.#settings.waitMs)
  }

  async #request(broker: FetchedBroker, queues: readonly PartitionQueue[], waitMs: number): Promise<void> {
    if (broker.isAsked || queues.length === 0 || this.#ending.signal.aborted) return
    if (broker.timer !== null) clearTimeout(broker.timer)
    broker.timer = null
    broker.isAsked = true
    const { bytesMin, bytesMax, partitionBytesMax, isolation } = this.#settings
    const room = Math.max(partitionBytesMax, PREFETCH_BYTES_MAX - this.#held)
    const request = fetch({
      waitMs, bytesMin: waitMs === 0 ? 0 : bytesMin, bytesMax: Math.min(bytesMax, room), isolation,
      partitions: queues.map(({ topic, partition, nextOffset }) => ({ topic, partition, offset: nextOffset, bytesMax: partitionBytesMax })),
    })
    try {
      const connection = await this.#cluster.at(broker.address, 'fetch')
      const response = await connection.send(request, this.#cluster.settings.connection.requestTimeoutMs + waitMs)
      if (this.#ending.signal.aborted) return
      broker.isAsked = false
      this.#took(broker, queues, response)
    } catch (error) {
      if (this.#ending.signal.aborted) return
      broker.isAsked = false
      this.#fail(queues.filter(({ isClosed }) => !isClosed), error)
    }
    this.#ask(broker)
  }

  #took(broker: FetchedBroker, asked: readonly PartitionQueue[], { errorCode, partitions }: FetchResponse): void {
    checkError(errorCode, `broker ${addressText(broker.address)} gives no records`)
    const byName = new Map(asked.map((queue) => [`${queue.topic} ${queue.partition}`, queue]))
    const answer = { bytes: 0, chunksLeft: 1 }
    const served = new Set<PartitionQueue>()
    for (const fetched of partitions) {
      const queue = byName.get(`${fetched.topic} ${fetched.partition}`)
      if (queue === undefined || queue.isClosed) continue
      answer.bytes += fetched.records.length
      if (fetched.errorCode !== 0) this.#refused(queue, fetched)
      else if (this.#put(queue, fetched, answer)) served.add(queue)
    }
    this.#held += answer.bytes
    this.release(answer)
    if (served.size > 0) broker.queues = [...broker.queues.filter((queue) => !served.has(queue)), ...broker.queues.filter((queue) => served.has(queue))]
  }

  /** @returns whether it got anything */
  #put(queue: PartitionQueue, fetched: FetchedPartition, answer: FetchAnswer): boolean {
    const { isolation } = this.#settings
    queue.failures = 0
    queue.endOffset = isolation === 'read_committed' ? fetched.lastStableOffset : fetched.highWatermark
    const from = queue.nextOffset
    const behind = offsetBehind(fetched.records, from)
    if (behind === from) return false
    answer.chunksLeft++
    queue.nextOffset = behind
    const { topic, partition, until } = queue
    const aborted = isolation === 'read_committed' ? fetched.aborted : null
    queue.chunks.push({ answer, records: { topic, partition, bytes: fetched.records, from, until, aborted } })
    return true
  }

  #refused(queue: PartitionQueue, { topic, partition, errorCode }: FetchedPartition): void {
    const error = brokerFailure(errorCode, `partition ${partition} of topic \`${topic}\` cannot be read`, { topic, partition })
    if (kafkaNameOf(error) !== 'OFFSET_OUT_OF_RANGE') return this.#fail([queue], error)
    this.remove(queue)
    void this.#reset(queue)
  }

  /** The offset is gone: goes on where the table says, or says what there is. */
  async #reset(queue: PartitionQueue): Promise<void> {
    try {
      const { topic, partition } = queue
      const { reset, isolation } = this.#settings
      const offset = (await this.#cluster.offsets(topic, [partition], reset ?? 'earliest', isolation)).get(partition)!
      if (reset === null) throw offsetGone(queue, offset)
      queue.nextOffset = offset
      queue.failures++
      if (!queue.isDone) await this.#place(queue)
    } catch (error) {
      queue.failure = error
    }
  }
}

function offsetGone({ topic, partition, nextOffset }: PartitionQueue, earliest: number): MillraceError {
  const where = earliest > nextOffset ? `it begins at ${earliest} by now` : 'it ends before that'
  return kafkaFailure('KAFKA_OFFSET_GONE',
    `partition ${partition} of topic \`${topic}\` has no offset ${nextOffset} any more: ${where}, because of its retention or because it was made anew, so records are lost. `
    + 'Start the job afresh, or set \'properties.auto.offset.reset\' to go on from what there is', { topic, partition, offset: nextOffset, kafka: brokerError(1).name })
}
