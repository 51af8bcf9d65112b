import {
  MillraceError, type Reader, type ReaderContext, type ReaderFactory, recordPartsOf, metadataOfFormat, OptionValues, type RecordParts, type ScanSpec, type SourceDescription,
  type Split, type TableDefinition,
} from '@millrace/core'
import { Cluster } from './cluster/cluster.js'
import { partitionBounds, scanBoundsOf } from './cluster/positions.js'
import { clusterSettingsOf, type ClusterSettings } from './cluster/settings.js'
import { tablePartitions, type TopicPartition, topicSelectionOf } from './cluster/table-partitions.js'
import { subscribeTo, subscriptionSettingsOf } from './group/subscription.js'
import { PLAN_RETRY_MS } from './limits.js'
import { READ_OPTIONS } from './options.js'
import { KafkaReader } from './reader.js'
import { METADATA } from './rows/metadata.js'
import { partitionOf, splitOf } from './splits.js'
import { TableReading } from './table-reading.js'

export const kafkaReaderFactory: ReaderFactory = {
  options: READ_OPTIONS,

  async describe(table: TableDefinition): Promise<SourceDescription> {
    const parts = checkedParts(table)
    const bounds = scanBoundsOf(table)
    const partitions = await withCluster(forPlanning(clusterSettingsOf(table)), (cluster) => tablePartitions(cluster, topicSelectionOf(table)))
    return {
      bounded: bounds.end.at !== 'nowhere',
      filters: true,
      splitKey: splitKeyOf(table, partitions),
      ...subscribedOf(table),
      ...(parts.value.format.readsKinds === true ? { changes: true } : {}),
      metadata: { ...METADATA, ...metadataOfFormat(table) },
      summary: summaryOf(parts, partitions),
    }
  },

  async listSplits(table: TableDefinition): Promise<readonly Split[]> {
    const bounds = scanBoundsOf(table)
    return withCluster(clusterSettingsOf(table), async (cluster) => {
      const partitions = await tablePartitions(cluster, topicSelectionOf(table))
      return (await partitionBounds(cluster, bounds, partitions)).map(splitOf)
    })
  },

  subscribe: async (table, context) => subscribeTo(table, context),

  async open(scan: ScanSpec, split: Split, context: ReaderContext, position?: unknown): Promise<Reader> {
    const reading = context.shared('reading', () => new TableReading(scan, context))
    return new KafkaReader(reading, context, split, typeof position === 'number' ? position : partitionOf(split).start)
  },
}

/** Partitions are added, and a group shares them among processes and keeps positions. */
function subscribedOf(table: TableDefinition): Pick<SourceDescription, 'subscribed' | 'positionsIn'> {
  const settings = subscriptionSettingsOf(table)
  if (settings === null) return {}
  return { subscribed: true, ...(settings.groupId === null ? {} : { positionsIn: clusterSettingsOf(table).name }) }
}

/** Somebody waits to hear that an address is misspelt; once the job runs, an outage is something else. */
function forPlanning(settings: ClusterSettings): ClusterSettings {
  return { ...settings, retryTimeoutMs: Math.min(settings.retryTimeoutMs, PLAN_RETRY_MS) }
}

async function withCluster<T>(settings: ClusterSettings, use: (cluster: Cluster) => Promise<T>): Promise<T> {
  const cluster = new Cluster(settings)
  try {
    return await use(cluster)
  } finally {
    await cluster.close()
  }
}

/** @throws MillraceError OPTION_INVALID, SQL_UNSUPPORTED */
function checkedParts(table: TableDefinition): RecordParts {
  const parts = recordPartsOf(table)
  if (parts.upsert) {
    throw new MillraceError('SQL_UNSUPPORTED',
      `table \`${table.name}\` has a PRIMARY KEY, and reading the last record of each key as a changelog is not supported yet; leave the PRIMARY KEY out `
      + 'and take the last row of each key by ROW_NUMBER() OVER (PARTITION BY … ORDER BY … DESC) = 1, or write the topic as debezium-json')
  }
  for (const part of [parts.key, parts.value]) {
    if ((part?.format.framing?.(part.table.options).headerRecords ?? 0) > 0) {
      throw new MillraceError('OPTION_INVALID', `table \`${table.name}\`: a message is one record without a header before it; leave 'csv.header' out`)
    }
  }
  return parts
}

/** @throws MillraceError OPTION_INVALID, OPTION_MISSING */
function splitKeyOf(table: TableDefinition, partitions: readonly TopicPartition[]): string[] {
  const values = new OptionValues(table.options, READ_OPTIONS)
  if (!values.boolean('scan.partitioned-by-key')) return []
  const { key } = recordPartsOf(table)
  if (key === null) {
    throw new MillraceError('OPTION_MISSING', `table \`${table.name}\`: 'scan.partitioned-by-key' needs 'key.format' and 'key.fields', which say by what the topic is partitioned`)
  }
  if (new Set(partitions.map(({ topic }) => topic)).size > 1 || values.has('topic-pattern')) {
    throw new MillraceError('OPTION_INVALID', `table \`${table.name}\`: 'scan.partitioned-by-key' is for one topic; in several of them a key is in a partition of each`)
  }
  return key.columns.map((index) => table.columns[index]!.name)
}

function summaryOf({ key, value }: RecordParts, partitions: readonly TopicPartition[]): string {
  const topics = [...new Set(partitions.map(({ topic }) => topic))]
  const named = topics.length === 1 ? `topic ${topics[0]}` : `${topics.length} topics`
  const count = `${partitions.length} ${partitions.length === 1 ? 'partition' : 'partitions'}`
  return `${named}, ${count}, ${value.format.name}${key === null ? '' : `, key ${key.format.name}`}`
}
