/** Limits of the Kafka connector, with what happens there. */

/** How long closing a connection may take before its socket is destroyed. */
export const CLOSE_TIMEOUT_MS = 250

/**
 * How long committed offsets are asked for while a transaction that commits some of them is open: longer than such a transaction may stay
 * open after a crash, and the brokers take to notice.
 */
export const UNSTABLE_OFFSETS_MS = 120_000

/** How long a member waits for its leave to be heard; then the group waits for its session to time out. */
export const LEAVE_TIMEOUT_MS = 1_000

/** Bytes that a request's buffer starts with; it grows as needed. */
export const REQUEST_BYTES_INITIAL = 512

/** Requests under way on one connection at most; more wait in the process. Brokers answer in order. */
export const REQUESTS_UNDER_WAY_MAX = 1_000

/** The wait before something is tried again; each further one is twice as long, up to the second, less a random part. */
export const RETRY_MS = 100
export const RETRY_MS_MAX = 5_000

/** Length of an array in an answer. Past it KAFKA_PROTOCOL: the answer is garbage. */
export const ARRAY_LENGTH_MAX = 10_000_000

/** Bytes that snappy compresses at a time, as in the Java client. */
export const SNAPPY_BLOCK_BYTES = 32_768

/**
 * How much longer a late answer is waited for. A thread that was busy for long learns of the time that has passed before it sees what has
 * arrived in the meantime.
 */
export const LATE_GRACE_MS = 250

/** As `properties.retry.timeout.ms` at most, while a job is planned and somebody waits for it. */
export const PLAN_RETRY_MS = 10_000

/** How long a topic that is not there is asked for again: brokers learn of a new one in turn. Then KAFKA_TOPIC_MISSING. */
export const TOPIC_MISSING_MS = 2_000

/** Bytes of a record batch when it is unpacked. Past it SOURCE_CORRUPT: a few bytes can claim to be anything. */
export const UNPACKED_BYTES_MAX = 268_435_456

/** Bytes behind unpacked records that decoders may look at, so that generated code takes the last ones too. */
export const UNPACKED_SLACK_BYTES = 1_024

/**
 * Transactional ids of one worker: one is written, one is prepared, and one belongs to the newest checkpoint, which may be committed again
 * after a crash.
 */
export const TRANSACTION_SLOTS = 3

/** Produce requests under way to one broker at most. What becomes ready meanwhile goes with the next. */
export const PRODUCE_REQUESTS_MAX = 5

/** Bytes of one produce request, which may hold batches of many partitions, but one at least. */
export const PRODUCE_REQUEST_BYTES_MAX = 8_388_608

/** The longest wait before a batch is sent again. */
export const RETRY_PRODUCE_MS_MAX = 1_000

/** Buffers of batches that were taken and are kept for others. */
export const SPARE_SETS_MAX = 64

/** How long a producer that is closed waits for answers under way. */
export const CLOSE_WAIT_MS = 1_000

/** The wait for a transaction that is still being ended, twice as long each time; past the most it counts like any failure that passes. */
export const CONCURRENT_WAIT_MS = 2
export const CONCURRENT_WAIT_MS_MAX = 256

/** How long a transaction stays open at most where nobody goes on with it after a crash: so long its rows and those behind it are held back. */
export const SHARED_TRANSACTION_TIMEOUT_MS = 30_000

/** How long a transaction stays open at most: the longest that brokers allow unless they are set to more. */
export const TRANSACTION_TIMEOUT_MS = 900_000
/** Bytes of answers with records that a worker holds for a table before it asks for more; a partition that has nothing is asked for all the same. */
export const PREFETCH_BYTES_MAX = 33_554_432

/** Answers that wait for the reader of a partition, beside the one that it reads. */
export const CHUNKS_WAITING_MAX = 2

/** How long a broker may wait for records of some partitions while others of it, which are not asked for, may get room meanwhile. */
export const IMPATIENT_WAIT_MS = 50
