/** Steps of a simulated history that are kept as text; older ones are only in its hash. */
export const TRACE_LINES_MAX = 2_000

/** Turns after which a simulated job counts as stuck: it fails and names its seed. */
export const SIMULATED_TURNS_MAX = 400_000

/** Rows that the text of a failed expectation shows; the rest is counted. */
export const DIFFERENCE_ROWS_MAX = 60

/** Rows after which a tested job takes its next checkpoint, once a worker is to die. Few, so that state is stored and rows are read again. */
export const ROWS_PER_CHECKPOINT = 3

/** Turns' time that passes before a simulated job that has failed is started again. */
export const BACK_OFF_TURNS_MAX = 200
