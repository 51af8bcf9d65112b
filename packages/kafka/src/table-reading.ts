import { OptionValues, type ReaderContext, recordPartsOf, type RecordParts, type ScanSpec, type TableDefinition } from '@millrace/core'
import { Cluster } from './cluster/cluster.js'
import { clusterSettingsOf } from './cluster/settings.js'
import { Fetcher, type FetchSettings } from './fetch/fetcher.js'
import { READ_OPTIONS } from './options.js'
import type { Isolation } from './protocol/list-offsets.js'
import { RecordRows } from './rows/record-rows.js'

/** What the readers of one table on one worker share: the connections, one fetcher for all their partitions, decoders. */
export class TableReading {
  readonly fetcher: Fetcher
  /** Records that are decoded at a time. As many as a batch has rows, so that most decoders are done with them after one. */
  readonly recordsMax: number
  readonly #cluster: Cluster
  readonly #scan: ScanSpec
  readonly #context: ReaderContext
  readonly #parts: RecordParts
  /** Decoders that nobody uses. A reader has one only while records are left that it has begun with. */
  readonly #free: RecordRows[] = []

  constructor(scan: ScanSpec, context: ReaderContext) {
    this.#scan = scan
    this.#context = context
    this.#parts = recordPartsOf(scan.table)
    this.recordsMax = scan.batchRows
    this.#cluster = new Cluster(clusterSettingsOf(scan.table))
    this.fetcher = new Fetcher(this.#cluster, fetchSettingsOf(scan.table))
  }

  takeRows(): RecordRows {
    return this.#free.pop() ?? new RecordRows(this.#scan, this.#parts, this.#context, this.recordsMax)
  }

  giveBack(rows: RecordRows): void {
    this.#free.push(rows)
  }

  async close(): Promise<void> {
    this.fetcher.close()
    await this.#cluster.close()
  }
}

export function fetchSettingsOf(table: TableDefinition): FetchSettings {
  const values = new OptionValues(table.options, READ_OPTIONS)
  const reset = values.text('properties.auto.offset.reset').toLowerCase()
  return {
    isolation: values.text('properties.isolation.level').toLowerCase() as Isolation,
    bytesMin: values.bytes('properties.fetch.min.bytes'),
    bytesMax: values.bytes('properties.fetch.max.bytes'),
    partitionBytesMax: values.bytes('properties.max.partition.fetch.bytes'),
    waitMs: values.durationMs('properties.fetch.max.wait.ms'),
    // Only where somebody has said so: what the table begins with by default says nothing of rows that were lost.
    reset: values.has('properties.auto.offset.reset') && reset !== 'none' ? (reset as 'earliest' | 'latest') : null,
  }
}
