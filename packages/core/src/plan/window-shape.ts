import { floorTo } from '../types/civil.js'

/** Where the windows of a row begin and end. Times are microseconds; a window `[start, end)` is named by its end. */
export interface WindowShape {
  readonly kind: 'tumble' | 'hop' | 'cumulate' | 'session'
  /** Of `cumulate` the longest window; of `session` the gap after which it ends. */
  readonly sizeMicros: number
  /** From the end of one window to the next: the slide of `hop`, the step of `cumulate`, the size of `tumble`; 0 for `session`. */
  readonly slideMicros: number
  readonly offsetMicros: number
}

/**
 * Slices are the tumbling windows out of which windows that overlap are put together: all rows of a slice are in the same
 * windows. Their length is the greatest that divides both size and slide.
 */
export function sliceMicrosOf({ sizeMicros, slideMicros }: WindowShape): number {
  let [a, b] = [sizeMicros, slideMicros]
  while (b !== 0) [a, b] = [b, a % b]
  return a
}

/** The end of the first window that holds an instant. */
export function firstEndOf(shape: WindowShape, micros: number): number {
  const { kind, slideMicros, offsetMicros } = shape
  if (kind === 'cumulate') return floorTo(micros - offsetMicros, slideMicros) + offsetMicros + slideMicros
  const last = lastEndOf(shape, micros)
  return kind === 'tumble' ? last : last - floorTo(last - micros - 1, slideMicros)
}

/** The end of the last window that holds an instant. */
export function lastEndOf({ kind, sizeMicros, slideMicros, offsetMicros }: WindowShape, micros: number): number {
  const step = kind === 'hop' ? slideMicros : sizeMicros
  return floorTo(micros - offsetMicros, step) + offsetMicros + sizeMicros
}

/** The end of the first window that ends after an instant and holds what ends there. */
export function endAfter({ kind, sizeMicros, slideMicros, offsetMicros }: WindowShape, micros: number): number {
  const shift = kind === 'hop' ? offsetMicros + sizeMicros : offsetMicros
  return floorTo(micros - shift, slideMicros) + shift + slideMicros
}

/** The start of a window by its end. */
export function startOf({ kind, sizeMicros, offsetMicros }: WindowShape, end: number): number {
  return kind === 'cumulate' ? floorTo(end - 1 - offsetMicros, sizeMicros) + offsetMicros : end - sizeMicros
}
