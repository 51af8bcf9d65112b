import type { ReaderContext, ReaderFactory, ScanSpec, SourceDescription, Split, TableDefinition } from '@millrace/core'
import { STRIPES } from '../reader-factory.js'
import { type RowRange, rowRanges } from '../row-ranges.js'
import { checkColumns } from './columns.js'
import { NexmarkEvents } from './events.js'
import { NEXMARK_OPTIONS } from './options.js'
import { NexmarkReader, NexmarkScan } from './reader.js'

/** Events of one split of a table that ends and is made as fast as possible: of a small table fewer, so that all workers get some. */
const SPLIT_EVENTS_MIN = 1_000
const SPLIT_EVENTS_MAX = 100_000
const SPLITS_WANTED = 64

export const nexmarkReaderFactory: ReaderFactory = {
  options: NEXMARK_OPTIONS,

  async describe(table: TableDefinition): Promise<SourceDescription> {
    const events = new NexmarkEvents(table.options)
    checkColumns(table, { events, rowsMax: 1 })
    return {
      bounded: events.bounded,
      filters: true,
      fields: true,
      inOrder: true,
      generated: true,
      splitKey: [],
      metadata: {},
      summary: `nexmark, ${events.count === 0 ? 'endless' : `${events.count} events`}`,
    }
  },

  async listSplits(table: TableDefinition): Promise<readonly Split[]> {
    const { count, bounded, throttle } = new NexmarkEvents(table.options)
    if (!bounded || throttle) return stripes(count)
    const wanted = Math.ceil(count / SPLITS_WANTED / SPLIT_EVENTS_MIN) * SPLIT_EVENTS_MIN
    const size = Math.min(SPLIT_EVENTS_MAX, wanted)
    return rowRanges('events', count, size)
  },

  async open(spec: ScanSpec, split: Split, context: ReaderContext, position?: unknown): Promise<NexmarkReader> {
    const events = context.shared('nexmark events', () => new NexmarkEvents(spec.table.options))
    const scan = context.shared('nexmark scan', () => new NexmarkScan(spec, events))
    const startMicros = context.shared('nexmark start', () => context.nowMicros())
    return new NexmarkReader(events, scan, spec, split.detail as RowRange, context, startMicros, position as number | undefined)
  },
}

/** Event i belongs to stripe i mod {@link STRIPES}, so that time goes on in all splits alike. */
function stripes(count: number): Split[] {
  return Array.from({ length: STRIPES }, (_, first) => ({
    id: `stripe ${first} of ${STRIPES}`,
    weight: Math.max(0, Math.ceil((count - first) / STRIPES)),
    bounded: false,
    detail: { first, stride: STRIPES, end: count === 0 ? null : count } satisfies RowRange,
  }))
}
