import type { Batch } from './types/batch.js'
import type { Field, Schema } from './types/data-type.js'
import type { End } from './types/element.js'
import type { ErrorCode, MillraceError } from './errors.js'

/**
 * What a connector package exports, by default as `connector`: `export const connector: Connector = { … }`.
 *
 * SQL finds it by name (`'connector' = 'file'` is `@millrace/file`), or by module specifier, relative to the SQL file,
 * absolute or a package, with an optional export name: `'connector' = './my-connector.js#mine'`.
 */
export interface Connector {
  readonly name: string
  readonly reader?: ReaderFactory
  readonly writer?: WriterFactory
}

/** A table as declared in SQL, as plain data: it is sent to workers and stored in checkpoints. */
export interface TableDefinition {
  readonly name: string
  /** What stands in `'connector' = '…'`. */
  readonly connector: string
  /** All options of WITH but `connector`, names in lower case. */
  readonly options: Readonly<Record<string, string>>
  /**
   * Those of them that say what the table holds: neither secret nor {@link OptionDescription.tuning}, paths as absolute ones. A job goes on
   * from a checkpoint with tables of which this is the same. Left out: all options count.
   */
  readonly identity?: Readonly<Record<string, string>>
  /** Formats of packages that its options name: by what stands in the option, the address that {@link formatOf} knows them by. */
  readonly formats?: Readonly<Record<string, string>>
  /** The physical columns in declared order; computed columns are the planner's business. */
  readonly columns: readonly TableColumn[]
  /** Names of the primary key's columns; empty where none is declared. */
  readonly primaryKey: readonly string[]
  readonly partitionedBy: readonly string[]
  /** Directory (absolute) that relative paths in options start from: that of the SQL file, or the working directory. */
  readonly baseDirectory: string
  /**
   * Directory (absolute) that no path of the table may leave, neither by `..` nor through links: see `checkConfined`. Left out: the job is
   * not confined. A connector that opens files holds to it.
   */
  readonly confinedTo?: string
}

export interface TableColumn extends Field {
  /** For a METADATA column the key it reads (`'offset'`), else null. */
  readonly metadata: string | null
  /**
   * In a {@link ScanSpec} of a source that says `fields: true`: one field of a ROW column, by the names that lead to it
   * (`['bid', 'price']`; the column's `name` is then `bid.price`). NULL where the ROW is. Left out: the column of that name.
   */
  readonly path?: readonly string[]
}

/**
 * The options a connector takes, by name. A name may end in `.*` for a family (`fields.*`). The planner refuses unknown
 * names with the nearest valid one (OPTION_UNKNOWN) and missing ones (OPTION_MISSING) before it asks the connector.
 * The options of tables as such (`on-error`, `dead-letter`, `scan.replay`, …) are not listed here: see TABLE_OPTIONS.
 */
export type OptionTable = Readonly<Record<string, OptionDescription>>

export interface OptionDescription {
  readonly doc: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'duration' | 'bytes'
  readonly values?: readonly string[]
  readonly default?: string
  readonly required?: boolean
  readonly minimum?: number
  readonly maximum?: number
  /** Its value is never printed, logged or stored. */
  readonly secret?: boolean
  /** It says how the table is read or written and never what: a job goes on from its checkpoint when it has changed. */
  readonly tuning?: boolean
  /** A relative value starts from the table's base directory. */
  readonly path?: boolean
  /** A name that is known from elsewhere and is no option here: OPTION_UNKNOWN, and `doc` says what there is instead. */
  readonly refused?: boolean
}

// ---------------------------------------------------------------------------------------------------------- reading

export interface ReaderFactory {
  readonly options: OptionTable

  /**
   * Checks the table and says what reading it is like. Called once while planning, on the main thread; may do I/O
   * (look for files, ask a broker). Option names and required ones have been checked.
   *
   * @throws MillraceError OPTION_INVALID, SOURCE_MISSING, SOURCE_UNREADABLE, SOURCE_UNAVAILABLE
   */
  describe(table: TableDefinition): Promise<SourceDescription>

  /**
   * Lists the splits: disjoint, and together the whole source. Called once before the job starts, on the main thread.
   * The list depends on the source and the options alone, never on the number of workers: lateness and row order are
   * defined by split, so the same input must give the same splits.
   *
   * @param hint.workerCount for sources that are generated: enough splits to keep so many workers busy, rounded so
   *   that the *content* does not depend on it
   */
  listSplits(table: TableDefinition, hint: { readonly workerCount: number }): Promise<readonly Split[]>

  /**
   * Opens one split, inside the worker that owns it. Readers of one worker share connections, decoders and
   * dictionaries through `context.shared`.
   *
   * @param position where to go on: what {@link Reader.position} gave; absent to start at the beginning
   */
  open(scan: ScanSpec, split: Split, context: ReaderContext, position?: unknown): Promise<Reader>

  /**
   * For sources whose splits come and go while they are read: partitions that are added, or shared with other processes. Called once a
   * job, not once an attempt, on the main thread, and only where {@link SourceDescription.subscribed} says so; `listSplits` is then not
   * asked.
   *
   * @throws MillraceError what `listSplits` throws
   */
  subscribe?(table: TableDefinition, context: SubscriptionContext): Promise<Subscription>

  /**
   * For the `coordinator` strategy: the same splits as blocks of undecoded records, read on the main thread and
   * decoded in the workers. A factory without it is read as batches there.
   */
  readonly blocks?: BlockFactory
}

/** What a subscription may ask of the job that reads by it. */
export interface SubscriptionContext {
  readonly jobId: string
  /**
   * `shared`: each process takes a share of the splits. `whole`: all of them or none, and the same process has those of all tables of its
   * group; those that get none stand by.
   */
  readonly share: 'shared' | 'whole'
  /**
   * Where the truth of positions is. `source`: in the source itself, so that {@link Split.position} says where each split begins, as of the
   * last `commit` by whoever had it, and as of the transactions of sinks that commit positions. `job`: in the job's checkpoint; splits
   * come without position, and what `commit` takes is a mirror of it, for others to look at.
   */
  readonly positions: 'source' | 'job'
  /**
   * Tells the job that its splits are about to change: it drains to an epoch, commits it, closes its readers, then asks
   * {@link Subscription.splits} again. May be called at any time, and again; a call counts against what the last call of `splits` has
   * given, or is about to give. One for a job that has several subscriptions is one for all.
   */
  changing(): void
  /** Ends the job with this error, where no call of the job's is there to reject. */
  failed(error: MillraceError): void
  /**
   * Something that the subscriptions of one job share, as one group member for all tables of the same group: created at the first call for
   * a key, given again at later ones, closed (if it has a `close`) after the last of them.
   */
  shared<T>(key: string, create: () => T): T
  /** Aborted when the job is stopping: waits end. */
  readonly signal: AbortSignal
  /** Takes a sentence for the user, such as that the process stands by. */
  note(text: string): void
}

/**
 * What a job has of a table whose splits come and go. Lives as long as the job, over restarts after failures too, so that a worker that
 * is lost changes nothing for other processes. All calls come from the main thread, one at a time, but for `close`.
 */
export interface Subscription {
  /**
   * The splits of this process from now on, when they are known. Called at the beginning of each attempt to run the job: first, after
   * `changing`, after a failure. No reader is open then, and everything that was read is committed or will be read again, so splits may
   * be handed over to others. Where nothing has changed it gives the same splits again and disturbs nobody. May wait as long as it takes.
   *
   * The same split has the same id whenever it comes. A split that is gone and comes back is the same one.
   *
   * @param known ids of those that the job has begun to read, in earlier runs too. Where the job goes on, any other is new and begins at
   *   its start; only where there is none does the table say where to begin
   * @returns empty: it has none now and stands by until `changing`
   */
  splits(known: ReadonlySet<string>): Promise<readonly Split[]>
  /**
   * Takes positions after an epoch has been committed, by split id; of all splits that the last `splits` has given and that were opened.
   * Not called for positions that a sink has committed with its rows.
   *
   * @throws MillraceError KAFKA_FENCED (external, retry) where the splits belong to another by now
   */
  commit(positions: ReadonlyMap<string, unknown>): Promise<void>
  /**
   * The last call, when every reader is closed and what was read is committed: leaves the group. May come while `splits` is waiting, which
   * then rejects or never resolves. Called once, after a failure too.
   */
  close(): Promise<void>
}

export interface SourceDescription {
  /** True if the source ends by itself. A bounded table is complete: nothing in it is late. */
  readonly bounded: boolean
  /** Whether {@link ScanSpec.filter} is applied exactly. False: the planner filters after the scan. */
  readonly filters: boolean
  /**
   * Columns by whose values the splits are disjoint (equal values are always in one split), so that grouping by them
   * needs no exchange. Empty for most sources.
   */
  readonly splitKey: readonly string[]
  /**
   * True if its rows are a changelog: batches may have row kinds, and a row that is taken back comes complete, in the split
   * in which it was added. Left out: rows are only added.
   */
  readonly changes?: boolean
  /** Whether it gives single fields of ROW columns ({@link TableColumn.path}), so that the rest is never made. Left out: no. */
  readonly fields?: boolean
  /**
   * True if no row of a split is older than one before it. Where a table declares a watermark, a source that filters is only
   * given conditions if it says so, and its readers then have {@link Reader.lastPassed}.
   */
  readonly inOrder?: boolean
  /**
   * True if its rows are made and not fetched: those that nobody wants cost next to nothing, and every one can be decoded. A job
   * that reads such a table twice with different conditions does read it twice.
   */
  readonly generated?: boolean
  /**
   * False if `open` cannot go on at a position that was stored, in another process too, because what was read is gone (a socket, a
   * pipe): no sink of its rows can then promise anything. Left out: it can.
   */
  readonly replayable?: boolean
  /**
   * True if its splits may come and go while it is read: the job then asks {@link ReaderFactory.subscribe} for them, and runs in epochs also
   * where it has no directory for its checkpoints. Left out: `listSplits` is the truth.
   */
  readonly subscribed?: boolean
  /**
   * Where `subscribed`: the place that keeps positions for a group of processes, such as `kafka://host:9092`, in one form for each place.
   * Left out: no place does, and without checkpoints a job begins anew.
   */
  readonly positionsIn?: string
  /** Metadata keys it can give, with their types. */
  readonly metadata: Readonly<Record<string, Field>>
  /** How many bytes there are to read at most, where that is known: a small table is copied to where it is joined. */
  readonly bytes?: number | null
  /** How many splits there can be, where that is known: 1 tells the planner that the source cannot be shared out. */
  readonly splits?: number | null
  /** One line for EXPLAIN: `ndjson, 12 byte ranges, 850 MB`. */
  readonly summary: string
}

/** A part of a source that one reader reads from start to end, in order. Plain data. */
export interface Split {
  /** Unique in the source and the same in every run over the same source. */
  readonly id: string
  /** Amount of work in it, in whatever unit the source has (bytes, rows), for sharing out and progress; 0 = unknown. */
  readonly weight: number
  /** Bounded splits are opened one after the other by whoever is free; unbounded ones are all open from the start. */
  readonly bounded: boolean
  /**
   * Where to begin, in the form of {@link Reader.position}; outranks what a checkpoint has stored. Given by a {@link Subscription} alone,
   * whose source keeps positions. Left out: where the checkpoint says, else the beginning.
   */
  readonly position?: unknown
  /** The connector's own description of it. */
  readonly detail: unknown
}

/** What the query wants of a table. Plain data. */
export interface ScanSpec {
  readonly table: TableDefinition
  /** The columns to return, in this order; a subset of the table's. May be empty (`count(*)`): then only lengths matter. */
  readonly columns: readonly TableColumn[]
  /** All must hold; indexes are into `columns`. Empty, or for the reader to apply if it said `filters: true`. */
  readonly filter: readonly ScanCondition[]
  /** Rows in a batch at most. */
  readonly batchRows: number
}

/** `column op value`, with SQL's NULL semantics: a NULL column satisfies only `is null`. */
export interface ScanCondition {
  readonly column: number
  readonly op: '=' | '<>' | '<' | '<=' | '>' | '>=' | 'in' | 'is null' | 'is not null'
  /** Values of the column's type in the form of `Value`; one but for `in`; none for the null tests. Never NULL. */
  readonly values: readonly (boolean | number | bigint | string)[]
}

export interface ReaderContext {
  /**
   * Something the readers of one scan in this worker share: created at the first call for a key, given again at later
   * ones, closed (if it has a `close`) when the worker's pipeline ends. They share this context's meter and `rowFailed` too.
   */
  shared<T>(key: string, create: () => T): T
  /** For the reader to add to as it reads. Rows returned are counted by the engine. */
  readonly meter: ReadMeter
  /**
   * Reports a record that cannot be decoded, then goes on with the next one. Throws under `'on-error' = 'fail'`.
   * Counts as a row in.
   */
  rowFailed(failure: RowFailure): void
  /** Microseconds since 1970 by the job's clock. A connector has no other one. */
  nowMicros(): number
  /** Aborted when the job is stopping: waits end, `read` may return what it has. */
  readonly signal: AbortSignal
  /** False under `--set compile=off`: take the general path everywhere. */
  readonly compile: boolean
}

export interface ReadMeter {
  /** Bytes taken from the source. */
  bytesIn: number
  /** Records read and not returned because {@link ScanSpec.filter} did not hold. */
  rowsFiltered: number
}

export interface RowFailure {
  readonly code: ErrorCode
  readonly message: string
  /** The record as read, or null where it has no bytes. Copied by the callee. */
  readonly record: Uint8Array | null
  /** The key and the headers that came with it, where the source has such. Copied by the callee. */
  readonly key?: Uint8Array | null
  readonly headers?: ReadonlyMap<string, Uint8Array | null> | null
  readonly splitId: string
  readonly position: unknown
}

export interface Reader {
  /**
   * Takes what is ready now.
   *
   * Called only by the worker loop, never concurrently, never after `close`. Must not block for longer than about
   * 10 ms: the loop serves other splits and the control channel too. The batch is valid until the next call.
   *
   * @returns a batch of 1 … scan.batchRows rows (2 where that is 1 and an update of a changelog must stay whole), `null` when nothing is
   *   ready (or everything read was filtered), END when the split has ended, again and again from then on. A promise of these only where
   *   waiting is unavoidable.
   * @throws MillraceError SOURCE_UNREADABLE, SOURCE_UNAVAILABLE, SOURCE_CORRUPT
   */
  read(): Batch | null | End | Promise<Batch | null | End>

  /** Serialisable (JSON) position after the last row returned: `open` with it continues with nothing twice, nothing missing. */
  position(): unknown

  /**
   * Where the source is {@link SourceDescription.inOrder}: the last record that has been read, filtered or not, as a batch of
   * one row, so that event time goes on while nothing passes the filter; `null` where there is none yet. Called after `read`,
   * whose batch need not be valid any more.
   */
  lastPassed?(): Batch | null

  /**
   * How far event time has come in this split at least, in microseconds, where the source knows it although no row says so; −Infinity
   * where it does not. Called after `read`, and concerns only rows that have not been returned yet.
   */
  watermark?(): number

  /** The share done, 0 … 1, or null where there is no end. */
  progress?(): number | null

  close(): Promise<void>
}

/** See {@link ReaderFactory.blocks}. */
export interface BlockFactory {
  /** Opens a split for reading whole records undecoded, on the main thread. */
  open(scan: ScanSpec, split: Split, context: ReaderContext): Promise<BlockReader>
  /** Makes a decoder of such blocks, in a worker. */
  decoder(scan: ScanSpec, context: ReaderContext): BlockDecoder
}

export interface BlockReader {
  /** The next block of whole records, a view valid until the next call; `null` when nothing is ready; END at the end. */
  next(): Block | null | End | Promise<Block | null | End>
  close(): Promise<void>
}

export interface Block {
  readonly bytes: Uint8Array
  /** Position of its first byte in the split, for row positions. */
  readonly position: number
}

export interface BlockDecoder {
  /** Starts on a block, which stays valid until `decode` has returned null. */
  begin(block: Block, splitId: string): void
  /** The next batch of the block, valid until the next call, or null when the block is used up. */
  decode(): Batch | null
}

// ---------------------------------------------------------------------------------------------------------- writing

export interface WriterFactory {
  readonly options: OptionTable

  /** Checks the table and says what it can take. Called while planning, on the main thread. Leaves nothing behind. */
  describe(table: TableDefinition): Promise<SinkDescription>

  /** Opens a writer, inside the worker whose rows it writes. Every worker has its own. */
  open(sink: SinkSpec, context: WriterContext): Promise<Writer>

  /**
   * Makes prepared output visible: on the main thread, once every writer of the job has prepared the epoch. Called
   * again with the same arguments after a crash, so it must be idempotent. Absent where `write` is already final.
   */
  commit?(table: TableDefinition, prepared: readonly unknown[], epoch: number): Promise<void>

  /**
   * Called before a job that goes on from a checkpoint opens its writers, and after what that checkpoint had prepared was committed once
   * more: removes what attempts before this one have left of epochs after `epoch`, such as temporary files and open transactions. With
   * epoch 0 where there was no checkpoint yet. Idempotent.
   *
   * With epoch 0 also when a job without checkpoints has failed, and every writer is closed: nothing that it wrote is to stay, not even what
   * was committed because another sink could not.
   */
  recover?(table: TableDefinition, jobId: string, epoch: number): Promise<void>

  /** Removes what a failed job has left behind that was never committed. */
  abort?(table: TableDefinition, prepared: readonly unknown[]): Promise<void>
}

/** `append`: rows are only added. `upsert`: the last row by primary key counts. `retract`: takes every kind of row. */
export type ChangeMode = 'append' | 'upsert' | 'retract'

export interface SinkDescription {
  readonly accepts: ChangeMode
  /**
   * What it promises of a job with checkpoints.
   *
   * - `exactly-once`: what was written becomes visible in `commit`, or not at all; and `commit` may come again.
   * - `at-least-once`: what was written before `prepare` is there for good when that has resolved. After a crash rows come again. Where they
   *   replace those of their keys (`accepts: 'upsert'`), that is as good as once for queries whose keys stay.
   * - `none`: rows may be lost with a process.
   */
  readonly guarantee: 'none' | 'at-least-once' | 'exactly-once'
  /**
   * Where `exactly-once`: the place whose positions its commit can hold, so that rows become visible and are read in one step; equal to
   * {@link SourceDescription.positionsIn} of the sources concerned. Left out: none.
   */
  readonly commitsPositionsOf?: string
  /** True if all rows must pass through one writer (a single file): the planner then gathers them. */
  readonly single: boolean
  readonly summary: string
}

/** What is written. Plain data. Batches have the table's columns, in its order. */
export interface SinkSpec {
  readonly table: TableDefinition
  readonly mode: ChangeMode
  readonly workerIndex: number
  readonly workerCount: number
  /** The job's, and the same when it goes on after a crash: names what it writes. */
  readonly jobId: string
  /** Unique to this attempt to run the job: two may write side by side where one is lost and not yet dead. */
  readonly attempt: string
  /** Which of the job's sinks it is, from 0: several may write to one table. */
  readonly index: number
  /**
   * True if {@link Writer.prepare} gets the positions that its rows were read up to and commits them with those rows: then no directory
   * remembers what was prepared, and whoever goes on finds it by nothing but the place that keeps the positions. What is prepared and not
   * committed should end there by itself, soon. Left out: no positions come.
   */
  readonly holdsPositions?: boolean
  /**
   * Where the job goes on from a checkpoint: what all writers of this sink had prepared in its epoch, which has been committed by now.
   * Empty where the sink begins.
   */
  readonly before: readonly unknown[]
}

export interface WriterContext {
  shared<T>(key: string, create: () => T): T
  readonly meter: WriteMeter
  nowMicros(): number
  readonly signal: AbortSignal
}

export interface WriteMeter {
  bytesOut: number
}

export interface Writer {
  /**
   * Takes a batch of 1 … BATCH_ROWS_MAX rows, valid until this returns: encodes or copies it. Called only by the worker
   * loop, never concurrently. Does not wait: a writer that needs to says so in `ready`.
   *
   * @throws MillraceError SINK_UNWRITABLE, ROW_UNENCODABLE
   */
  write(batch: Batch): void

  /**
   * Called between two steps of the loop. A promise holds the whole pipeline until it resolves: that is the
   * back-pressure. `idle` is true when no input is waiting: hand over what is buffered.
   */
  ready(idle: boolean): void | Promise<void>

  /**
   * Makes everything written so far durable but not yet visible, and gives a serialisable (JSON) handle of it for
   * {@link WriterFactory.commit} (`null`: nothing to commit). The epoch ends with the call and not when the promise resolves: what is
   * written in between belongs to the next. Not called again before it has resolved.
   *
   * @param read where {@link SinkSpec.holdsPositions}: how far the open and ended splits of this worker have been read for what was written.
   *   To be committed with it, and also where nothing was written
   */
  prepare(epoch: number, read?: readonly ReadPosition[]): Promise<unknown>

  /** Lets go. What was not prepared is removed. */
  close(): Promise<void>
}

/** How far a worker has read one of its splits. */
export interface ReadPosition {
  readonly table: TableDefinition
  readonly split: Split
  /** What {@link Reader.position} gave. */
  readonly position: unknown
}

export type { Schema }
