import { MillraceError } from '@millrace/core'
import { performance } from 'node:perf_hooks'
import type { Cluster } from '../cluster/cluster.js'
import type { Connection } from '../drivers/connection.js'
import { kafkaFailure } from '../kafka-failure.js'
import { CLOSE_WAIT_MS, PRODUCE_REQUEST_BYTES_MAX, PRODUCE_REQUESTS_MAX, RETRY_PRODUCE_MS_MAX, SPARE_SETS_MAX } from '../limits.js'
import { brokerFailure } from '../protocol/error-codes.js'
import { produce, type ProduceResult } from '../protocol/produce.js'
import type { Compress } from '../records/compress.js'
import { BATCH_HEADER_BYTES, type EncodedHeaders, RecordSet } from '../records/record-set.js'
import { type PendingBatch, PartitionQueue } from './partition-queue.js'
import { fenced, outcomeOf } from './produce-outcome.js'
import { Segment } from './segment.js'
import { withinMs } from './within-ms.js'
import type { Session } from './session.js'

export interface ProducerSettings {
  readonly acks: -1 | 0 | 1
  readonly compress: Compress | null
  /** A batch of so many bytes is sent at once, a smaller one after `lingerMs`. */
  readonly batchBytes: number
  readonly lingerMs: number
  /** Of one batch, before it is compressed. */
  readonly batchBytesMax: number
  /** Bytes that wait before {@link Producer.ready} does. */
  readonly bufferBytes: number
  readonly requestTimeoutMs: number
  readonly deliveryTimeoutMs: number
  /** Before a batch is sent again; twice as long each time. */
  readonly backOffMs: number
}

/** The sessions of a producer: one for each segment of a transactional one, else one that is begun anew where brokers have lost count. */
export interface Sessions {
  ofSegment(): Session
  /** In place of one whose batches brokers do not take any more; null where there can be no other. */
  inPlaceOf(session: Session): Session | null
}

interface Shipment {
  readonly queue: PartitionQueue
  readonly batch: PendingBatch
}

/**
 * Sends rows to partitions, in batches by partition and in requests by leader. Rows of one partition keep their order through every retry, for
 * no partition has more than one batch under way.
 *
 * Nothing here waits: `append` encodes, and what is to be sent goes out as the event loop comes to it. Whoever appends asks `ready` now and
 * then, which waits while too much is in memory.
 */
export class Producer {
  readonly #cluster: Cluster
  readonly #settings: ProducerSettings
  readonly #sessions: Sessions
  readonly #topics = new Map<string, Promise<readonly PartitionQueue[]>>()
  /** Those with records. */
  readonly #active = new Set<PartitionQueue>()
  /** Requests under way, by connection. */
  readonly #underWay = new Map<Connection, number>()
  readonly #answers = new Set<Promise<void>>()
  readonly #segments = new Set<Segment>()
  #segment: Segment
  #spare: RecordSet[] = []
  #bufferedBytes = 0
  /** An open batch has come to its size. */
  #isDue = false
  #failure: MillraceError | null = null
  #isClosed = false
  #waiting: { resolve: () => void; reject: (error: MillraceError) => void }[] = []
  #timer: NodeJS.Timeout | null = null
  #timerAtMs = Infinity

  constructor(cluster: Cluster, settings: ProducerSettings, sessions: Sessions) {
    this.#cluster = cluster
    this.#settings = settings
    this.#sessions = sessions
    this.#segment = this.#newSegment()
  }

  /** The partitions of a topic, as they are when it is asked for first. @throws MillraceError KAFKA_TOPIC_MISSING, KAFKA_AUTHORIZATION */
  partitions(topic: string): Promise<readonly PartitionQueue[]> {
    let queues = this.#topics.get(topic)
    if (queues === undefined) {
      queues = this.#cluster.retrying(`topic \`${topic}\``, () => this.#cluster.topic(topic)).then(({ partitions }) => partitions.map((_, partition) => new PartitionQueue(topic, partition)))
      this.#topics.set(topic, queues)
    }
    return queues
  }

  /**
   * Adds a record to those of a partition: see {@link RecordSet.append}.
   *
   * @returns bytes that it takes
   * @throws MillraceError ROW_UNENCODABLE for one that is larger than a batch may be
   */
  append(
    queue: PartitionQueue, timestampMs: number,
    key: Uint8Array | null, keyStart: number, keyEnd: number,
    value: Uint8Array | null, valueStart: number, valueEnd: number,
    headers: EncodedHeaders | null,
  ): number {
    const { batchBytes, batchBytesMax } = this.#settings
    const most = (keyEnd - keyStart) + (valueEnd - valueStart) + (headers === null ? 0 : headers.end - headers.start) + 40
    if (queue.open !== null && queue.open.set.bytes + most > batchBytesMax) queue.seal()
    const { set } = queue.open ?? this.#begin(queue, most)
    const before = set.bytes
    set.append(timestampMs, key, keyStart, keyEnd, value, valueStart, valueEnd, headers)
    const bytes = set.bytes - before
    this.#bufferedBytes += bytes
    if (set.bytes >= batchBytes) this.#isDue = true
    return bytes
  }

  #begin(queue: PartitionQueue, bytes: number): PendingBatch {
    const { batchBytesMax } = this.#settings
    if (BATCH_HEADER_BYTES + bytes > batchBytesMax) throw tooLarge(queue, bytes, batchBytesMax)
    const startedMs = performance.now()
    const set = this.#spare.pop() ?? new RecordSet()
    queue.open = { set, segment: this.#segment, startedMs, triedMs: null, session: null, stamp: null, bytes: null }
    this.#segment.batchBegun()
    this.#active.add(queue)
    this.#wakeAt(startedMs + this.#settings.lingerMs)
    return queue.open
  }

  /** A promise where too much waits in memory, until it does not. @throws MillraceError what has failed since */
  ready(): void | Promise<void> {
    if (this.#failure !== null) throw this.#failure
    const isPressed = this.#bufferedBytes > this.#settings.bufferBytes
    if (this.#isDue || isPressed) this.#pump()
    if (!isPressed) return
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  /** Ends a segment: what is appended from now on belongs to the next. All of it is sent at once. */
  cut(): Segment {
    const segment = this.#segment
    for (const queue of this.#active) queue.seal()
    this.#segment = this.#newSegment()
    void segment.taken.then(() => this.#segments.delete(segment), () => {})
    segment.cut()
    this.#pump()
    return segment
  }

  #newSegment(): Segment {
    const segment = new Segment(this.#sessions.ofSegment())
    this.#segments.add(segment)
    if (this.#failure !== null) segment.fail(this.#failure)
    return segment
  }

  /** Sends what can be sent. */
  #pump(): void {
    if (this.#failure !== null || this.#isClosed) return
    this.#isDue = false
    const now = performance.now()
    const shipments = new Map<Connection, Map<Session, Shipment[]>>()
    const admissions = new Map<Session, PartitionQueue[]>()
    for (const queue of this.#active) {
      if (queue.isBusy) continue
      if (queue.notBeforeMs > now) {
        this.#wakeAt(queue.notBeforeMs)
        continue
      }
      const batch = this.#head(queue, now)
      if (batch === null) continue
      batch.triedMs ??= now
      if (queue.connection?.isOpen !== true) {
        this.#findLeader(queue)
        continue
      }
      batch.session ??= batch.segment.session
      if (!batch.session.admits(queue)) addTo(admissions, batch.session, queue)
      else if ((this.#underWay.get(queue.connection) ?? 0) < PRODUCE_REQUESTS_MAX) {
        let bySession = shipments.get(queue.connection)
        if (bySession === undefined) shipments.set(queue.connection, bySession = new Map())
        addTo(bySession, batch.session, { queue, batch })
      }
    }
    for (const [session, queues] of admissions) this.#admit(session, queues)
    for (const [connection, bySession] of shipments) for (const [session, shipped] of bySession) this.#ship(connection, session, shipped)
  }

  /** The batch that is to be sent next; null where it had better wait for more rows. */
  #head(queue: PartitionQueue, now: number): PendingBatch | null {
    const { open, sealed: [first] } = queue
    if (first !== undefined) return first
    if (open === null) return null
    const { batchBytes, lingerMs, bufferBytes } = this.#settings
    const dueMs = open.startedMs + lingerMs
    if (open.set.bytes < batchBytes && dueMs > now && this.#bufferedBytes <= bufferBytes) {
      this.#wakeAt(dueMs)
      return null
    }
    queue.seal()
    return open
  }

  #findLeader(queue: PartitionQueue): void {
    queue.isBusy = true
    this.#cluster.leader(queue.topic, queue.partition, 'produce').then(
      (connection) => {
        queue.isBusy = false
        queue.connection = connection
        this.#pumpSoon()
      },
      (error: unknown) => {
        queue.isBusy = false
        this.#cluster.learn(error)
        this.#tryAgain(queue, asFailure(error))
      },
    )
  }

  #admit(session: Session, queues: readonly PartitionQueue[]): void {
    for (const queue of queues) queue.isBusy = true
    session.admit(queues).then(
      () => {
        for (const queue of queues) queue.isBusy = false
        this.#pumpSoon()
      },
      // It has been tried for as long as there was hope.
      (error: unknown) => this.#fail(asFailure(error)),
    )
  }

  #ship(connection: Connection, session: Session, shipments: readonly Shipment[]): void {
    let from = 0
    let bytes = 0
    for (const [i, { batch, queue }] of shipments.entries()) {
      if (batch.bytes === null) {
        batch.stamp = session.stamp(queue, batch.set.count)
        batch.bytes = batch.set.seal(batch.stamp, this.#settings.compress)
      }
      if (bytes > 0 && bytes + batch.bytes.length > PRODUCE_REQUEST_BYTES_MAX) {
        this.#send(connection, session, shipments.slice(from, i))
        from = i
        bytes = 0
      }
      bytes += batch.bytes.length
    }
    this.#send(connection, session, shipments.slice(from))
  }

  #send(connection: Connection, session: Session, shipments: readonly Shipment[]): void {
    const { acks, requestTimeoutMs } = this.#settings
    const topics = new Map<string, { index: number; batch: Uint8Array }[]>()
    for (const { queue, batch } of shipments) {
      queue.isBusy = true
      addTo(topics, queue.topic, { index: queue.partition, batch: batch.bytes! })
    }
    const request = produce({
      transactionalId: session.transactionalId, acks, timeoutMs: requestTimeoutMs,
      topics: [...topics].map(([name, partitions]) => ({ name, partitions })),
    })
    this.#underWay.set(connection, (this.#underWay.get(connection) ?? 0) + 1)
    const answered = connection.send(request).then(
      (results) => this.#answered(shipments, acks === 0 ? null : results),
      (error: unknown) => this.#unanswered(shipments, asFailure(error)),
    ).finally(() => {
      const left = this.#underWay.get(connection)! - 1
      if (left === 0) this.#underWay.delete(connection)
      else this.#underWay.set(connection, left)
      this.#answers.delete(answered)
      this.#pump()
    })
    this.#answers.add(answered)
  }

  #answered(shipments: readonly Shipment[], results: readonly ProduceResult[] | null): void {
    for (const { queue, batch } of shipments) {
      queue.isBusy = false
      const result = results?.find(({ topic, partition }) => partition === queue.partition && topic === queue.topic)
      if (results === null) this.#taken(queue, batch)
      else if (result === undefined) this.#tryAgain(queue, kafkaFailure('KAFKA_PROTOCOL', `the broker's answer says nothing of ${queue.toString()}`), true)
      else this.#settle(queue, batch, result)
    }
  }

  #unanswered(shipments: readonly Shipment[], failure: MillraceError): void {
    this.#cluster.learn(failure)
    for (const { queue } of shipments) {
      queue.isBusy = false
      queue.connection = null
      this.#tryAgain(queue, failure)
    }
  }

  #settle(queue: PartitionQueue, batch: PendingBatch, { errorCode, message }: ProduceResult): void {
    const session = batch.session!
    const outcome = outcomeOf(errorCode, session.transactionalId !== null)
    const failure = (): MillraceError => brokerFailure(errorCode, `${queue.toString()} cannot be written`, { topic: queue.topic, partition: queue.partition }, message)
    switch (outcome) {
      case 'taken': return this.#taken(queue, batch)
      case 'again': return this.#tryAgain(queue, failure(), true)
      case 'moved':
        queue.connection = null
        this.#cluster.forget(queue.topic)
        return this.#tryAgain(queue, failure(), true)
      case 'smaller': return this.#halve(queue, batch)
      case 'renew': {
        const other = this.#sessions.inPlaceOf(session)
        if (other === null) return this.#fail(failure())
        batch.session = other
        batch.stamp = batch.bytes = null
        return this.#tryAgain(queue, failure(), true)
      }
      case 'fenced': return this.#fail(session.transactionalId === null ? failure() : fenced(session.transactionalId, failure().message))
      case 'fail': return this.#fail(failure())
    }
  }

  #taken(queue: PartitionQueue, batch: PendingBatch): void {
    queue.sealed.shift()
    queue.failures = 0
    if (queue.isEmpty) this.#active.delete(queue)
    this.#bufferedBytes -= batch.set.bytes - BATCH_HEADER_BYTES
    if (this.#spare.length < SPARE_SETS_MAX) {
      batch.set.clear()
      this.#spare.push(batch.set)
    }
    batch.segment.batchTaken()
    if (this.#waiting.length === 0 || this.#bufferedBytes > this.#settings.bufferBytes) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const { resolve } of waiting) resolve()
  }

  /** The topic takes no batch of that size: two of half as many records. */
  #halve(queue: PartitionQueue, batch: PendingBatch): void {
    const { set, segment, session, stamp } = batch
    if (set.count === 1) return this.#fail(tooLarge(queue, set.bytes - BATCH_HEADER_BYTES, null))
    session!.unstamp(queue, stamp!)
    segment.batchBegun()
    queue.sealed.splice(0, 1, ...set.halves().map((half): PendingBatch => ({ ...batch, set: half, session: session, stamp: null, bytes: null })))
    // Each has its own records, and together they have those of the one.
    this.#bufferedBytes += queue.sealed[0]!.set.bytes + queue.sealed[1]!.set.bytes - 2 * BATCH_HEADER_BYTES - (set.bytes - BATCH_HEADER_BYTES)
  }

  #tryAgain(queue: PartitionQueue, failure: MillraceError, passes: boolean = failure.retry): void {
    if (this.#failure !== null || this.#isClosed) return
    const { deliveryTimeoutMs, backOffMs } = this.#settings
    const now = performance.now()
    const triedMs = queue.sealed[0]?.triedMs ?? now
    if (!passes) return this.#fail(failure)
    if (now - triedMs > deliveryTimeoutMs) {
      return this.#fail(kafkaFailure(failure.code,
        `rows for ${queue.toString()} were not taken within 'properties.delivery.timeout.ms' (${deliveryTimeoutMs} ms): ${failure.message}`, {}, failure))
    }
    const wait = Math.min(RETRY_PRODUCE_MS_MAX, backOffMs * 2 ** queue.failures++)
    queue.notBeforeMs = now + wait * (0.5 + Math.random() / 2)
    this.#wakeAt(queue.notBeforeMs)
  }

  #fail(failure: MillraceError): void {
    if (this.#failure !== null) return
    this.#failure = failure
    for (const { reject } of this.#waiting) reject(failure)
    this.#waiting = []
    for (const segment of this.#segments) segment.fail(failure)
    this.#stopTimer()
  }

  /** Pumps once for all that becomes possible in this turn. */
  #pumpSoon(): void {
    this.#wakeAt(0)
  }

  #wakeAt(atMs: number): void {
    if (this.#timerAtMs <= atMs || this.#isClosed) return
    this.#stopTimer()
    this.#timerAtMs = atMs
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#timerAtMs = Infinity
      this.#pump()
    }, Math.max(0, Math.ceil(atMs - performance.now())))
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#timerAtMs = Infinity
  }

  /** Sends nothing more, and waits for what is under way, but not for long. Who waits for a segment learns that it will never be taken. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#stopTimer()
    const closed = kafkaFailure('KAFKA_UNAVAILABLE', 'the producer was closed before brokers had all rows')
    for (const segment of this.#segments) segment.fail(closed)
    for (const { reject } of this.#waiting) reject(closed)
    this.#waiting = []
    await withinMs(CLOSE_WAIT_MS, Promise.allSettled(this.#answers))
  }
}

function tooLarge(queue: PartitionQueue, bytes: number, bytesMax: number | null): MillraceError {
  const limit = bytesMax === null ? 'the topic takes no record of that size: `max.message.bytes` of the topic, or `message.max.bytes` of its brokers, is less'
    : `'properties.max.request.size' is ${bytesMax}`
  return kafkaFailure('ROW_UNENCODABLE', `a record of ${bytes} bytes for ${queue.toString()} is too large: ${limit}`, { bytes })
}

function addTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}

/** Anything but a MillraceError is a defect. */
function asFailure(error: unknown): MillraceError {
  return error instanceof MillraceError ? error : new MillraceError('INTERNAL', String(error), {}, { cause: error })
}
