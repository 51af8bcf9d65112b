import type { MillraceError, Split, SubscriptionContext } from '@millrace/core'
import { tableOf } from '../cluster/kafka-table.test.kit.js'
import { subscribeTo, type KafkaSubscription } from './subscription.js'

/** A process that does with a subscription what a job does: asks for splits again when they change, once it has committed what it has "read". */
export class GroupProcess {
  readonly subscription: KafkaSubscription
  readonly notes: string[] = []
  readonly #shared = new Map<string, unknown>()
  splits: readonly Split[] = []
  rounds = 0
  failure: MillraceError | null = null
  isBusy = false
  readonly positions: Map<string, number> = new Map<string, number>()
  #wanted = true
  #isRunning = false
  #isClosed = false

  constructor(kafka: { readonly bootstrapServers: string }, options: Record<string, string>, context: Partial<SubscriptionContext> = {}) {
    this.subscription = subscribeTo(tableOf(kafka, { 'properties.heartbeat.interval.ms': '100ms', 'properties.session.timeout.ms': '6s', 'properties.rebalance.timeout.ms': '10s', 'scan.partition-discovery.interval': '0', ...options }), {
      jobId: 'job', share: 'shared', positions: 'source', signal: new AbortController().signal,
      changing: () => { this.#wanted = true; void this.#run() },
      failed: (error) => { this.failure = error },
      note: (text) => { this.notes.push(text) },
      shared: <T>(key: string, create: () => T): T => {
        if (!this.#shared.has(key)) this.#shared.set(key, create())
        return this.#shared.get(key) as T
      },
      ...context,
    })
    void this.#run()
  }

  get ids(): string[] {
    return this.splits.map(({ id }) => id.slice(id.lastIndexOf('-') + 1)).sort()
  }

  async #run(): Promise<void> {
    if (this.#isRunning || this.isBusy) return
    this.#isRunning = true
    try {
      while (this.#wanted && !this.#isClosed) {
        this.#wanted = false
        if (this.positions.size > 0) await this.subscription.commit(new Map(this.positions)).catch(() => undefined)
        this.positions.clear()
        const splits = await this.subscription.splits(new Set())
        this.splits = splits
        this.rounds++
      }
    } catch (error) {
      if (!this.#isClosed) this.failure = error as MillraceError
    } finally {
      this.#isRunning = false
    }
  }

  /** A main thread that is busy with other things than its group. */
  release(): void {
    this.isBusy = false
    void this.#run()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.subscription.close()
    for (const thing of this.#shared.values()) await (thing as { close(): Promise<void> }).close()
  }
}
