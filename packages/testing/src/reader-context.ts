import type { ReaderContext, ReadMeter, RowFailure } from '@millrace/core'
import { MillraceError } from '@millrace/core'
import type { ManualClock } from './manual-clock.js'
import { manualClock } from './manual-clock.js'

export interface TestReaderContext extends ReaderContext {
  readonly meter: ReadMeter
  /** Records that could not be decoded, with copies of their bytes. Empty under `fail`, which throws. */
  readonly failures: RowFailure[]
  /** Aborts `signal`. */
  abort(): void
  /** Closes what readers have shared, as the end of a pipeline does. */
  close(): Promise<void>
}

export interface ReaderContextOptions {
  /** Default `fail`. */
  readonly onError?: 'fail' | 'skip'
  readonly compile?: boolean
  readonly clock?: ManualClock
}

/** What a reader needs of the engine, for tests without one. */
export function testReaderContext(options: ReaderContextOptions = {}): TestReaderContext {
  const { onError = 'fail', compile = true, clock = manualClock() } = options
  const things = new Map<string, unknown>()
  const failures: RowFailure[] = []
  const controller = new AbortController()
  return {
    shared: <T>(key: string, create: () => T): T => {
      if (!things.has(key)) things.set(key, create())
      return things.get(key) as T
    },
    meter: { bytesIn: 0, rowsFiltered: 0 },
    rowFailed: (failure) => {
      if (onError === 'fail') throw new MillraceError(failure.code, failure.message, { split: failure.splitId, position: failure.position })
      failures.push({ ...failure, record: failure.record === null ? null : new Uint8Array(failure.record) })
    },
    nowMicros: () => clock.nowMicros(),
    signal: controller.signal,
    compile,
    failures,
    abort: () => controller.abort(),
    close: async () => {
      const shared = [...things.values()] as { close?(): Promise<void> | void }[]
      things.clear()
      for (const thing of shared) await thing.close?.()
    },
  }
}
