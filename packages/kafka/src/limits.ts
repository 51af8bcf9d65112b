/** Limits of the Kafka connector, with what happens there. */

/** How long a connection may take to open and sign in; then the next broker is tried. */
export const CONNECT_TIMEOUT_MS = 10_000

/** How long closing a connection may take before its socket is destroyed. */
export const CLOSE_TIMEOUT_MS = 250

/** Bytes that a request's buffer starts with; it grows as needed. */
export const REQUEST_BYTES_INITIAL = 512

/** Requests under way on one connection at most; more wait in the process. Brokers answer in order. */
export const REQUESTS_UNDER_WAY_MAX = 1_000

/** The wait before something is tried again; each further one is twice as long, up to the second, less a random part. */
export const RETRY_MS = 100
export const RETRY_MS_MAX = 5_000

/** How long something that passes is tried again before the job is told (`retry.timeout` in the settings of a cluster). */
export const RETRY_TIMEOUT_MS = 60_000

/** Length of an array in an answer. Past it KAFKA_PROTOCOL: the answer is garbage. */
export const ARRAY_LENGTH_MAX = 10_000_000

/** Bytes that snappy compresses at a time, as in the Java client. */
export const SNAPPY_BLOCK_BYTES = 32_768
/**
 * How much longer a late answer is waited for. A thread that was busy for long learns of the time that has passed before it sees what has
 * arrived in the meantime.
 */
export const LATE_GRACE_MS = 250

/** How long a topic that is not there is asked for again: brokers learn of a new one in turn. Then KAFKA_TOPIC_MISSING. */
export const TOPIC_MISSING_MS = 2_000

/** Bytes of a record batch when it is unpacked. Past it SOURCE_CORRUPT: a few bytes can claim to be anything. */
export const UNPACKED_BYTES_MAX = 268_435_456

/** Bytes behind unpacked records that decoders may look at, so that generated code takes the last ones too. */
export const UNPACKED_SLACK_BYTES = 1_024
