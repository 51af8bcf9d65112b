import type { PhysicalPlan, PreparedSink, SinkNode, StateChange, TableDefinition, WriterFactory } from '@millrace/core'
import type { ConnectorLoader } from '../connectors/connector-loader.js'

/** The sinks of a plan on the main thread: what their writers have prepared is committed here, for all workers at once. */
export class JobSinks {
  readonly #sinks: readonly SinkNode[]
  readonly #connectors: ConnectorLoader

  /** @param last ids of sinks that are committed after all others, because how far was read is committed with them */
  constructor(plan: PhysicalPlan, connectors: ConnectorLoader, last: ReadonlySet<number> = new Set()) {
    const sinks = plan.nodes.filter((node): node is SinkNode => node.kind === 'sink')
    this.#sinks = [...sinks.filter(({ id }) => !last.has(id)), ...sinks.filter(({ id }) => last.has(id))]
    this.#connectors = connectors
  }

  /** Those of a stored plan that an edit of the query has removed: what was prepared for them is committed yet. */
  static async removed(stored: PhysicalPlan, removed: readonly StateChange[], connectors: ConnectorLoader): Promise<JobSinks> {
    const nodes = stored.nodes.filter((node) => node.kind === 'sink' && removed.some(({ nodeId }) => nodeId === node.id))
    const plan = { ...stored, nodes }
    await connectors.addresses(plan)
    return new JobSinks(plan, connectors)
  }

  async commit(prepared: readonly PreparedSink[], epoch: number): Promise<void> {
    for (const { table, handles, writer } of this.#bySink(prepared)) await writer?.commit?.(table, handles, epoch)
  }

  /** Removes what attempts before this one have left of epochs after `epoch`. */
  async recover(jobId: string, epoch: number): Promise<void> {
    for (const { table, writer } of this.#bySink([])) await writer?.recover?.(table, jobId, epoch)
  }

  /**
   * Removes what a job without checkpoints has written that has failed: what it has prepared, and what some of its sinks had committed
   * when another could not.
   */
  async abandon(jobId: string, prepared: readonly PreparedSink[]): Promise<void> {
    for (const { table, handles, writer } of this.#bySink(prepared)) {
      // What cannot be removed must not hide why the job failed.
      await Promise.resolve(writer?.abort?.(table, handles)).catch(() => {})
      await Promise.resolve(writer?.recover?.(table, jobId, 0)).catch(() => {})
    }
  }

  #bySink(prepared: readonly PreparedSink[]): { table: TableDefinition; handles: unknown[]; writer: WriterFactory | undefined }[] {
    return this.#sinks.map(({ id, table }) => ({
      table,
      handles: prepared.filter(({ nodeId, prepared: handle }) => nodeId === id && handle !== null).map(({ prepared: handle }) => handle),
      writer: this.#connectors.get(table.connector).writer,
    }))
  }
}
