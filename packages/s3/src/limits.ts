/** Bytes of an object that is put at one go. State objects are a few MiB; beyond this a put is refused (CHECKPOINT_UNWRITABLE). */
export const OBJECT_BYTES_MAX: number = 1024 ** 3

/** How long a request may take with all its bytes; then it counts as failed and is tried again. */
export const REQUEST_TIMEOUT_MS = 60_000

/** How often a request is tried in all where that may help, and the wait before the second time; each further one is twice as long. */
export const REQUEST_TRIES_MAX = 4
export const RETRY_MS = 100

/** A store that says how long to wait (`Retry-After`) is listened to, but not for longer than this. */
export const RETRY_AFTER_MS_MAX = 5_000

/** Names in one page of a list, as many as S3 gives. */
export const LIST_PAGE_NAMES = 1_000

/** Objects that are removed at the same time. */
export const REMOVALS_MAX = 8

/** Characters of an answer that tells of an error which are read. */
export const ERROR_TEXT_MAX = 16_384
