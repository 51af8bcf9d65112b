/** Splits of one generated table that ends. A table of more rows has larger ones: every checkpoint tells of all of them. */
export const SPLITS_MAX = 1_024
