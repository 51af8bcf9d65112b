import type { Connector, PhysicalNode, PhysicalPlan, Schema, SinkNode } from '@millrace/core'
import { rescaled } from '@millrace/core'
import type { Change } from '../batch-text.js'
import { manualClock, type ManualClock } from '../manual-clock.js'
import type { MemoryRow } from '../memory-connector.js'
import type { SimulationCheckpoint, SimulationOptions } from '../simulate.js'
import { Simulation } from '../simulate.js'
import { ROWS_PER_CHECKPOINT } from '../limits.js'
import { netChanges } from './net-changes.js'
import { type FatalRow, StandIns, type TestedTable } from './stand-ins.js'
import type { DeclaredTable } from './tested-script.js'

export interface RunSetting {
  readonly plan: PhysicalPlan
  readonly schema: Schema
  readonly functions: NonNullable<SimulationOptions['functions']>
  readonly declared: readonly DeclaredTable[]
  readonly tables: Readonly<Record<string, TestedTable>>
  readonly connectors: readonly Connector[]
  readonly seed: number
  readonly exchangeBytes: number
  /** What the clock says at first, microseconds. */
  readonly startMicros: number
}

/** What a test does to a job. Rows come one at a time, so that what follows from each is the same however many workers there are. */
export type Action =
  | { readonly kind: 'row'; readonly table: string; readonly partition: number; readonly row: MemoryRow }
  | { readonly kind: 'clock'; readonly ms: number }
  | { readonly kind: 'watermark'; readonly table: string; readonly partition: number; readonly micros: number }
  | { readonly kind: 'end'; readonly table: string }

/** The name under which the rows of a bare SELECT are kept. */
export const QUERY = ''

/** What came to a table, or of a query. */
export interface Output {
  readonly schema: Schema
  /** Of a table that keeps the last row of each key. */
  readonly key: readonly string[] | null
  readonly changes: Change[]
}

/**
 * The tested job on one number of workers. It keeps what was done to it, so that it can go on from its last checkpoint when a worker has
 * died: with the rows that came since then, at the times at which they came.
 */
export class JobRun {
  workers: number
  readonly outputs: Map<string, Output> = new Map()
  readonly #setting: RunSetting
  readonly #log: Action[] = []
  #checkpoint: { readonly from: SimulationCheckpoint | null; readonly actions: number; readonly outputs: ReadonlyMap<string, number> }
  #standIns!: StandIns
  #simulation!: Simulation
  #clock!: ManualClock
  /** Rows of the query that the simulation has given and that are in {@link outputs}. */
  #queryTaken = 0
  #starts = 0

  private constructor(setting: RunSetting, workers: number) {
    this.#setting = setting
    this.workers = workers
    this.#checkpoint = { from: null, actions: 0, outputs: new Map() }
  }

  static async open(setting: RunSetting, workers: number): Promise<JobRun> {
    const run = new JobRun(setting, workers)
    await run.#start()
    return run
  }

  get isArmed(): boolean {
    return this.#standIns.fatalRow !== null
  }

  /** Does something to the job, and waits until all that follows from it has happened. */
  async act(action: Action): Promise<void> {
    this.#log.push(action)
    await this.#apply(action)
    if (this.isArmed && this.#log.length - this.#checkpoint.actions >= ROWS_PER_CHECKPOINT) await this.checkpoint()
  }

  /** Lets the worker die that takes a row. */
  async arm(row: FatalRow): Promise<void> {
    await this.checkpoint()
    this.#standIns.fatalRow = row
  }

  async checkpoint(): Promise<void> {
    const from = await this.#simulation.checkpoint()
    this.#collect()
    const outputs = new Map([...this.outputs].map(([name, { changes }]) => [name, changes.length]))
    this.#checkpoint = { from, actions: this.#log.length, outputs }
  }

  async restart(workers: number): Promise<void> {
    const { fatalRow } = this.#standIns
    await this.checkpoint()
    this.workers = workers
    await this.#start()
    this.#standIns.fatalRow = fatalRow
  }

  /** All tables have ended: goes on to the end of the job. */
  async finish(): Promise<void> {
    await this.#simulation.finish()
    this.#collect()
  }

  async close(): Promise<void> {
    await this.#simulation.close()
  }

  // ------------------------------------------------------------------------------------------------------------ time

  async #apply(action: Action): Promise<void> {
    this.#hand(action)
    try {
      await this.#simulation.settle()
    } catch (error) {
      if (error !== this.#standIns.death) throw error
      await this.#start()
      for (const again of this.#log.slice(this.#checkpoint.actions)) await this.#apply(again)
      return
    }
    this.#collect()
  }

  #hand(action: Action): void {
    switch (action.kind) {
      case 'row': return this.#standIns.push(action.table, [action.row], action.partition)
      case 'clock': return this.#clock.advanceMs(action.ms)
      case 'watermark': return this.#standIns.advanceWatermark(action.table, action.partition, action.micros)
      case 'end': return this.#standIns.end(action.table)
    }
  }

  /** From the last checkpoint, or from the beginning. What came after it is void. */
  async #start(): Promise<void> {
    const { plan, declared, tables, connectors, functions, seed, exchangeBytes, startMicros } = this.#setting
    if (this.#starts > 0) await this.#simulation.close()
    const { from, actions, outputs } = this.#checkpoint
    for (const [name, { changes }] of this.outputs) changes.length = outputs.get(name) ?? 0
    const before = this.#log.slice(0, actions)
    const elapsedMs = before.reduce((sum, action) => sum + (action.kind === 'clock' ? action.ms : 0), 0)
    this.#standIns = new StandIns(declared, tables, connectors)
    this.#clock = manualClock(startMicros + elapsedMs * 1_000)
    this.#queryTaken = 0
    for (const action of before) if (action.kind !== 'clock') this.#hand(action)
    const options = {
      connectors: [...this.#standIns.connectors.values()], functions, seed: seed + this.#starts++, exchangeBytes, clock: this.#clock,
    }
    this.#simulation = from === null
      ? await Simulation.open({ ...options, plan: rescaled(plan, this.workers) })
      : await Simulation.restore(from, { ...options, workers: this.workers })
    await this.#simulation.settle()
    this.#collect()
  }

  // --------------------------------------------------------------------------------------------------------- outputs

  #collect(): void {
    const { changes } = this.#simulation
    this.#note(QUERY, this.#setting.schema, null, changes.slice(this.#queryTaken))
    this.#queryTaken = changes.length
    for (const [name, { table, mode, changes: written }] of this.#standIns.written) {
      this.#note(name, table.columns, mode === 'upsert' ? table.primaryKey : null, written.splice(0))
    }
  }

  #note(name: string, schema: Schema, key: readonly string[] | null, changes: readonly Change[]): void {
    const output = this.outputs.get(name) ?? { schema, key, changes: [] }
    this.outputs.set(name, output)
    output.changes.push(...netChanges(changes, schema, key))
  }
}

/** Tables that the queries of a plan write to; not those that only take late rows or rows that failed. */
export function targetsOf(plan: PhysicalPlan): string[] {
  const isTarget = (node: PhysicalNode): node is SinkNode => node.kind === 'sink' && node.inputs.length > 0
  return plan.nodes.filter(isTarget).map(({ table }) => table.name)
}

