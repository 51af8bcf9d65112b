/** Levels of records, arrays and maps in one another that a record may have: past it the record cannot be decoded. */
export const AVRO_DEPTH_MAX = 64

/** Items of arrays and maps that take no bytes (null, empty records), by record: past it the record cannot be decoded. */
export const EMPTY_ITEMS_MAX = 65_536

/** Schemas of a registry that a worker keeps; past it the oldest is asked for again. */
export const SCHEMAS_KEPT_MAX = 10_000

/** Bytes of a registry's answer: past it the answer is refused. */
export const ANSWER_BYTES_MAX = 16_777_216

/** Schemas that one schema refers to, at all levels. */
export const REFERENCES_MAX = 256

/** How long a registry may take to answer, unless the table says otherwise. */
export const REQUEST_TIMEOUT_MS = 30_000

/** How often a registry that does not answer is asked before it counts as unavailable, and how long to wait before the second time. */
export const REQUEST_TRIES_MAX = 5
export const REQUEST_RETRY_MS = 200
