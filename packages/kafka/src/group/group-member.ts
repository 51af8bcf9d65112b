import { MillraceError } from '@millrace/core'
import { backOffMs, pause } from '../cluster/back-off.js'
import type { Cluster } from '../cluster/cluster.js'
import { splitIdOf, type TopicPartition } from '../cluster/table-partitions.js'
import { kafkaFailure } from '../kafka-failure.js'
import { LEAVE_TIMEOUT_MS } from '../limits.js'
import { brokerFailure, checkError, kafkaNameOf } from '../protocol/error-codes.js'
import { heartbeat } from '../protocol/heartbeat.js'
import { joinGroup, type JoinGroupResponse } from '../protocol/join-group.js'
import { leaveGroup } from '../protocol/leave-group.js'
import { syncGroup, type GroupIdentity } from '../protocol/sync-group.js'
import { commitOffsets } from './commit-offsets.js'
import { decodeClaim, decodeShare, encodeClaim, encodeShare } from './consumer-protocol.js'
import { givePartitions, sharePartitions } from './share-partitions.js'

export interface GroupSettings {
  readonly groupId: string
  readonly groupInstanceId: string | null
  readonly sessionTimeoutMs: number
  readonly heartbeatMs: number
  readonly rebalanceTimeoutMs: number
  readonly share: 'shared' | 'whole'
}

/** Whom the member tells what happens to it. */
export interface GroupEvents {
  /** The partitions are about to change, or were lost: `assignment` is to be asked again once everything is committed. */
  changing(): void
  failed(error: MillraceError): void
  note(text: string): void
}

/** What a member has in one generation of its group. */
export interface Assignment extends GroupIdentity {
  readonly partitions: readonly TopicPartition[]
}

/**
 * One process as a member of a consumer group.
 *
 * `shared`: when the group changes, the job first commits what it has read, and then the member joins the next generation; partitions that it
 * keeps are the same as far as that is fair. `whole`: one member has everything, and whoever comes or goes besides does not concern it, so it
 * joins the next generation in the background.
 */
export class GroupMember {
  readonly #cluster: Cluster
  readonly #settings: GroupSettings
  readonly #events: GroupEvents
  readonly #ending = new AbortController()
  readonly #topics = new Map<object, readonly string[]>()
  #memberId = ''
  #firstGenerationId = -1
  #current: Assignment | null = null
  #isLeader = false
  /** The group goes to another generation, in which this member is to be. */
  #isOutdated = false
  /** The coordinator no longer counts this member in: what it commits is refused. */
  #isLost = false
  #joining: Promise<void> | null = null
  #closed: Promise<void> | null = null
  #beat: NodeJS.Timeout | undefined
  #slow: NodeJS.Timeout | undefined

  constructor(cluster: Cluster, settings: GroupSettings, events: GroupEvents) {
    this.#cluster = cluster
    this.#settings = settings
    this.#events = events
  }

  get isLeader(): boolean {
    return this.#isLeader
  }

  /** Says which topics a table of the job reads. Where they have changed, or the leader has seen new partitions, the group shares anew. */
  reads(table: object, topics: readonly string[], hasNewPartitions = false): void {
    const before = this.#topics.get(table)
    this.#topics.set(table, topics)
    if (this.#current === null || before === undefined) return
    if (hasNewPartitions || before.join('\n') !== topics.join('\n')) this.#outdated()
  }

  /**
   * What this member has from now on; joins the next generation where there is one. No partition that it had is being read.
   *
   * @param given the generation that the caller was given before, −1 for none: another table of the job may know of the next one already
   * @throws MillraceError KAFKA_GROUP, KAFKA_FENCED, KAFKA_AUTHORIZATION, KAFKA_UNAVAILABLE
   */
  async assignment(given: number): Promise<Assignment> {
    await this.#joining
    if (this.#current === null || this.#isLost || (this.#isOutdated && given === this.#current.generationId)) await this.#join()
    return this.#current!
  }

  /**
   * Commits offsets of partitions that the member has.
   *
   * @throws MillraceError KAFKA_FENCED where they are another's by now, KAFKA_UNAVAILABLE
   */
  async commit(offsets: readonly (TopicPartition & { readonly offset: number })[]): Promise<void> {
    for (let tries = 1; ; tries++) {
      await this.#joining
      const current = this.#current
      const own = new Set(current?.partitions.map(splitIdOf))
      const foreign = offsets.find((partition) => !own.has(splitIdOf(partition)))
      if (current === null || this.#isLost || foreign !== undefined) throw this.#fenced(foreign)
      try {
        return await commitOffsets(this.#cluster, current, offsets)
      } catch (error) {
        const isMoving = this.#settings.share === 'whole' && (this.#joining !== null || this.#current !== current || kafkaNameOf(error) === 'REBALANCE_IN_PROGRESS')
        if (!isMoving || this.#ending.signal.aborted) throw error
        await pause(backOffMs(tries), this.#ending.signal)
      }
    }
  }

  #fenced(foreign: TopicPartition | undefined): MillraceError {
    const what = foreign === undefined ? 'its partitions' : `partition ${foreign.partition} of topic \`${foreign.topic}\``
    return kafkaFailure('KAFKA_FENCED', `group \`${this.#settings.groupId}\` has given ${what} to another process; what was read of it is read again there`)
  }

  /** Leaves, so that the others go on at once; a member with an instance id is waited for. */
  close(): Promise<void> {
    this.#closed ??= this.#leave()
    return this.#closed
  }

  async #leave(): Promise<void> {
    this.#ending.abort()
    clearTimeout(this.#beat)
    clearTimeout(this.#slow)
    const { groupId, groupInstanceId } = this.#settings
    if (this.#memberId === '' || groupInstanceId !== null || this.#isLost) return
    const leaving = (async () => (await this.#cluster.coordinator('group', groupId)).send(leaveGroup({ groupId, memberId: this.#memberId, groupInstanceId }), LEAVE_TIMEOUT_MS))()
    // The session times out where that does not arrive: nobody is hurt but by waiting for it.
    await Promise.race([leaving.catch(() => undefined), pause(LEAVE_TIMEOUT_MS)])
  }

  async #join(): Promise<void> {
    clearTimeout(this.#beat)
    clearTimeout(this.#slow)
    this.#isOutdated = false
    for (let tries = 1; ; tries++) {
      if (this.#ending.signal.aborted) throw kafkaFailure('KAFKA_UNAVAILABLE', `group \`${this.#settings.groupId}\` was left`, { retry: false })
      try {
        const joined = await this.#joined()
        const partitions = await this.#synced(joined)
        const { generationId, memberId } = joined
        const { groupId, groupInstanceId } = this.#settings
        if (this.#firstGenerationId < 0) this.#firstGenerationId = generationId
        this.#isLost = false
        this.#current = { groupId, groupInstanceId, generationId, memberId, partitions }
        this.#scheduleBeat(this.#settings.heartbeatMs)
        return
      } catch (error) {
        if (!this.#beginsAnew(error)) throw this.#explained(error)
        await pause(tries === 1 ? 0 : backOffMs(tries), this.#ending.signal)
      }
    }
  }

  /** Whether to join once more after that; forgets what the coordinator does not know any more. */
  #beginsAnew(error: unknown): boolean {
    switch (kafkaNameOf(error)) {
      case 'REBALANCE_IN_PROGRESS': return true
      case 'MEMBER_ID_REQUIRED': case 'ILLEGAL_GENERATION': return true
      case 'UNKNOWN_MEMBER_ID':
        this.#forgetMembership()
        return true
      default: return false
    }
  }

  #forgetMembership(): void {
    this.#memberId = ''
    this.#firstGenerationId = -1
    this.#isLeader = false
  }

  async #joined(): Promise<JoinGroupResponse> {
    const { groupId, groupInstanceId, sessionTimeoutMs, rebalanceTimeoutMs, share } = this.#settings
    const topics = [...new Set([...this.#topics.values()].flat())].sort()
    // What was lost may be another's by now, and is no claim.
    const { partitions: owned = [], generationId = -1 } = this.#isLost || this.#memberId === '' ? {} : this.#current ?? {}
    const metadata = encodeClaim({ topics, owned, generationId, firstGenerationId: this.#firstGenerationId })
    const request = joinGroup({ groupId, sessionTimeoutMs, rebalanceTimeoutMs, memberId: this.#memberId, groupInstanceId, protocols: [{ name: `millrace-${share}-1`, metadata }] })
    const joined = await this.#asking(async () => {
      const answer = await (await this.#coordinator()).send(request, rebalanceTimeoutMs + this.#cluster.settings.connection.requestTimeoutMs)
      if (answer.errorCode === 79) this.#memberId = answer.memberId
      checkError(answer.errorCode, `group \`${groupId}\` cannot be joined`, this.#about())
      return answer
    })
    this.#memberId = joined.memberId
    this.#isLeader = joined.leader === joined.memberId
    return joined
  }

  async #synced(joined: JoinGroupResponse): Promise<TopicPartition[]> {
    const { groupId, groupInstanceId, rebalanceTimeoutMs } = this.#settings
    const { generationId, memberId } = joined
    const assignments = this.#isLeader && joined.members.length > 0 ? await this.#shares(joined) : []
    const { assignment } = await this.#asking(async () => {
      const coordinator = await this.#coordinator()
      const answer = await coordinator.send(syncGroup({ groupId, groupInstanceId, generationId, memberId, assignments }), rebalanceTimeoutMs + this.#cluster.settings.connection.requestTimeoutMs)
      checkError(answer.errorCode, `group \`${groupId}\` cannot be joined`, this.#about())
      return answer
    })
    return decodeShare(assignment)
  }

  async #shares({ members }: JoinGroupResponse): Promise<{ memberId: string; assignment: Uint8Array }[]> {
    const claims = members.map(({ memberId, metadata }) => decodeClaim(memberId, metadata))
    const counts = new Map<string, number>()
    for (const topic of new Set(claims.flatMap(({ topics }) => topics))) counts.set(topic, await this.#partitionCount(topic))
    const shares = this.#settings.share === 'shared' ? sharePartitions(claims, counts) : givePartitions(claims, counts)
    return [...shares].map(([memberId, partitions]) => ({ memberId, assignment: encodeShare(partitions) }))
  }

  /** 0 where it is gone: it may be another member's topic. */
  async #partitionCount(topic: string): Promise<number> {
    this.#cluster.forget(topic)
    try {
      return (await this.#cluster.retrying(`topic \`${topic}\``, () => this.#cluster.topic(topic), { signal: this.#ending.signal })).partitions.length
    } catch (error) {
      if ((error as Partial<MillraceError>).code === 'KAFKA_TOPIC_MISSING') return 0
      throw error
    }
  }

  #asking<T>(attempt: () => Promise<T>): Promise<T> {
    return this.#cluster.retrying(`group \`${this.#settings.groupId}\``, attempt, { signal: this.#ending.signal })
  }

  /** Joining waits for others, and commits must not wait for that: a connection of its own. */
  #coordinator(): ReturnType<Cluster['coordinator']> {
    return this.#cluster.coordinator('group', this.#settings.groupId, 'join')
  }

  #about(): { readonly coordinator: { readonly kind: 'group'; readonly key: string } } {
    return { coordinator: { kind: 'group', key: this.#settings.groupId } }
  }

  #explained(error: unknown): unknown {
    const { groupId, groupInstanceId } = this.#settings
    switch (kafkaNameOf(error)) {
      case 'INCONSISTENT_GROUP_PROTOCOL':
        return new MillraceError('KAFKA_GROUP',
          `group \`${groupId}\` has members that this job does not fit: another program, or a job that shares partitions in another way (${this.#settings.share === 'shared'
            ? 'this one takes a share, as a job without state and without --checkpoint does' : 'this one takes all or none, as a job with state or with --checkpoint does'}); give it a properties.group.id of its own`,
          (error as MillraceError).details, { cause: error })
      case 'FENCED_INSTANCE_ID': return this.#takenOver(error as MillraceError, String(groupInstanceId))
      default: return error
    }
  }

  #takenOver(error: MillraceError, instance: string): MillraceError {
    return new MillraceError('KAFKA_FENCED',
      `another process has joined group \`${this.#settings.groupId}\` with 'properties.group.instance.id' = '${instance}'; each process needs its own`, { ...error.details, retry: false }, { cause: error })
  }

  #scheduleBeat(ms: number): void {
    clearTimeout(this.#beat)
    if (this.#ending.signal.aborted) return
    this.#beat = setTimeout(() => { void this.#sendBeat() }, ms)
  }

  async #sendBeat(): Promise<void> {
    const current = this.#current!
    try {
      const coordinator = await this.#cluster.coordinator('group', current.groupId)
      const { errorCode } = await coordinator.send(heartbeat(current), Math.min(this.#settings.sessionTimeoutMs, this.#cluster.settings.connection.requestTimeoutMs))
      if (this.#current !== current || this.#joining !== null) return
      if (errorCode === 0) return this.#scheduleBeat(this.#settings.heartbeatMs)
      throw brokerFailure(errorCode, `group \`${current.groupId}\` does not take a heartbeat`, this.#about())
    } catch (error) {
      if (this.#ending.signal.aborted || this.#current !== current || this.#joining !== null) return
      this.#missed(error)
    }
  }

  #missed(error: unknown): void {
    this.#cluster.learn(error)
    switch (kafkaNameOf(error)) {
      case 'REBALANCE_IN_PROGRESS':
        this.#outdated()
        if (this.#joining === null) this.#scheduleBeat(this.#settings.heartbeatMs)
        return
      case 'UNKNOWN_MEMBER_ID':
        this.#forgetMembership()
        this.#lost()
        return
      case 'ILLEGAL_GENERATION':
        this.#lost()
        return
      case 'FENCED_INSTANCE_ID':
        this.#isLost = true
        this.#events.failed(this.#takenOver(error as MillraceError, String(this.#settings.groupInstanceId)))
        return
      default:
        // What does not pass is told; what passes is tried again, soon, for a session does not wait for long.
        if (error instanceof MillraceError && !error.retry) this.#events.failed(error)
        else this.#scheduleBeat(Math.min(this.#settings.heartbeatMs, backOffMs(1)))
    }
  }

  #lost(): void {
    const { groupId } = this.#settings
    this.#isLost = true
    clearTimeout(this.#slow)
    this.#events.note(`group \`${groupId}\` has gone on without this process, which was silent for longer than properties.session.timeout.ms or has not finished within properties.rebalance.timeout.ms; it joins anew`)
    this.#events.changing()
  }

  #outdated(): void {
    if (this.#isOutdated || this.#joining !== null) return
    this.#isOutdated = true
    if (this.#settings.share === 'whole') return this.#joinInBackground()
    const { groupId, rebalanceTimeoutMs } = this.#settings
    this.#slow = setTimeout(() => {
      this.#events.note(`group \`${groupId}\` waits no longer: the job has not committed what it has read within properties.rebalance.timeout.ms = ${rebalanceTimeoutMs}`)
    }, rebalanceTimeoutMs)
    this.#events.changing()
  }

  #joinInBackground(): void {
    const before = this.#current
    const joining = (async () => {
      await this.#join()
      if (!sameShare(before, this.#current)) this.#events.changing()
    })()
    this.#joining = joining.catch((error: unknown) => {
      this.#isLost = true
      if (!this.#ending.signal.aborted) this.#events.failed(error as MillraceError)
    }).finally(() => { this.#joining = null })
  }
}

function sameShare(a: Assignment | null, b: Assignment | null): boolean {
  const ids = (assignment: Assignment | null): string => (assignment?.partitions ?? []).map(splitIdOf).sort().join('\n')
  return ids(a) === ids(b)
}
