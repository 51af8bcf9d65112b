import { MillraceError, type ReadPosition, type SinkSpec, type WriterContext } from '@millrace/core'
import { Cluster } from './cluster/cluster.js'
import { CLOSE_WAIT_MS, RETRY_MS, SHARED_TRANSACTION_TIMEOUT_MS, TRANSACTION_TIMEOUT_MS } from './limits.js'
import { groupPositionsOf } from './produce/group-positions.js'
import type { PartitionQueue } from './produce/partition-queue.js'
import { Producer, type Sessions } from './produce/producer.js'
import type { Segment } from './produce/segment.js'
import { IdempotentSession, NO_SESSION } from './produce/session.js'
import { Transaction } from './produce/transaction.js'
import type { TransactionHandle } from './produce/transaction-handle.js'
import { TransactionSlots } from './produce/transaction-slots.js'
import { withinMs } from './produce/within-ms.js'
import { compressOf } from './records/compress.js'
import { transactionalIdOf } from './transactional-id.js'
import type { WriteSettings } from './write-settings.js'

/**
 * What the writers of one worker share that write to one cluster with one guarantee: their producer, and its transaction where there is one. So the
 * rows of an epoch become visible together, whatever topics they are in, and together with the positions of a group.
 */
export class WorkerProducer {
  /** How it is set, and the table that has set it so. */
  readonly #tuning: string
  readonly #table: string
  readonly #cluster: Cluster
  readonly #opening: Promise<Producer>
  readonly #isTransactional: boolean
  #producer: Producer | null = null
  /** Transactions that have not been handed over: they are aborted with the worker. */
  readonly #transactions = new Set<Transaction>()
  #users = 0
  #preparing: { readonly epoch: number; readonly read: ReadPosition[]; readonly handle: Promise<TransactionHandle | null> } | null = null

  private constructor(sink: SinkSpec, settings: WriteSettings, tuning: string) {
    this.#tuning = tuning
    this.#table = sink.table.name
    this.#cluster = new Cluster(settings.cluster)
    this.#isTransactional = settings.guarantee === 'exactly-once'
    this.#opening = this.#open(sink, settings)
    this.#opening.catch(() => {})
  }

  /** The one of this worker. To be released. @throws MillraceError what a producer and its transactional ids cannot be had for */
  static async of(sink: SinkSpec, settings: WriteSettings, context: WriterContext): Promise<WorkerProducer> {
    const { cluster, guarantee, transactionalIdPrefix } = settings
    const tuning = JSON.stringify([cluster.key, settings.acks, settings.compression, settings.batchBytes, settings.lingerMs, settings.batchBytesMax,
      settings.bufferBytes, settings.deliveryTimeoutMs, settings.transactionTimeoutMs])
    // Two producers of the same transactional ids would fence one another.
    const key = JSON.stringify(['kafka-producer', cluster.name, guarantee, transactionalIdPrefix, ...(guarantee === 'exactly-once' ? [] : [tuning])])
    const shared = context.shared(key, () => new WorkerProducer(sink, settings, tuning))
    if (shared.#tuning !== tuning) {
      throw new MillraceError('OPTION_INVALID',
        `tables \`${shared.#table}\` and \`${sink.table.name}\` are written to one cluster exactly once, so in one transaction by one producer: give them`
          + ' the same \'properties.…\' for it, or another \'sink.transactional-id-prefix\'')
    }
    shared.#users++
    try {
      await shared.#opening
    } catch (error) {
      await shared.release()
      throw error
    }
    return shared
  }

  async #open(sink: SinkSpec, settings: WriteSettings): Promise<Producer> {
    const compress = await compressOf(settings.compression)
    const sessions = await this.#sessions(sink, settings)
    this.#producer = new Producer(this.#cluster, {
      acks: settings.acks, compress, batchBytes: settings.batchBytes, lingerMs: settings.lingerMs, batchBytesMax: settings.batchBytesMax,
      bufferBytes: settings.bufferBytes, deliveryTimeoutMs: settings.deliveryTimeoutMs, requestTimeoutMs: settings.cluster.connection.requestTimeoutMs,
      backOffMs: RETRY_MS,
    }, sessions)
    return this.#producer
  }

  async #sessions(sink: SinkSpec, settings: WriteSettings): Promise<Sessions> {
    if (!this.#isTransactional) {
      let session = settings.acks === -1 ? new IdempotentSession(this.#cluster) : NO_SESSION
      return {
        ofSegment: () => session,
        inPlaceOf: (old) => {
          if (old === session && old !== NO_SESSION) session = new IdempotentSession(this.#cluster)
          return old === NO_SESSION ? null : session
        },
      }
    }
    const timeoutMs = settings.transactionTimeoutMs ?? (sink.holdsPositions === true ? SHARED_TRANSACTION_TIMEOUT_MS : TRANSACTION_TIMEOUT_MS)
    const before = (sink.before as readonly TransactionHandle[]).filter((handle) => handle !== null)
    const nameOf = (slot: number): string => transactionalIdOf(settings.transactionalIdPrefix, sink.jobId, settings.cluster.name, sink.workerIndex, slot)
    const slots = await TransactionSlots.open(this.#cluster, timeoutMs, nameOf, before)
    return {
      ofSegment: () => {
        const transaction = new Transaction(this.#cluster, slots)
        this.#transactions.add(transaction)
        return transaction
      },
      inPlaceOf: () => null,
    }
  }

  /** See {@link Producer.partitions}. */
  async partitions(topic: string): Promise<readonly PartitionQueue[]> {
    return (await this.#opening).partitions(topic)
  }

  append(...record: Parameters<Producer['append']>): number {
    return this.#producer!.append(...record)
  }

  ready(): void | Promise<void> {
    return this.#producer!.ready()
  }

  /**
   * Ends the epoch for all writers of this worker: the first that is asked cuts, the others get the same handle.
   *
   * @returns null where nothing was written, or it is there for good
   */
  prepare(epoch: number, read: readonly ReadPosition[]): Promise<TransactionHandle | null> {
    if (this.#preparing?.epoch !== epoch) {
      const positions: ReadPosition[] = []
      this.#preparing = { epoch, read: positions, handle: this.#prepare(this.#producer!.cut(), positions) }
    }
    this.#preparing.read.push(...read)
    return this.#preparing.handle
  }

  async #prepare(segment: Segment, read: readonly ReadPosition[]): Promise<TransactionHandle | null> {
    await segment.taken
    if (!this.#isTransactional) return null
    const transaction = segment.session as Transaction
    // By now all writers have been asked, and one of them has the positions.
    for (const positions of groupPositionsOf(read)) await transaction.addPositions(positions)
    this.#transactions.delete(transaction)
    return transaction.handle()
  }

  /** One writer fewer. The last one ends it: what was not prepared is aborted. */
  async release(): Promise<void> {
    if (--this.#users > 0) return
    await withinMs(CLOSE_WAIT_MS, this.#opening)
    await this.#producer?.close()
    if (this.#preparing !== null) await withinMs(CLOSE_WAIT_MS, this.#preparing.handle)
    // Where a broker is gone the transaction ends by its time limit, or when the job goes on.
    await withinMs(CLOSE_WAIT_MS, Promise.allSettled([...this.#transactions].map((transaction) => transaction.abort())))
    await this.#cluster.close()
  }
}
