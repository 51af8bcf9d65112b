import type { SplitProgress } from '../pipeline-snapshot.js'
import type { F64Vector } from '../types/batch.js'

/**
 * The watermark of one split: the highest that any of its rows has given, and whether the split has gone silent.
 *
 * It is what decides whether a row is late, so it depends on the rows of the split alone. The one exception is declared:
 * a split that was idle no longer held the job's watermark, so when it comes back it starts from there.
 */
export class SplitWatermark {
  micros: number = -Infinity
  isIdle = false
  readonly #idleTimeoutMs: number | null
  #silentSinceMs: number | null = null
  /** What the job's watermark was at least, for a split that was restored idle. */
  #resumesAt = -Infinity

  constructor(idleTimeoutMs: number | null) {
    this.#idleTimeoutMs = idleTimeoutMs
  }

  /**
   * Passes over the rows of a batch.
   *
   * @param rows what the watermark expression gives for each row, in microseconds
   * @param before filled with the watermark before each row
   */
  advance({ values, nulls }: F64Vector, length: number, before: Float64Array): void {
    let micros = this.micros
    for (let i = 0; i < length; i++) {
      before[i] = micros
      if (nulls !== null && nulls[i] !== 0) continue
      const given = values[i]!
      if (given > micros) micros = given
    }
    this.micros = micros
  }

  /** The source says that time has come so far. True if that is news. */
  reach(micros: number): boolean {
    if (micros <= this.micros) return false
    this.micros = micros
    return true
  }

  /** The split gave rows. @param jobMicros the job's watermark as far as this worker has passed it on */
  active(jobMicros: number): void {
    this.#silentSinceMs = null
    if (!this.isIdle) return
    this.isIdle = false
    this.micros = Math.max(this.micros, jobMicros, this.#resumesAt)
  }

  /**
   * What a snapshot says of it.
   * @param jobMicros as for {@link active}
   * @param nowMs as for {@link silent}
   */
  progress(jobMicros: number, nowMs: number): EventTimeProgress {
    const resumesAt = Math.max(jobMicros, this.#resumesAt)
    return {
      watermark: finiteOrNull(this.micros),
      idle: this.isIdle,
      resumesAt: this.isIdle ? finiteOrNull(resumesAt) : null,
      silentMs: this.#silentSinceMs === null ? 0 : nowMs - this.#silentSinceMs,
    }
  }

  /** Goes on from what {@link progress} said; the time in between does not count as silence. */
  resume({ watermark, idle, resumesAt, silentMs }: EventTimeProgress, nowMs: number): void {
    this.micros = watermark ?? -Infinity
    this.isIdle = idle
    this.#resumesAt = resumesAt ?? -Infinity
    this.#silentSinceMs = silentMs > 0 ? nowMs - silentMs : null
  }

  /** The split had nothing. True if that has made it idle. */
  silent(nowMs: number): boolean {
    if (this.#idleTimeoutMs === null || this.isIdle) return false
    this.#silentSinceMs ??= nowMs
    this.isIdle = nowMs - this.#silentSinceMs >= this.#idleTimeoutMs
    return this.isIdle
  }
}

type EventTimeProgress = Pick<SplitProgress, 'watermark' | 'idle' | 'resumesAt' | 'silentMs'>

/** JSON has no infinity. */
export function finiteOrNull(micros: number): number | null {
  return Number.isFinite(micros) ? micros : null
}
