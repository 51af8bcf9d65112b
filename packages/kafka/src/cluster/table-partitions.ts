import { MillraceError, nearestName, OptionValues, type TableDefinition } from '@millrace/core'
import { READ_OPTIONS } from '../options.js'
import type { Cluster } from './cluster.js'

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** The id of the split that a partition is: `orders-3`. */
export function splitIdOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

/** Which topics a table reads, and which of their partitions. */
export interface TopicSelection {
  /** Null where a pattern says which. */
  readonly topics: readonly string[] | null
  readonly pattern: RegExp | null
  /** Null: all. */
  readonly partitions: ReadonlySet<number> | null
}

/** @throws MillraceError OPTION_INVALID, OPTION_MISSING */
export function topicSelectionOf(table: TableDefinition): TopicSelection {
  const values = new OptionValues(table.options, READ_OPTIONS)
  const [topic, pattern] = [values.textOrNull('topic'), values.textOrNull('topic-pattern')]
  if ((topic === null) === (pattern === null)) {
    throw new MillraceError(topic === null ? 'OPTION_MISSING' : 'OPTION_INVALID', `table \`${table.name}\`: give either 'topic' or 'topic-pattern'`)
  }
  const topics = topic === null ? null : [...new Set(topic.split(';').map((name) => name.trim()).filter((name) => name !== ''))]
  if (topics?.length === 0) throw new MillraceError('OPTION_INVALID', `table \`${table.name}\`: 'topic' is empty`)
  const partitions = values.textOrNull('scan.partitions')
  return { topics, pattern: pattern === null ? null : patternOf(pattern), partitions: partitions === null ? null : partitionSetOf(partitions) }
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(`^(?:${text})$`)
  } catch (error) {
    throw new MillraceError('OPTION_INVALID', `'topic-pattern' = '${text}' is no regular expression: ${(error as Error).message}`)
  }
}

/** `0-3,7` */
export function partitionSetOf(text: string): Set<number> {
  const partitions = new Set<number>()
  for (const part of text.split(',')) {
    const match = /^\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?$/.exec(part)
    const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])]
    if (match === null || last < first) throw new MillraceError('OPTION_INVALID', `'scan.partitions' = '${text}': partitions are given like 0-3,7`)
    for (let partition = first; partition <= last; partition++) partitions.add(partition)
  }
  return partitions
}

/**
 * The partitions of a table as the brokers have them now, in the order of topics and partitions.
 *
 * @throws MillraceError KAFKA_TOPIC_MISSING where one that is named, or everything that a pattern could match, is not there
 */
export async function tablePartitions(cluster: Cluster, selection: TopicSelection): Promise<TopicPartition[]> {
  const what = selection.topics === null ? 'the topics' : `topic \`${selection.topics.join('`, `')}\``
  return cluster.retrying(what, async () => {
    const found: TopicPartition[] = []
    for (const topic of selection.topics ?? await matching(cluster, selection.pattern!)) {
      const { partitions } = await cluster.topic(topic)
      const missing = [...selection.partitions ?? []].find((partition) => partition >= partitions.length)
      if (missing !== undefined && selection.topics?.length === 1) {
        throw new MillraceError('KAFKA_TOPIC_MISSING', `topic \`${topic}\` has no partition ${missing}, which 'scan.partitions' asks for; it has ${partitions.length}`, { topic })
      }
      for (const { index } of partitions) if (selection.partitions?.has(index) ?? true) found.push({ topic, partition: index })
    }
    return found
  })
}

async function matching(cluster: Cluster, pattern: RegExp): Promise<readonly string[]> {
  const names = await cluster.topicNames()
  const topics = names.filter((name) => pattern.test(name))
  if (topics.length > 0) return topics
  const near = nearestName(pattern.source.slice(4, -2), names)
  throw new MillraceError('KAFKA_TOPIC_MISSING',
    `no topic matches 'topic-pattern' = '${pattern.source.slice(4, -2)}'; there are ${names.length}${near === undefined ? '' : `, such as \`${near}\``}`)
}
