/** Steps of a simulated history that are kept as text; older ones are only in its hash. */
export const TRACE_LINES_MAX = 2_000

/** Turns after which a simulated job counts as stuck: it fails and names its seed. */
export const SIMULATED_TURNS_MAX = 400_000
