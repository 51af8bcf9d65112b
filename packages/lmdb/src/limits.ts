/** Stores of one pipeline: one for each of its aggregates. Past it the job fails with STATE_STORE_FAILED. */
export const STORES_MAX = 1_024
