import { MillraceError } from '@millrace/core'
import type { BrokerAddress, Connection } from '../drivers/connection.js'
import { driverOf } from '../drivers/driver-of.js'
import { kafkaFailure } from '../kafka-failure.js'
import { TOPIC_MISSING_MS, UNSTABLE_OFFSETS_MS } from '../limits.js'
import { brokerFailure, checkError, kafkaNameOf, type About } from '../protocol/error-codes.js'
import { findCoordinator, type CoordinatorKind } from '../protocol/find-coordinator.js'
import { EARLIEST, LATEST, listOffsets, type Isolation } from '../protocol/list-offsets.js'
import { metadata, type MetadataResponse, type PartitionMetadata, type TopicMetadata } from '../protocol/metadata.js'
import { backOffMs, pause } from './back-off.js'
import { BrokerConnections } from './broker-connections.js'
import type { ClusterSettings } from './settings.js'

export interface TopicInfo {
  readonly name: string
  /** By index. */
  readonly partitions: readonly PartitionMetadata[]
}

export type OffsetTime = 'earliest' | 'latest' | { readonly timestampMs: number }

/**
 * A Kafka cluster as one process or worker sees it: who leads which partition, who coordinates which group, and open connections to them.
 * What it knows can be out of date; a broker then says so, and {@link retrying} forgets it and asks again.
 */
export class Cluster {
  readonly settings: ClusterSettings
  readonly #connections: BrokerConnections
  readonly #ending = new AbortController()
  readonly #topics = new Map<string, Promise<TopicInfo>>()
  readonly #coordinators = new Map<string, Promise<BrokerAddress>>()
  #brokers: ReadonlyMap<number, BrokerAddress> = new Map()

  constructor(settings: ClusterSettings) {
    this.settings = settings
    this.#connections = new BrokerConnections(driverOf(settings.driver), settings.connection)
  }

  /** @throws MillraceError KAFKA_TOPIC_MISSING, KAFKA_AUTHORIZATION, … */
  topic(name: string): Promise<TopicInfo> {
    const known = this.#topics.get(name)
    if (known !== undefined) return known
    const asking = this.#topic(name)
    this.#topics.set(name, asking)
    asking.catch(() => {
      if (this.#topics.get(name) === asking) this.#topics.delete(name)
    })
    return asking
  }

  async #topic(name: string): Promise<TopicInfo> {
    const { topics } = await this.#metadata([name])
    return topicInfoOf(topics[0] ?? { errorCode: 3, name, isInternal: false, partitions: [] })
  }

  /** The names of all topics that are not Kafka's own. */
  async topicNames(): Promise<readonly string[]> {
    const { topics } = await this.#metadata(null)
    return topics.filter(({ isInternal, errorCode }) => !isInternal && errorCode === 0).map(({ name }) => name).sort()
  }

  async #metadata(topics: readonly string[] | null): Promise<MetadataResponse> {
    const answer = await (await this.any()).send(metadata({ topics }))
    this.#brokers = new Map(answer.brokers.map(({ id, host, port }) => [id, { host, port }]))
    return answer
  }

  /**
   * The connection to the leader of a partition.
   *
   * @param purpose connections of different purposes do not wait for each other's answers: `fetch`, `produce`
   */
  async leader(topic: string, partition: number, purpose = 'data'): Promise<Connection> {
    return this.#connections.get(await this.leaderOf(topic, partition), purpose)
  }

  /** Where the leader of a partition is, so that requests for several partitions of one broker can be made one. */
  async leaderOf(topic: string, partition: number): Promise<BrokerAddress> {
    const { partitions } = await this.topic(topic)
    const about = { topic, partition }
    const found = partitions[partition]
    if (found === undefined) throw kafkaFailure('KAFKA_TOPIC_MISSING', `topic \`${topic}\` has no partition ${partition}; it has ${partitions.length}`, about)
    const leader = this.#brokers.get(found.leader)
    if (leader === undefined) throw brokerFailure(found.errorCode || 5, `partition ${partition} of topic \`${topic}\` has no leader at the moment`, about)
    return leader
  }

  /** The connection to a broker by address, as {@link leaderOf} gives it. */
  at(address: BrokerAddress, purpose: string): Promise<Connection> {
    return this.#connections.get(address, purpose)
  }

  /** A connection to any broker that answers: one that is known, else one that is configured. */
  async any(): Promise<Connection> {
    let failure: unknown
    const candidates = [...shuffled([...this.#brokers.values()]), ...shuffled(this.settings.bootstrap)]
    for (const address of candidates) {
      try {
        return await this.#connections.get(address, 'any')
      } catch (error) {
        // Whom one broker does not let in, the next will not either.
        if (error instanceof MillraceError && !error.retry) throw error
        failure = error
      }
    }
    if (candidates.length === 1) throw failure
    throw kafkaFailure('KAFKA_UNAVAILABLE', `no broker of ${this.settings.name} can be reached; the last one: ${(failure as Error).message}`, {}, failure)
  }

  /** Connections to all brokers, for what each of them knows alone. @throws MillraceError KAFKA_UNAVAILABLE where one does not answer */
  async brokers(): Promise<readonly Connection[]> {
    await this.#metadata([])
    return Promise.all([...this.#brokers.values()].map((address) => this.#connections.get(address, 'any')))
  }

  /** The connection to the broker that looks after a group or a transactional id. Every group has its own: who joins waits for long. */
  async coordinator(kind: CoordinatorKind, key: string, purpose = ''): Promise<Connection> {
    const id = `${kind} ${key}`
    let asking = this.#coordinators.get(id)
    if (asking === undefined) {
      asking = this.#findCoordinator(kind, key)
      this.#coordinators.set(id, asking)
      asking.catch(() => this.#coordinators.delete(id))
    }
    return this.#connections.get(await asking, kind === 'group' ? `${id} ${purpose}` : kind)
  }

  async #findCoordinator(kind: CoordinatorKind, key: string): Promise<BrokerAddress> {
    const { errorCode, message, host, port } = await (await this.any()).send(findCoordinator({ kind, key }))
    checkError(errorCode, `the coordinator of ${kind} \`${key}\` cannot be found`, { coordinator: { kind, key } }, message)
    return { host, port }
  }

  /** Whether the broker behind `any` or a leader that is connected takes that version of a request. */
  async supports(apiKey: number, apiVersion: number): Promise<boolean> {
    await this.any()
    const known = [...this.#brokers.values(), ...this.settings.bootstrap]
    return known.some((address) => this.#connections.supports(address, apiKey, apiVersion))
  }

  /**
   * Offsets of partitions by time, from their leaders: of the first record, behind the last one, or of the first that is not older than a
   * timestamp (behind the last one where none is).
   */
  async offsets(topic: string, partitions: readonly number[], at: OffsetTime, isolation: Isolation = 'read_uncommitted'): Promise<Map<number, number>> {
    return this.retrying(`offsets of topic \`${topic}\``, () => this.#offsets(topic, partitions, at, isolation))
  }

  async #offsets(topic: string, partitions: readonly number[], at: OffsetTime, isolation: Isolation): Promise<Map<number, number>> {
    const timestampMs = at === 'earliest' ? EARLIEST : at === 'latest' ? LATEST : at.timestampMs
    const byLeader = new Map<Connection, number[]>()
    for (const partition of partitions) {
      const leader = await this.leader(topic, partition, 'any')
      const its = byLeader.get(leader) ?? []
      byLeader.set(leader, its)
      its.push(partition)
    }
    const answers = await Promise.all([...byLeader].map(([leader, its]) => (
      leader.send(listOffsets({ isolation, topics: [{ name: topic, partitions: its.map((index) => ({ index, timestampMs })) }] }))
    )))
    const found = new Map<number, number>()
    for (const { partition, errorCode, offset } of answers.flat()) {
      checkError(errorCode, `offsets of partition ${partition} of topic \`${topic}\` cannot be had`, { topic, partition })
      found.set(partition, offset)
    }
    const younger = [...found.keys()].filter((partition) => found.get(partition)! < 0)
    if (younger.length > 0) for (const [partition, offset] of await this.#offsets(topic, younger, 'latest', isolation)) found.set(partition, offset)
    return found
  }

  /** The leaders of a topic's partitions may be others, or there are more partitions. */
  forget(topic: string): void {
    this.#topics.delete(topic)
  }

  forgetCoordinator(kind: CoordinatorKind, key: string): void {
    this.#coordinators.delete(`${kind} ${key}`)
  }

  /** Forgets what a failure says is out of date: whoever retries in a way of his own calls it before the next attempt. */
  learn(error: unknown): void {
    if (!(error instanceof MillraceError)) return
    const { topic, coordinator } = error.details as About
    if (topic !== undefined) this.forget(topic)
    if (coordinator !== undefined) this.forgetCoordinator(coordinator.kind, coordinator.key)
    // A broker that is gone leads nothing any more.
    if (error.code !== 'KAFKA_UNAVAILABLE' || error.details.kafka !== undefined) return
    this.#topics.clear()
    this.#coordinators.clear()
  }

  /**
   * Runs `attempt` again, with back-off, while it fails with something that passes: up to `retry.timeout.ms`, and for a moment where a topic
   * is not there, as brokers learn of a new one in turn.
   *
   * @throws MillraceError the last failure, with what was tried
   */
  async retrying<T>(what: string, attempt: () => Promise<T>, limits: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {}): Promise<T> {
    const { timeoutMs = this.settings.retryTimeoutMs, signal } = limits
    const ending = signal === undefined ? this.#ending.signal : AbortSignal.any([signal, this.#ending.signal])
    const startMs = performance.now()
    for (let tries = 1; ; tries++) {
      try {
        return await attempt()
      } catch (error) {
        this.learn(error)
        const waitMs = backOffMs(tries)
        const limitMs = limitOf(error, timeoutMs)
        const elapsedMs = performance.now() - startMs
        if (!passes(error) || ending.aborted || elapsedMs + waitMs > limitMs) throw tried(error, what, tries, elapsedMs)
        await pause(waitMs, ending)
        if (ending.aborted) throw tried(error, what, tries, elapsedMs)
      }
    }
  }

  async close(): Promise<void> {
    this.#ending.abort()
    await this.#connections.close()
  }
}

/** @throws MillraceError KAFKA_TOPIC_MISSING, KAFKA_AUTHORIZATION, KAFKA_UNAVAILABLE */
function topicInfoOf({ errorCode, name, partitions }: TopicMetadata): TopicInfo {
  const about = { topic: name }
  if (errorCode === 3) throw brokerFailure(3, `there is no topic \`${name}\`; make it, for its partitions cannot be guessed`, about)
  checkError(errorCode, `topic \`${name}\` cannot be used`, about)
  const byIndex = [...partitions].sort((a, b) => a.index - b.index)
  if (byIndex.some(({ index }, i) => index !== i)) throw brokerFailure(5, `not all partitions of topic \`${name}\` are known yet`, about)
  return { name, partitions: byIndex }
}

function limitOf(error: unknown, timeoutMs: number): number {
  switch (kafkaNameOf(error)) {
    case 'UNKNOWN_TOPIC_OR_PARTITION': return Math.min(timeoutMs, TOPIC_MISSING_MS)
    case 'UNSTABLE_OFFSET_COMMIT': return Math.max(timeoutMs, UNSTABLE_OFFSETS_MS)
    default: return timeoutMs
  }
}

/** Whether the same attempt may succeed later. A process that was fenced has to begin anew, and then it may; the attempt itself will not. */
function passes(error: unknown): boolean {
  return error instanceof MillraceError && error.retry && error.code !== 'KAFKA_FENCED'
}

function tried(error: unknown, what: string, tries: number, elapsedMs: number): unknown {
  if (!(error instanceof MillraceError)) return error
  // A topic that is still missing will not come by itself.
  if (kafkaNameOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION') return new MillraceError(error.code, error.message, { ...error.details, retry: false }, { cause: error })
  if (tries === 1) return error
  const message = `${what}: ${error.message} (tried ${tries} times in ${(elapsedMs / 1000).toFixed(1)} s)`
  return new MillraceError(error.code, message, error.details, { cause: error })
}

function shuffled<T>(items: readonly T[]): T[] {
  const result = [...items]
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    ;[result[i], result[j]] = [result[j]!, result[i]!]
  }
  return result
}
