import type { ChangeMode, SinkDescription, ScanSpec, TableDefinition } from '../connector.js'
import type { AsyncCallNode } from './physical-async.js'
import type { Expression } from '../expressions/expression.js'
import type { UserAggregateFunction } from '../functions/user/user-function.js'
import type { SessionNode, WindowNode } from './physical-windows.js'
import type { WindowShape } from './window-shape.js'
import type { DataType, Schema } from '../types/data-type.js'
import type { JoinNode, TemporalJoinNode } from './physical-join.js'
import type { ExpandNode, UnnestNode } from './physical-rows.js'
import type { OverNode, TopNNode } from './physical-over.js'

/**
 * What every worker runs, as frozen plain data: it is cloned to workers, hashed, printed by EXPLAIN and stored in
 * checkpoints. Operators are built from it inside the worker.
 *
 * The nodes form a DAG, listed so that inputs come before their consumers; a node with several consumers is shared.
 */
export interface PhysicalPlan {
  readonly formatVersion: 1
  readonly strategy: Strategy
  readonly workerCount: number
  /** True of a plan for one worker that moves rows as those for several do: it was made from one. */
  readonly rescalable?: boolean
  readonly settings: PlanSettings
  readonly nodes: readonly PhysicalNode[]
  /** URLs of the modules of user functions that the nodes call, for workers to load. Left out: none. */
  readonly functionModules?: readonly string[]
}

/** How a job is executed; `auto` has been resolved by now. */
export type Strategy = 'pipelines' | 'coordinator' | 'single'

export interface PlanSettings {
  /** False: the interpreter and the general decoder path everywhere. */
  readonly compile: boolean
  readonly batchRows: number
  /** IANA name, default UTC. */
  readonly timeZone: string
  /** Seed of random functions. */
  readonly seed: number
  /** State over all time that has not been touched for so long is dropped; left out: none is. */
  readonly stateTtlMs?: number
  /** Bytes of state that each worker keeps in memory: past them, what can leaves it. Left out: all stays. */
  readonly stateMemoryBytes?: number
  /** URL of the module that keeps state beyond memory; its export `spill` is a `SpillFactory`. Left out where the plan's environment has its own. */
  readonly spillModule?: string
  /** Where state beyond memory goes. Left out: the system's place for temporary files. */
  readonly spillDirectory?: string
}

export type PhysicalNode =
  | ScanNode | ValuesNode | CalcNode | AggregateNode | ExchangeNode | SortNode | LimitNode | UnionNode | SinkNode
  | UnnestNode | JoinNode | TemporalJoinNode | ExpandNode
  | WindowNode | SessionNode | OverNode | TopNNode | AsyncCallNode

export interface NodeBase {
  /** Position in `nodes`. */
  readonly id: number
  readonly inputs: readonly number[]
  readonly schema: Schema
  /** `all`: every worker has it. `first`: worker 0 alone. */
  readonly runsOn: 'all' | 'first'
  /** Why its rows are where they are, for EXPLAIN. */
  readonly distribution: Distribution
}

export interface Distribution {
  readonly kind: 'local' | 'merge' | 'exchange' | 'single'
  readonly reason: string
}

/**
 * Reads a table. Schema: `spec.columns`, then the hidden columns in the order of `hidden`:
 * `ordinal` (DOUBLE): a number by which the rows of all splits are ordered (split index · 2³³ + row in split, filtered rows
 * not counted); `watermark` (DOUBLE, microseconds, −Infinity at first): the split's own watermark before the row.
 */
export interface ScanNode extends NodeBase {
  readonly kind: 'scan'
  readonly spec: ScanSpec
  readonly hidden: readonly ('ordinal' | 'watermark')[]
  /** The watermark as an expression over `spec.columns`; null where the table declares none or it is not needed. */
  readonly watermark: Expression | null
  /** A bounded table read as such: no watermarks until its end. */
  readonly bounded: boolean
  /**
   * Processing time: the watermark is the clock, to whole PROCTIME_TICK_MS, and every row is behind it. Left out: event time.
   */
  readonly clock?: boolean
  readonly idleTimeoutMs: number | null
  /** Microseconds that a split may be ahead of the job's watermark before it waits. Left out: it never waits. */
  readonly maxDriftMicros?: number
  readonly onError: ErrorPolicy
  /**
   * Only so many rows, the first by their ordinals, are wanted: what lies behind them may go unread, and what is unread does
   * not fail. Bounded tables alone. Left out: all rows are wanted.
   */
  readonly firstRows?: number
  /** False: what was read of it cannot be read again. Left out: it can. */
  readonly replayable?: boolean
  /** True: its rows are a changelog, whose order in a split counts. */
  readonly changes?: boolean
  /** Its splits come and go: see `ReaderFactory.subscribe`. Left out: they are listed once. */
  readonly subscribed?: boolean
  /** See `SourceDescription.positionsIn`. */
  readonly positionsIn?: string
  readonly summary: string
}

export interface ErrorPolicy {
  readonly action: 'fail' | 'skip' | 'dead-letter'
  /**
   * For `dead-letter`: id of the sink node that takes the failed rows, else null. That sink has no inputs; its schema is
   * the target table's: columns of DEAD_LETTER_SCHEMA (`plan/dead-letter.ts`) by name, each of them optional.
   */
  readonly sink: number | null
}

export interface ValuesNode extends NodeBase {
  readonly kind: 'values'
  /** Literals of the schema's types. */
  readonly rows: readonly (readonly Expression[])[]
}

/** Filter, then projection, in one pass. Rows whose filter is not TRUE are counted as filtered. */
export interface CalcNode extends NodeBase {
  readonly kind: 'calc'
  readonly filter: Expression | null
  readonly project: readonly Expression[]
  readonly onError: ErrorPolicy
}

/**
 * Groups and aggregates. No keys: one group that exists from the start (phase `complete` and `final`). No calls: DISTINCT.
 *
 * - `complete`: input rows to results. Schema: keys, then results.
 * - `partial`: input rows to states. Schema: keys, then every call's state columns in order.
 * - `final`: the states of `partial` to results; `keys` and states are its input's columns in order.
 */
export interface AggregateNode extends NodeBase {
  readonly kind: 'aggregate'
  readonly phase: 'complete' | 'partial' | 'final'
  /** Applied first (phases that take input rows). */
  readonly filter: Expression | null
  readonly keys: readonly Expression[]
  readonly calls: readonly AggregateCall[]
  /** Set where one of the keys is a window's end: its groups close by watermark. */
  readonly window: WindowClose | null
  /**
   * Groups are slices of windows: `window.endKey` is the end of a slice, and with `from` the last key, which the results do not have, is
   * the end of the first window that takes the rows (NULL: the first that holds them). `complete` and `final` put windows together; no
   * row is late here. Left out: groups are what they are.
   */
  readonly slices?: { readonly shape: WindowShape; readonly from: boolean }
  /** `final`: a group is emitted once, when its window closes or the input ends. `changes`: after every batch that touched it. */
  readonly emit: 'final' | 'changes'
  /** True where the input takes rows back (`-U`, `-D`); phase `complete` alone. Left out: rows are only added. */
  readonly retracting?: boolean
  readonly onError: ErrorPolicy
}

export interface AggregateCall {
  /** Canonical name in the catalogue of aggregate functions. */
  readonly name: string
  /** Cast to the resolved types. For functions marked `ordered` the last one is the ordinal. */
  readonly args: readonly Expression[]
  readonly distinct: boolean
  readonly filter: Expression | null
  /** Resolved argument types (without the ordinal) and result type. */
  readonly argTypes: readonly DataType[]
  readonly type: DataType
  /**
   * ORDER BY inside a call of an `ordered` function, most significant first: the group's rows are added in this order,
   * ties by the ordinal. Empty for all others, and where the ordinal alone decides.
   */
  readonly orderBy: readonly AggregateOrder[]
  /** Set for functions of the user's: then `name` is theirs and in no catalogue. */
  readonly user?: UserAggregateFunction
}

/** A key over the aggregate's input. */
export interface AggregateOrder {
  readonly key: Expression
  readonly descending: boolean
  readonly nullsFirst: boolean
}

export interface WindowClose {
  /** Index among `keys` of the window's end (TIMESTAMP or TIMESTAMP_LTZ). */
  readonly endKey: number
  readonly allowedLatenessMicros: number
  /**
   * Input column with the row's own split's watermark, by which it is late or not; null where nothing is late (bounded
   * input) and in phase `final` (late rows were dropped before).
   */
  readonly watermarkColumn: number | null
}

/** Moves rows between workers. Its input runs on `all`; `to: single` has its output on worker 0. */
export interface ExchangeNode extends NodeBase {
  readonly kind: 'exchange'
  readonly to: { readonly kind: 'hash'; readonly columns: readonly number[] } | { readonly kind: 'single' } | { readonly kind: 'all' }
}

/**
 * Sorts all rows at the end of input; with a limit it keeps only offset + limit of them. Ties are broken by the
 * remaining columns, so that the result is the same for any worker count.
 */
export interface SortNode extends NodeBase {
  readonly kind: 'sort'
  readonly keys: readonly SortKey[]
  readonly limit: number | null
  readonly offset: number
  /** True where the input takes rows back: what is sorted is what its changes come to. Left out: rows are only added. */
  readonly retracting?: boolean
}

export interface SortKey {
  readonly column: number
  readonly descending: boolean
  readonly nullsFirst: boolean
}

/** Passes the first rows as they come and then asks the job to end: LIMIT over an unbounded input. Runs on worker 0. */
export interface LimitNode extends NodeBase {
  readonly kind: 'limit'
  readonly limit: number
  readonly offset: number
}

/** UNION ALL: all inputs have the same types. */
export interface UnionNode extends NodeBase {
  readonly kind: 'union'
}

/** Schema: the rows as they are written (input and table columns are the same by then). */
export interface SinkNode extends NodeBase {
  readonly kind: 'sink'
  /** `connector: 'result'` is the built-in one that hands rows to the caller of `query()`. */
  readonly table: TableDefinition
  readonly mode: ChangeMode
  /** Of a sink without inputs: what it takes. Left out: rows that failed. */
  readonly takes?: 'late rows'
  readonly guarantee: SinkDescription['guarantee']
  /** See `SinkDescription.commitsPositionsOf`. */
  readonly commitsPositionsOf?: string
  /** Mode `upsert`: true if every key that is ever written is there at the end too, so that rows may be written twice. Left out: in doubt. */
  readonly keysStay?: boolean
  readonly summary: string
}
