import { MillraceError, OptionValues, type RecordParts, recordPartsOf, type TableDefinition } from '@millrace/core'
import { type ClusterSettings, clusterSettingsOf } from './cluster/settings.js'
import { WRITE_OPTIONS } from './options.js'
import type { CompressionType } from './records/compress.js'

export type DeliveryGuarantee = 'none' | 'at-least-once' | 'exactly-once'

/** The options of a table that is written, read. */
export interface WriteSettings {
  readonly cluster: ClusterSettings
  readonly topic: string
  readonly parts: RecordParts
  readonly guarantee: DeliveryGuarantee
  readonly partitioner: 'default' | 'round-robin' | 'fixed'
  readonly compression: CompressionType
  readonly acks: -1 | 0 | 1
  readonly batchBytes: number
  readonly lingerMs: number
  readonly batchBytesMax: number
  readonly bufferBytes: number
  readonly deliveryTimeoutMs: number
  readonly transactionalIdPrefix: string
  /** Null: not said. */
  readonly transactionTimeoutMs: number | null
  readonly lostTransactions: 'fail' | 'ignore'
}

/** @throws MillraceError OPTION_INVALID, OPTION_MISSING, SQL_UNSUPPORTED */
export function writeSettingsOf(table: TableDefinition): WriteSettings {
  const values = new OptionValues(table.options, WRITE_OPTIONS)
  const guarantee = values.text('sink.delivery-guarantee').toLowerCase() as DeliveryGuarantee
  const acks = values.text('properties.acks').toLowerCase()
  if (guarantee !== 'none' && acks !== 'all' && acks !== '-1') {
    throw new MillraceError('OPTION_INVALID',
      `table \`${table.name}\`: with 'properties.acks' = '${acks}' rows can be lost, so '${guarantee}' cannot be promised: leave it out, or say`
        + ' \'sink.delivery-guarantee\' = \'none\'')
  }
  const topic = values.text('topic')
  if (topic.includes(';')) {
    throw new MillraceError('OPTION_INVALID', `table \`${table.name}\`: 'topic' = '${topic}' names several topics, and a table is written to one`)
  }
  const parts = recordPartsOf(table)
  checkKey(table, parts)
  return {
    cluster: clusterSettingsOf(table),
    topic,
    parts,
    guarantee,
    partitioner: values.text('sink.partitioner').toLowerCase() as WriteSettings['partitioner'],
    compression: values.text('properties.compression.type').toLowerCase() as CompressionType,
    acks: acks === '0' ? 0 : acks === '1' ? 1 : -1,
    batchBytes: values.bytes('properties.batch.size'),
    lingerMs: values.durationMs('properties.linger.ms'),
    batchBytesMax: values.bytes('properties.max.request.size'),
    bufferBytes: values.bytes('properties.buffer.memory'),
    deliveryTimeoutMs: values.durationMs('properties.delivery.timeout.ms'),
    transactionalIdPrefix: values.text('sink.transactional-id-prefix'),
    transactionTimeoutMs: values.has('properties.transaction.timeout.ms') ? values.durationMs('properties.transaction.timeout.ms') : null,
    lostTransactions: values.text('sink.lost-transactions').toLowerCase() as WriteSettings['lostTransactions'],
  }
}

/** What replaces a row is the record with its key, for brokers and readers alike. */
function checkKey({ name, columns, primaryKey }: TableDefinition, { upsert, key }: RecordParts): void {
  if (!upsert) return
  const fields = (key?.columns ?? []).map((column) => columns[column]!.name)
  if (fields.length === primaryKey.length && fields.every((field) => primaryKey.includes(field))) return
  throw new MillraceError('OPTION_INVALID',
    `table \`${name}\`: 'key.fields' are ${fields.join(', ')} and the PRIMARY KEY is ${primaryKey.join(', ')}, but a record replaces the one with the`
      + ' same key: leave \'key.fields\' out, or name the columns of the PRIMARY KEY')
}
