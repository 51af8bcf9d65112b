import {
  begunIn, groupShareOf, isSubscribed, type JobSnapshot, MillraceError, type PhysicalPlan, positionHoldersOf, positionsIn, type ScanNode, scansHeldBy, type Split,
  type Subscription, type SubscriptionContext,
} from '@millrace/core'
import type { ConnectorLoader } from '../connectors/connector-loader.js'
import { STOP_MS_MAX } from '../limits.js'
import { settledWithin } from '../threads/deadline.js'

export interface SubscriptionsOptions {
  readonly jobId: string
  readonly plan: PhysicalPlan
  /** Whether the job's checkpoints outlive the process. */
  readonly hasDirectory: boolean
  readonly connectors: ConnectorLoader
  note(text: string): void
}

/** The splits of each subscribed scan, by node id. */
export type Assignment = ReadonlyMap<number, readonly Split[]>

interface SubscribedScan {
  readonly scan: ScanNode
  readonly subscription: Subscription
}

/**
 * The subscriptions of one job, on the main thread: they outlive its attempts, so that neither a worker that is lost nor a change of splits
 * is anything to other processes but what it has to be.
 */
export class Subscriptions {
  /** Told when the splits are about to change, or a subscription has failed. */
  onChange: () => void = () => {}
  readonly #options: SubscriptionsOptions
  readonly #scans: SubscribedScan[] = []
  readonly #shared = new Map<string, unknown>()
  readonly #abort = new AbortController()
  /** Scans whose positions sinks commit with their rows. */
  readonly #held: ReadonlySet<number>
  #assigned: Assignment = new Map()
  #changing = false
  #failure: MillraceError | null = null
  #wake: (() => void)[] = []

  private constructor(options: SubscriptionsOptions) {
    const { plan, hasDirectory } = options
    this.#options = options
    this.#held = new Set(hasDirectory ? [] : [...positionHoldersOf(plan)].flatMap((sink) => [...scansHeldBy(plan, sink)]))
  }

  /** Null for a job of which no table comes and goes. @throws MillraceError what connectors throw */
  static async open(options: SubscriptionsOptions): Promise<Subscriptions | null> {
    const { plan } = options
    if (!isSubscribed(plan)) return null
    const subscriptions = new Subscriptions(options)
    try {
      await subscriptions.#subscribe()
    } catch (error) {
      await subscriptions.close()
      throw error
    }
    return subscriptions
  }

  async #subscribe(): Promise<void> {
    const { plan, connectors, hasDirectory } = this.#options
    await connectors.addresses(plan)
    const share = hasDirectory ? 'whole' : (groupShareOf(plan)?.share ?? 'whole')
    for (const scan of plan.nodes.filter((node): node is ScanNode => node.kind === 'scan' && node.subscribed === true)) {
      const { table } = scan.spec
      const { reader } = connectors.get(table.connector)
      if (reader?.subscribe === undefined) {
        throw new MillraceError('CONNECTOR_INVALID', `connector '${table.connector}' says that splits of ${table.name} come and go, and has no subscribe()`)
      }
      const positions = scan.positionsIn !== undefined && !hasDirectory ? 'source' : 'job'
      this.#scans.push({ scan, subscription: await reader.subscribe(table, this.#context(share, positions)) })
    }
  }

  #context(share: SubscriptionContext['share'], positions: SubscriptionContext['positions']): SubscriptionContext {
    const { jobId, note } = this.#options
    return {
      jobId, share, positions, note,
      changing: () => {
        this.#changing = true
        this.#told()
      },
      failed: (error) => {
        this.#failure ??= error
        this.#told()
      },
      shared: <T>(key: string, create: () => T): T => {
        if (!this.#shared.has(key)) this.#shared.set(key, create())
        return this.#shared.get(key) as T
      },
      signal: this.#abort.signal,
    }
  }

  /** True from when splits are about to change until they are asked for again. */
  get isChanging(): boolean {
    return this.#changing
  }

  /** What has failed since the splits were asked for. */
  get failure(): MillraceError | null {
    return this.#failure
  }

  /**
   * The splits of this process from now on.
   *
   * @param known what the job goes on from, if it does
   * @returns null where it has none, and stands by until `changed`
   * @throws MillraceError what connectors throw
   */
  async splits(known: JobSnapshot | null): Promise<Assignment | null> {
    this.#changing = false
    this.#failure = null
    const assigned = new Map<number, readonly Split[]>()
    for (const { scan, subscription } of this.#scans) {
      assigned.set(scan.id, await subscription.splits(known === null ? new Set() : begunIn(known, scan.id)))
    }
    this.#assigned = assigned
    return this.#isOnDuty(assigned) ? assigned : null
  }

  /** Whole jobs run where every group has given all of its splits; shared ones where there are any. */
  #isOnDuty(assigned: Assignment): boolean {
    const grouped = this.#scans.filter(({ scan }) => scan.positionsIn !== undefined)
    const has = ({ scan }: SubscribedScan): boolean => assigned.get(scan.id)!.length > 0
    if (grouped.length === 0) return this.#scans.some(has)
    return groupShareOf(this.#options.plan)!.share === 'shared' && !this.#options.hasDirectory ? grouped.some(has) : grouped.every(has)
  }

  /** Resolves when the splits are about to change, or something has failed that asking for them again will tell of. */
  async changed(): Promise<void> {
    if (!this.#changing && this.#failure === null) await new Promise<void>((resolve) => this.#wake.push(resolve))
    if (this.#failure !== null) throw this.#failure
  }

  /** Tells how far a committed epoch has read, but of what its sinks have committed. @throws MillraceError what connectors throw */
  async commit(snapshot: JobSnapshot): Promise<void> {
    for (const { scan, subscription } of this.#scans) {
      if (this.#held.has(scan.id)) continue
      const own = new Set(this.#assigned.get(scan.id)?.map(({ id }) => id))
      const positions = new Map([...positionsIn(snapshot, scan.id)].filter(([id]) => own.has(id)))
      if (positions.size > 0) await subscription.commit(positions)
    }
  }

  /** Leaves. Never rejects and never hangs. */
  async close(): Promise<void> {
    const closing = (async () => {
      for (const { subscription, scan } of this.#scans.splice(0)) await this.#closed(scan.spec.table.name, () => subscription.close())
      for (const [key, thing] of this.#shared) await this.#closed(key, () => (thing as { close?: () => unknown } | null)?.close?.())
      this.#shared.clear()
    })()
    await settledWithin(STOP_MS_MAX, closing)
    this.#abort.abort()
  }

  async #closed(what: string, close: () => unknown): Promise<void> {
    try {
      await close()
    } catch (error) {
      this.#options.note(`${what} could not be left in order: ${(error as Error).message}`)
    }
  }

  #told(): void {
    for (const wake of this.#wake.splice(0)) wake()
    this.onChange()
  }
}
