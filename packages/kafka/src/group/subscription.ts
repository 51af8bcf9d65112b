import { MillraceError, OptionValues, type Split, type Subscription, type SubscriptionContext, type TableDefinition } from '@millrace/core'
import { Cluster } from '../cluster/cluster.js'
import { committedOffsets, partitionBounds, scanBoundsOf, startOffsets, type ScanBounds } from '../cluster/positions.js'
import { clusterSettingsOf } from '../cluster/settings.js'
import { splitIdOf, tablePartitions, topicSelectionOf, type TopicPartition, type TopicSelection } from '../cluster/table-partitions.js'
import { READ_OPTIONS } from '../options.js'
import { kafkaNameOf } from '../protocol/error-codes.js'
import type { GroupIdentity } from '../protocol/sync-group.js'
import { commitOffsets } from './commit-offsets.js'
import { GroupMember, type Assignment, type GroupSettings } from './group-member.js'

/** What a table's options say of groups and of partitions that are added. */
export interface SubscriptionSettings {
  readonly groupId: string | null
  /** 0: new partitions are not looked for. */
  readonly discoveryMs: number
}

/** Null for a table whose splits are what they are when the job starts: one that ends, or that nobody shares or looks for new partitions of. */
export function subscriptionSettingsOf(table: TableDefinition): SubscriptionSettings | null {
  const values = new OptionValues(table.options, READ_OPTIONS)
  const settings = { groupId: values.textOrNull('properties.group.id'), discoveryMs: values.durationMs('scan.partition-discovery.interval') }
  if (scanBoundsOf(table).end.at !== 'nowhere' || (settings.groupId === null && settings.discoveryMs === 0)) return null
  return settings
}

function groupSettingsOf(table: TableDefinition, groupId: string, share: GroupSettings['share']): GroupSettings {
  const values = new OptionValues(table.options, READ_OPTIONS)
  const settings = {
    groupId, share,
    groupInstanceId: values.textOrNull('properties.group.instance.id'),
    sessionTimeoutMs: values.durationMs('properties.session.timeout.ms'),
    heartbeatMs: values.durationMs('properties.heartbeat.interval.ms'),
    rebalanceTimeoutMs: values.durationMs('properties.rebalance.timeout.ms'),
  }
  if (settings.heartbeatMs >= settings.sessionTimeoutMs) {
    throw new MillraceError('OPTION_INVALID', `table \`${table.name}\`: 'properties.heartbeat.interval.ms' must be less than 'properties.session.timeout.ms', a third of it at best`)
  }
  return settings
}

/**
 * Subscribes to a table: as a member of its group, or, where `scan.partitions` says which partitions are this process's or there is no group,
 * to all of them.
 */
export function subscribeTo(table: TableDefinition, context: SubscriptionContext): KafkaSubscription {
  const clusterSettings = clusterSettingsOf(table)
  const selection = topicSelectionOf(table)
  const bounds = scanBoundsOf(table)
  const { groupId, discoveryMs } = subscriptionSettingsOf(table) ?? { groupId: null, discoveryMs: 0 }
  const cluster = context.shared(`kafka-cluster ${clusterSettings.key}`, () => new Cluster(clusterSettings))
  const memberSettings = groupId === null || selection.partitions !== null ? null : groupSettingsOf(table, groupId, context.share)
  const member = memberSettings === null ? null
    : context.shared(`kafka-group ${clusterSettings.key} ${groupId}`, () => new GroupMember(cluster, memberSettings, context))
  return new KafkaSubscription({ cluster, selection, bounds, groupId, member, discoveryMs, context })
}

interface SubscriptionParts {
  readonly cluster: Cluster
  readonly selection: TopicSelection
  readonly bounds: ScanBounds
  readonly groupId: string | null
  /** Null: it has what `selection` says. */
  readonly member: GroupMember | null
  readonly discoveryMs: number
  readonly context: SubscriptionContext
}

export class KafkaSubscription implements Subscription {
  readonly #parts: SubscriptionParts
  #known: readonly TopicPartition[] = []
  /** The topics that nobody of the group had committed anything of when this process came. */
  #untouched: ReadonlySet<string> | null = null
  #given = -1
  #discovery: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(parts: SubscriptionParts) {
    this.#parts = parts
  }

  async splits(known: ReadonlySet<string>): Promise<readonly Split[]> {
    const { member, context: { positions }, groupId } = this.#parts
    await this.#look()
    if (positions === 'source') this.#untouched ??= await this.#untouchedTopics()
    member?.reads(this, topicsOf(this.#known))
    const assignment = member === null ? this.#all() : await member.assignment(this.#given)
    this.#given = assignment.generationId
    const wanted = new Set(this.#known.map(({ topic }) => topic))
    const own = assignment.partitions.filter(({ topic }) => wanted.has(topic))
    this.#scheduleDiscovery()
    if (own.length === 0) return []
    const splits = positions === 'source' ? await this.#positioned(own, assignment) : await this.#bounded(own, known.size > 0)
    const { generationId, memberId, groupInstanceId } = assignment
    const group = groupId === null ? {} : { group: { groupId, generationId, memberId, groupInstanceId } }
    return splits.map(({ start, position, ...partition }) => ({
      id: splitIdOf(partition), weight: 1, bounded: false, ...(position === undefined ? {} : { position }), detail: { ...partition, start, end: null, ...group },
    }))
  }

  /** What a process has that is in no group. */
  #all(): Assignment {
    return { groupId: this.#parts.groupId ?? '', generationId: -1, memberId: '', groupInstanceId: null, partitions: this.#known }
  }

  async #untouchedTopics(): Promise<Set<string>> {
    const { cluster, groupId, context } = this.#parts
    const committed = await committedOffsets(cluster, groupId!, this.#known, context.signal)
    const touched = new Set(this.#known.filter((partition) => committed.has(splitIdOf(partition))).map(({ topic }) => topic))
    return new Set(topicsOf(this.#known).filter((topic) => !touched.has(topic)))
  }

  /**
   * The group's committed offsets. Where it has none, the table says where to begin if the topic is new to the group; a partition of a topic
   * that it reads already was added since, and begins at its start. Either is committed at once, so that it is true for whoever has it next.
   */
  async #positioned(own: readonly TopicPartition[], assignment: Assignment): Promise<(TopicPartition & { start: number; position: number })[]> {
    const { cluster, bounds, groupId, member, context } = this.#parts
    const offsets = await committedOffsets(cluster, groupId!, own, context.signal)
    const missing = own.filter((partition) => !offsets.has(splitIdOf(partition)))
    const [begun, added] = [missing.filter(({ topic }) => this.#untouched!.has(topic)), missing.filter(({ topic }) => !this.#untouched!.has(topic))]
    const found = [...await startOffsets(cluster, bounds, begun), ...await startOffsets(cluster, { ...bounds, start: { at: 'earliest' } }, added)]
    for (const [id, offset] of found) offsets.set(id, offset)
    const first = missing.map((partition) => ({ ...partition, offset: offsets.get(splitIdOf(partition))! }))
    await (member === null ? this.#commitAlone(assignment, first) : member.commit(first))
    this.#untouched = new Set()
    return own.map((partition) => ({ ...partition, start: offsets.get(splitIdOf(partition))!, position: offsets.get(splitIdOf(partition))! }))
  }

  async #bounded(own: readonly TopicPartition[], goesOn: boolean): Promise<(TopicPartition & { start: number; position?: undefined })[]> {
    const { cluster, bounds } = this.#parts
    const found = await partitionBounds(cluster, { ...bounds, end: { at: 'nowhere' }, ...(goesOn ? { start: { at: 'earliest' } } : {}) }, own)
    return found.map(({ topic, partition, start }) => ({ topic, partition, start }))
  }

  async commit(positions: ReadonlyMap<string, unknown>): Promise<void> {
    const { groupId, member } = this.#parts
    if (groupId === null) return
    const byId = new Map(this.#known.map((partition) => [splitIdOf(partition), partition]))
    const offsets = [...positions].flatMap(([id, position]) => {
      const partition = byId.get(id)
      return partition === undefined || typeof position !== 'number' ? [] : [{ ...partition, offset: position }]
    })
    await (member === null ? this.#commitAlone(this.#all(), offsets) : member.commit(offsets))
  }

  async #commitAlone(identity: GroupIdentity, offsets: readonly (TopicPartition & { readonly offset: number })[]): Promise<void> {
    const { cluster, groupId } = this.#parts
    try {
      await commitOffsets(cluster, identity, offsets)
    } catch (error) {
      if (kafkaNameOf(error) !== 'UNKNOWN_MEMBER_ID') throw error
      throw new MillraceError('KAFKA_GROUP',
        `group \`${groupId}\` has members that share its partitions, and 'scan.partitions' reads some whoever else does; give it a properties.group.id of its own`, {}, { cause: error })
    }
  }

  /** Looks at what partitions there are. */
  async #look(): Promise<void> {
    const { cluster, selection } = this.#parts
    for (const topic of selection.topics ?? topicsOf(this.#known)) cluster.forget(topic)
    this.#known = await tablePartitions(cluster, selection)
  }

  #scheduleDiscovery(): void {
    const { discoveryMs } = this.#parts
    clearTimeout(this.#discovery)
    if (discoveryMs > 0 && !this.#isClosed) this.#discovery = setTimeout(() => { void this.#discover() }, discoveryMs)
  }

  async #discover(): Promise<void> {
    const { context, member } = this.#parts
    const before = this.#known.map(splitIdOf).join('\n')
    try {
      await this.#look()
    } catch (error) {
      if (!this.#isClosed) context.note(`new partitions could not be looked for: ${(error as Error).message}`)
    }
    if (this.#isClosed) return
    this.#scheduleDiscovery()
    if (this.#known.map(splitIdOf).join('\n') === before) return
    if (member === null) context.changing()
    // The leader shares out; others that see the same need not tell it.
    else member.reads(this, topicsOf(this.#known), member.isLeader)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#discovery)
    await this.#parts.member?.close()
  }
}

function topicsOf(partitions: readonly TopicPartition[]): string[] {
  return [...new Set(partitions.map(({ topic }) => topic))].sort()
}
