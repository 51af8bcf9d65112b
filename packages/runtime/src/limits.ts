/** Every limit of the runtime, with what happens there. Sizes end in `Bytes`, times in `Ms`. */

/** Workers of one job. More is OPTION_INVALID. */
export const WORKERS_MAX = 256

/**
 * Memory of all rings of one job's exchanges together. A ring's size is its share of it, so rings shrink with the square
 * of the number of workers; a full ring blocks its sender.
 */
export const EXCHANGE_BYTES_TOTAL = 134_217_728

/** A ring is never smaller or larger than this, whatever its share. */
export const RING_BYTES_MIN = 65_536
export const RING_BYTES_MAX = 1_048_576

/** Ring of each worker for result rows on their way to the main thread. A full one blocks the worker. */
export const RESULT_RING_BYTES = 262_144

/** Ring of each worker and scan for blocks read by the main thread (coordinator). A full one blocks the reading. */
export const FEED_RING_BYTES = 1_048_576

/** One message through a ring; larger than a ring it goes in fragments. Past it the job fails with EXCHANGE_TOO_LARGE. */
export const MESSAGE_BYTES_MAX = 1_073_741_824

/** Blocks of one scan under the coordinator where row ordinals are needed: 2²⁰ (ordinal = block · 2³³ + row). */
export const FEED_BLOCKS_MAX = 1_048_576

/** How long a worker goes on before it lets its event loop run. */
export const SLICE_MS = 8

/** Idle rounds that only yield; after them a worker sleeps for IDLE_SLEEP_MS a round. */
export const IDLE_ROUNDS_AWAKE = 64
export const IDLE_SLEEP_MS = 1

/** How often a worker publishes what is costly to find out (CPU time). */
export const CPU_PUBLISH_MS = 100

/** How long a runtime that is closed waits for its threads to have loaded their code; then they are ended all the same. */
export const THREAD_LOAD_MS_MAX = 10_000

/** How long a stopped worker may take to let go; then its thread is ended by force. */
export const STOP_MS_MAX = 5_000

/** Rows of one split of a `memory` table. */
export const MEMORY_SPLIT_ROWS = 4_096

/** Restarts of a job, without a completed checkpoint between them, after failures that are our own. Past it the job fails. */
export const INTERNAL_RESTARTS_MAX = 2

/** Restarts of a job without a completed checkpoint between them, unless it says otherwise. Past it the job fails with what it failed with. */
export const RESTARTS_DEFAULT = 8

/** The first restart waits so long, each further one twice as long, up to the other. */
export const RESTART_BACKOFF_MS = 500
export const RESTART_BACKOFF_MS_MAX = 60_000

/** How often a worker shows that its event loop comes round. Well below the time between two looks. */
export const TURN_COUNT_MS = 250

/** How often workers are looked at. */
export const PULSE_LOOK_MS = 1_000

/** After so many looks at which a thread had not come back it is reported, with its stack; a pipeline that waits, too. */
export const STUCK_LOOKS_REPORTED = 10

/** After so many looks at which a thread had not come back the job fails with WORKER_STUCK, and its threads are ended. */
export const STUCK_LOOKS_MAX = 60

/** How long a look at the stack of a stuck thread may take. */
export const STACK_MS_MAX = 10_000

/** How long a worker writes at its snapshot before it goes on with its rows. */
export const SNAPSHOT_SLICE_MS = 2

/** From one checkpoint to the next, and the time for one, unless the job says otherwise. A checkpoint that takes longer is CHECKPOINT_TIMEOUT. */
export const CHECKPOINT_INTERVAL_MS_DEFAULT = 10_000
export const CHECKPOINT_TIMEOUT_MS_DEFAULT = 600_000

/** How often the main thread looks whether a checkpoint is due. Intervals shorter than this are OPTION_INVALID. */
export const CHECKPOINT_TICK_MS = 10
