/** Limits of the file connector, with what happens there. */

/** Bytes of a split unless `'split-bytes'` says otherwise: enough for a worker's while, little enough to share out evenly. */
export const SPLIT_BYTES_DEFAULT = 16_777_216

/** Bytes read at a time and decoded as one block: what stays in the second-level cache with the columns made of it. */
export const BLOCK_BYTES = 262_144

/** Bytes behind a block that decoders may read past its end, so that they need not check for it. */
export const BLOCK_SLACK_BYTES = 4_096

/** Bytes of an over-long record that are kept for its dead letter. */
export const LONG_RECORD_KEPT_BYTES = 65_536

/** Bytes read at a time to look for record borders. */
export const BORDER_PIECE_BYTES = 1_048_576

/** Files of one table. Past it SOURCE_UNREADABLE: the job would spend its time opening them. */
export const FILES_MAX = 100_000

/** Encoded bytes that wait in memory for one output file before they are written. */
export const WRITE_BUFFER_BYTES = 262_144

/** Encoded bytes that become one member of a gzip file. */
export const GZIP_MEMBER_BYTES = 1_048_576

/** Files that one writer has synced at the same time; the others wait. Fewer than the threads of libuv's pool, for it serves readers too. */
export const SYNCS_AT_ONCE_MAX = 3

/** Bytes that are copied at a time from a temporary file to a single file. */
export const APPEND_PIECE_BYTES = 1_048_576
