import type { SinkDescription, SinkSpec, TableDefinition, Writer, WriterContext, WriterFactory } from '@millrace/core'
import { Cluster } from './cluster/cluster.js'
import { kafkaFailure } from './kafka-failure.js'
import { TRANSACTION_TIMEOUT_MS } from './limits.js'
import { WRITE_OPTIONS } from './options.js'
import { checkError } from './protocol/error-codes.js'
import { LIST_TRANSACTIONS_KEY, listTransactions } from './protocol/list-transactions.js'
import { endTransaction, type TransactionHandle } from './produce/transaction-handle.js'
import { takeOver } from './produce/transaction-slots.js'
import { isTransactionalIdOf } from './transactional-id.js'
import { WorkerProducer } from './worker-producer.js'
import { KafkaWriter } from './writer.js'
import { type WriteSettings, writeSettingsOf } from './write-settings.js'
import { writtenColumnsOf } from './written-columns.js'

/**
 * Writes topics. Under `exactly-once` a worker's rows of an epoch are one transaction, which is prepared when brokers have all of it, and
 * committed by its ids alone: from this process or the next.
 */
export const kafkaWriterFactory: WriterFactory = {
  options: WRITE_OPTIONS,

  async describe(table: TableDefinition): Promise<SinkDescription> {
    const { parts, guarantee, cluster, topic } = writeSettingsOf(table)
    writtenColumnsOf(table, parts.key !== null, parts.value.columns)
    const { key, value, upsert } = parts
    const accepts = upsert ? 'upsert' : value.format.writesKinds === true ? 'retract' : 'append'
    const formats = key === null ? value.format.name : `${key.format.name} key, ${value.format.name}`
    return {
      accepts, guarantee, single: false,
      summary: `topic ${topic}, ${formats}${guarantee === 'exactly-once' ? ', transactions' : ''}`,
      ...(guarantee === 'exactly-once' ? { commitsPositionsOf: cluster.name } : {}),
    }
  },

  async open(sink: SinkSpec, context: WriterContext): Promise<Writer> {
    const settings = writeSettingsOf(sink.table)
    const producer = await WorkerProducer.of(sink, settings, context)
    try {
      return await KafkaWriter.open(sink, settings, producer, context)
    } catch (error) {
      await producer.release()
      throw error
    }
  },

  async commit(table, prepared) {
    const settings = writeSettingsOf(table)
    await endAll(settings, prepared, async (cluster, handle) => {
      try {
        await endTransaction(cluster, handle, true)
      } catch (error) {
        if (settings.lostTransactions !== 'ignore' || !isLost(error)) throw error
      }
    })
  },

  async recover(table, jobId) {
    const settings = writeSettingsOf(table)
    if (settings.guarantee !== 'exactly-once') return
    await withCluster(settings, async (cluster) => {
      // What the checkpoint had prepared is committed by now: whatever is open is of no use to anyone.
      const open = await cluster.retrying('looking for open transactions', () => openTransactions(cluster))
      const own = open.filter((id) => isTransactionalIdOf(settings.transactionalIdPrefix, jobId, id))
      await Promise.all(own.map((id) => takeOver(cluster, id, settings.transactionTimeoutMs ?? TRANSACTION_TIMEOUT_MS)))
    })
  },

  async abort(table, prepared) {
    await endAll(writeSettingsOf(table), prepared, (cluster, handle) => endTransaction(cluster, handle, false))
  },
}

async function endAll(settings: WriteSettings, prepared: readonly unknown[], end: (cluster: Cluster, handle: TransactionHandle) => Promise<void>): Promise<void> {
  const handles = (prepared as readonly (TransactionHandle | null | undefined)[]).filter((handle) => handle != null)
  if (handles.length === 0) return
  await withCluster(settings, async (cluster) => void await Promise.all(handles.map((handle) => end(cluster, handle))))
}

/** For a moment: commits are seconds apart, and between them nothing is kept open that would keep a process from ending. */
async function withCluster(settings: WriteSettings, work: (cluster: Cluster) => Promise<void>): Promise<void> {
  const cluster = new Cluster(settings.cluster)
  try {
    await work(cluster)
  } finally {
    await cluster.close()
  }
}

/** Every broker knows those that it coordinates. */
async function openTransactions(cluster: Cluster): Promise<string[]> {
  if (!await cluster.supports(LIST_TRANSACTIONS_KEY, 0)) {
    throw kafkaFailure('KAFKA_PROTOCOL', `the brokers of ${cluster.settings.name} cannot list transactions, so 'exactly-once' needs Kafka 3.0 or later; `
      + 'use \'sink.delivery-guarantee\' = \'at-least-once\'')
  }
  const brokers = await cluster.brokers()
  const answers = await Promise.all(brokers.map((broker) => broker.send(listTransactions(['Ongoing']))))
  return answers.flatMap(({ errorCode, transactions }) => {
    checkError(errorCode, 'open transactions cannot be listed')
    return transactions.map(({ transactionalId }) => transactionalId)
  })
}

function isLost(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === 'KAFKA_TRANSACTION_LOST'
}
