/** Every limit of the engine, with what happens there. Sizes end in `Bytes`, counts in what they count, times in `Ms`. */

/** Rows in a batch at most. A reader returns fewer; an operator that would exceed it emits another batch. */
export const BATCH_ROWS_MAX = 16_384

/** Rows in a batch unless the job says otherwise (`'batch.rows'`). Small enough that a batch's columns stay in L2. */
export const BATCH_ROWS_DEFAULT = 4_096

/** Bytes of one record. A longer one is ROW_TOO_LONG and follows `on-error`. */
export const RECORD_BYTES_MAX = 67_108_864

/** Entries of a decoder's string dictionary. Past it the column is no longer dictionary-coded. */
export const DICTIONARY_ENTRIES_MAX = 65_536

/** Groups of one aggregate on one worker. Past it the job fails with STATE_LIMIT. */
export const GROUPS_MAX = 64_000_000

/** Compiled variants of one kernel, one per shape of input seen. Past it the most general variant serves. */
export const KERNEL_VARIANTS_MAX = 16

/** Characters of one SQL text and depth of nesting in it. Past them SQL_TOO_COMPLEX. */
export const SQL_CHARACTERS_MAX = 1_000_000
export const SQL_DEPTH_MAX = 100

/** Operators or joins of one chain (`a AND b AND …`, `a + b + …`, `… UNION ALL …`). Past it SQL_TOO_COMPLEX: write IN (…), VALUES or steps instead. */
export const SQL_CHAIN_MAX = 2_000

/** Grouping sets of one GROUP BY, and dimensions of one array type. Past them SQL_TOO_COMPLEX. */
export const SQL_GROUPING_SETS_MAX = 4_096
export const SQL_ARRAY_DIMENSIONS_MAX = 16

/** The largest integer that a double holds together with all smaller ones: the border between narrow and wide numbers. */
export const NARROW_MAX: number = Number.MAX_SAFE_INTEGER

/** Nesting of an ARRAY, MAP or ROW value that is moved between workers or stored. Deeper ones are INTERNAL: no type is that deep. */
export const VALUE_DEPTH_MAX = 64

/** Elements that a step of the pipeline takes from one exchange before it looks after its sources again. */
export const EXCHANGE_RECEIVES_PER_POLL = 16

/** Open sessions of one operator on one worker, and rows that wait in them. Past it the job fails with STATE_LIMIT. */
export const SESSIONS_MAX = 16_000_000
export const SESSION_ROWS_MAX = 16_000_000

/** By so much the watermark of processing time goes forward at a time: windows over it close this late at most. */
export const PROCTIME_TICK_MS = 20

/** Rows that OVER or Top-N keeps on one worker. Past it the job fails with STATE_LIMIT. */
export const OVER_ROWS_MAX = 64_000_000

/** Groups of a partial aggregate. Past it their states are sent on and it starts anew: the final aggregate merges them. */
export const PARTIAL_GROUPS_MAX = 262_144

/** Rows of a batch in which an operator's state is stored, where it is made of JavaScript values. */
export const STATE_BATCH_ROWS = 1_024

/** Things kept as JavaScript objects that are stored at a time while the pipeline goes on: each is put into columns value by value. */
export const STATE_PIECE_ITEMS = 256

/** Rows, and about how many bytes, of large state that are stored at a time while the pipeline goes on: a few milliseconds of work. */
export const STATE_PIECE_ROWS = 4_096
export const STATE_PIECE_BYTES = 1_048_576

/** Parts of a table that is stored by what has changed. Past it the next is whole, so that what is restored is not looked for in too many. */
export const STATE_PARTS_MAX = 64

/** Calls of one asynchronous user function under way at a time on each worker, unless it says otherwise, and at most. Past them rows wait. */
export const ASYNC_CONCURRENCY_DEFAULT = 16
export const ASYNC_CONCURRENCY_MAX = 10_000

/** Time for a call of an asynchronous user function, unless it says otherwise. Past it the call has failed with FUNCTION_TIMEOUT. */
export const ASYNC_TIMEOUT_MS_DEFAULT = 30_000

/** Rows whose calls are under way, or are done and wait for an earlier row. Past it no more are read until some have left. */
export const ASYNC_PENDING_ROWS_MAX = 16_384

/** Rows that a table function which may still fail gives for one row. Past it the row fails with FUNCTION_ARGUMENT. */
export const TABLE_FUNCTION_ROWS_MAX = 1_000_000

/** Rows that a sub-query in the place of a value may have while it changes. Past it the job fails with SUBQUERY_ROWS. */
export const SINGLE_VALUES_MAX = 1_024

/** Rows of one `generate_series`. Past it its row fails with FUNCTION_ARGUMENT. */
export const SERIES_ROWS_MAX = 1_000_000_000

/** A table that says it has no more bytes is copied to every worker where it is joined. A larger one is shared out by the keys of the join. */
export const BROADCAST_BYTES_MAX = 4_194_304

/** Rows that a join keeps of one side on one worker. Past it the job fails with STATE_LIMIT. */
export const JOIN_STATE_ROWS_MAX = 64_000_000

/** Bytes of one column of text among the rows that a join or Top-N keeps: offsets are Int32. Past it the job fails with STATE_LIMIT. */
export const STORED_TEXT_BYTES_MAX = 0x7fffffff

/**
 * Different values or rows that one call of an aggregate, or a sort, keeps with their counts on one worker because they may be taken back.
 * Past it the job fails with STATE_LIMIT.
 */
export const COUNTED_ROWS_MAX = 16_000_000

/** Rows that an ORDER BY without LIMIT keeps on one worker. Past it the job fails with STATE_LIMIT. */
export const SORT_ROWS_MAX = 50_000_000

/** Bytes of one object of a checkpoint, but for a single batch that is larger. What a worker stores of an epoch goes into as many as it takes. */
export const STATE_OBJECT_BYTES = 4_194_304

/** Bytes of state that a worker has handed to its store and that are not yet safe. Past it the snapshot goes on when some are. */
export const STATE_BYTES_IN_FLIGHT_MAX = 16_777_216

/** Checkpoints that are kept unless the job says otherwise. Older ones are removed when a new one is complete. */
export const CHECKPOINTS_KEPT = 3

/** How often a store that fails is asked in all, and how long after the first time; each wait is twice the one before. Then the job fails. */
export const CHECKPOINT_TRIES_MAX = 5
export const CHECKPOINT_RETRY_MS = 200

/** The least that `state.memory-limit` may be. Every batch then begins with no group in memory, which is right, and slow: for tests. */
export const STATE_MEMORY_BYTES_MIN = 1_024

/** Bytes of the key of a group that leaves memory. A longer one fails with STATE_LIMIT. */
export const SPILL_KEY_BYTES_MAX = 1_900

/** Rows that are moved out of memory in one transaction: what it changes is held in memory until its end. */
export const SPILL_WRITE_ROWS = 4_096
