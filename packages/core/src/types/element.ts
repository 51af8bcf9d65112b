import type { Batch } from './batch.js'

/** Everything that flows on an edge between operators. */
export type Element = Batch | Watermark | Barrier | End

/**
 * No row before `micros` will come any more, except late ones. Never goes back. +Infinity: the input is complete.
 * It is the *job's* watermark: the minimum over all splits of all workers.
 */
export interface Watermark {
  readonly kind: 'watermark'
  /** Microseconds since 1970-01-01. */
  readonly micros: number
}

/** Separates the rows of checkpoint `epoch` from those after it. */
export interface Barrier {
  readonly kind: 'barrier'
  readonly epoch: number
}

/** The last element of an edge. A watermark of +Infinity has come before it. */
export interface End {
  readonly kind: 'end'
}

export const END: End = Object.freeze({ kind: 'end' })
