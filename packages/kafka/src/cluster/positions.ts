import { MillraceError, OptionValues, type TableDefinition } from '@millrace/core'
import { READ_OPTIONS } from '../options.js'
import { checkError } from '../protocol/error-codes.js'
import type { Isolation } from '../protocol/list-offsets.js'
import { offsetFetch } from '../protocol/offset-fetch.js'
import type { Cluster, OffsetTime } from './cluster.js'
import { splitIdOf, type TopicPartition } from './table-partitions.js'

/** Where to begin or to end. */
export type Bound =
  | { readonly at: 'earliest' | 'latest' | 'nowhere' }
  | { readonly at: 'timestamp'; readonly timestampMs: number }
  /** By split id. */
  | { readonly at: 'offsets'; readonly offsets: ReadonlyMap<string, number> }
  /** What the group has committed; where it has nothing, `reset`. */
  | { readonly at: 'group'; readonly groupId: string; readonly reset: 'earliest' | 'latest' | 'none' }

export interface ScanBounds {
  readonly start: Bound
  /** `nowhere`: the table does not end. */
  readonly end: Bound
  readonly isolation: Isolation
}

/** Offsets of a partition: the first to read, and the one to end before, or null. */
export interface PartitionBounds extends TopicPartition {
  readonly start: number
  readonly end: number | null
}

/** @throws MillraceError OPTION_INVALID, OPTION_MISSING */
export function scanBoundsOf(table: TableDefinition): ScanBounds {
  const values = new OptionValues(table.options, READ_OPTIONS)
  const topics = (values.textOrNull('topic') ?? '').split(';').map((topic) => topic.trim())
  const groupId = values.textOrNull('properties.group.id')
  const reset = values.text('properties.auto.offset.reset').toLowerCase() as 'earliest' | 'latest' | 'none'
  const startMode = values.textOrNull('scan.startup.mode')?.toLowerCase() ?? (groupId === null ? 'earliest-offset' : 'group-offsets')
  const endMode = values.text('scan.bounded.mode').toLowerCase()
  const bound = (mode: string, family: 'startup' | 'bounded'): Bound => {
    switch (mode) {
      case 'earliest-offset': return { at: 'earliest' }
      case 'latest-offset': return { at: 'latest' }
      case 'unbounded': return { at: 'nowhere' }
      case 'timestamp': return { at: 'timestamp', timestampMs: required(values, `scan.${family}.timestamp-millis`, `scan.${family}.mode`, mode, Number) }
      case 'specific-offsets': {
        const option = `scan.${family}.specific-offsets`
        return { at: 'offsets', offsets: required(values, option, `scan.${family}.mode`, mode, (text) => specificOffsetsOf(text, option, topics)) }
      }
      default:
        if (groupId === null) throw new MillraceError('OPTION_MISSING', `table \`${table.name}\`: 'scan.${family}.mode' = '${mode}' needs 'properties.group.id'`)
        return { at: 'group', groupId, reset: family === 'startup' ? reset : 'none' }
    }
  }
  return {
    start: bound(startMode, 'startup'),
    end: bound(endMode, 'bounded'),
    isolation: values.text('properties.isolation.level').toLowerCase() as Isolation,
  }
}

function required<T>(values: OptionValues, option: string, because: string, mode: string, parse: (text: string) => T): T {
  const text = values.textOrNull(option)
  if (text === null) throw new MillraceError('OPTION_MISSING', `'${because}' = '${mode}' needs '${option}'`)
  return parse(text)
}

/** `partition:0,offset:42;partition:1,offset:300`, and `topic:orders,…` where there are several topics. */
function specificOffsetsOf(text: string, option: string, topics: readonly string[]): Map<string, number> {
  const offsets = new Map<string, number>()
  for (const part of text.split(';').map((piece) => piece.trim()).filter((piece) => piece !== '')) {
    const match = /^(?:topic\s*:\s*([^,\s]+)\s*,\s*)?partition\s*:\s*(\d{1,9})\s*,\s*offset\s*:\s*(\d{1,15})$/.exec(part)
    const topic = match?.[1] ?? (topics.length === 1 ? topics[0] : undefined)
    if (match === null || topic === undefined || topic === '') {
      const wanted = topics.length === 1 ? 'partition:0,offset:42;partition:1,offset:300' : 'topic:orders,partition:0,offset:42;topic:orders,partition:1,offset:300'
      throw new MillraceError('OPTION_INVALID', `'${option}': \`${part}\` is no offset of a partition; they are given like ${wanted}`)
    }
    offsets.set(splitIdOf({ topic, partition: Number(match[2]) }), Number(match[3]))
  }
  return offsets
}

/**
 * What a table means by where it begins and ends, in offsets as of now.
 *
 * @throws MillraceError KAFKA_OFFSET_GONE where the group has committed nothing and that is not allowed, OPTION_INVALID where an end is missing
 */
export async function partitionBounds(cluster: Cluster, bounds: ScanBounds, partitions: readonly TopicPartition[]): Promise<PartitionBounds[]> {
  const [starts, ends] = await Promise.all([
    startOffsets(cluster, bounds, partitions),
    bounds.end.at === 'nowhere' ? null : boundOffsets(cluster, bounds.end, bounds.isolation, partitions),
  ])
  return partitions.map((partition) => {
    const id = splitIdOf(partition)
    const end = ends === null ? null : ends.get(id)
    if (end === undefined) throw new MillraceError('OPTION_INVALID', `it is not said where partition ${partition.partition} of topic \`${partition.topic}\` ends: 'scan.bounded.*' must name every partition`)
    return { ...partition, start: starts.get(id)!, end }
  })
}

/** Where each partition begins, by split id. */
export async function startOffsets(cluster: Cluster, { start, isolation }: Pick<ScanBounds, 'start' | 'isolation'>, partitions: readonly TopicPartition[]): Promise<Map<string, number>> {
  const found = await boundOffsets(cluster, start, isolation, partitions)
  const left = partitions.filter((partition) => !found.has(splitIdOf(partition)))
  if (left.length === 0) return found
  const reset = start.at === 'group' ? start.reset : 'earliest'
  if (reset === 'none') {
    throw new MillraceError('KAFKA_OFFSET_GONE',
      `group \`${(start as { groupId: string }).groupId}\` has committed nothing for partition ${left[0]!.partition} of topic \`${left[0]!.topic}\`, and 'properties.auto.offset.reset' = 'none' does not let it begin anywhere`)
  }
  for (const [id, offset] of await boundOffsets(cluster, { at: reset }, isolation, left)) found.set(id, offset)
  return found
}

/** Partitions for which nothing is known are left out. */
async function boundOffsets(cluster: Cluster, bound: Bound, isolation: Isolation, partitions: readonly TopicPartition[]): Promise<Map<string, number>> {
  switch (bound.at) {
    case 'offsets': return new Map(bound.offsets)
    case 'group': return committedOffsets(cluster, bound.groupId, partitions)
    case 'timestamp': return offsetsAt(cluster, { timestampMs: bound.timestampMs }, isolation, partitions)
    case 'nowhere': return new Map()
    default: return offsetsAt(cluster, bound.at, isolation, partitions)
  }
}

async function offsetsAt(cluster: Cluster, at: OffsetTime, isolation: Isolation, partitions: readonly TopicPartition[]): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  await Promise.all([...byTopic(partitions)].map(async ([topic, its]) => {
    for (const [partition, offset] of await cluster.offsets(topic, its, at, isolation)) found.set(splitIdOf({ topic, partition }), offset)
  }))
  return found
}

/** What a group has committed, once no transaction that commits some of it is open any more; by split id. */
export async function committedOffsets(cluster: Cluster, groupId: string, partitions: readonly TopicPartition[], signal?: AbortSignal): Promise<Map<string, number>> {
  if (partitions.length === 0) return new Map()
  const topics = [...byTopic(partitions)].map(([name, its]) => ({ name, partitions: its }))
  const what = `the committed offsets of group \`${groupId}\` cannot be had`
  const about = { coordinator: { kind: 'group', key: groupId } } as const
  return cluster.retrying(`offsets of group \`${groupId}\``, async () => {
    const coordinator = await cluster.coordinator('group', groupId)
    const { errorCode, offsets } = await coordinator.send(offsetFetch({ groupId, topics, requireStable: true }))
    checkError(errorCode, what, about)
    for (const { errorCode: code, topic, partition } of offsets) checkError(code, what, { ...about, topic, partition })
    return new Map(offsets.filter(({ offset }) => offset >= 0).map((committed) => [splitIdOf(committed), committed.offset]))
  }, signal === undefined ? {} : { signal })
}

function byTopic(partitions: readonly TopicPartition[]): Map<string, number[]> {
  const topics = new Map<string, number[]>()
  for (const { topic, partition } of partitions) {
    const its = topics.get(topic) ?? []
    topics.set(topic, its)
    its.push(partition)
  }
  return topics
}
