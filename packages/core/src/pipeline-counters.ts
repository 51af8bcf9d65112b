import { gathersRows } from './operators/checked.js'
import type { OperatorGraph } from './operators/operator-graph.js'

/** What one pipeline has done so far. Sums over workers are the job's, except where it says otherwise. */
export interface PipelineCounters {
  /** Rows of all tables read: returned, filtered by the reader, failed; and rows of VALUES. */
  readonly rowsIn: number
  /** Rows written to tables and results; dead letters are not counted. */
  readonly rowsOut: number
  /** Rows that a filter, LIMIT or OFFSET dropped. */
  readonly rowsFiltered: number
  /**
   * Rows that went into groups and did not come out as results: what went in minus what came out. Negative where more
   * came out (the one row of an aggregate over nothing, updates under EMIT CHANGES, elements of arrays, grouping sets); rows of a table that is read once
   * for several queries count as more, too. With it the rows of a job add up:
   * in = out + filtered + aggregated + late + failed.
   */
  readonly rowsAggregated: number
  readonly rowsLate: number
  /** Rows that failed and were skipped or written as dead letters. */
  readonly rowsFailed: number
  readonly bytesIn: number
  readonly bytesOut: number
  /** The least over tables of the watermark that this worker has passed on, microseconds; of a job the minimum counts. */
  readonly watermark: number
  readonly groups: number
  readonly stateBytes: number
  /** Splits read to their end. */
  readonly splitsDone: number
  /** Weight of splits read so far, in the unit of the sources; by the weight of all splits it is the job's progress. */
  readonly weightDone: number
}

export function countersOf({ scans, sinks, meters, fanOuts }: OperatorGraph): PipelineCounters {
  const total = { rowsIn: 0, rowsOut: 0, rowsFiltered: 0, rowsAggregated: 0, rowsLate: 0, rowsFailed: 0, groups: 0, stateBytes: 0 }
  for (const { node, meter } of meters) {
    if (node.kind === 'scan' || node.kind === 'values') total.rowsIn += meter.rowsIn
    total.rowsFiltered += meter.rowsFiltered
    const isChanged = gathersRows(node) || node.kind === 'unnest' || node.kind === 'expand' || node.kind === 'window'
    if (isChanged) total.rowsAggregated += meter.rowsIn - meter.rowsFiltered - meter.rowsLate - meter.rowsFailed - meter.rowsOut
    total.rowsLate += meter.rowsLate
    total.rowsFailed += meter.rowsFailed
    total.groups += meter.groups
    total.stateBytes += meter.stateBytes
  }
  for (const { fanOut } of fanOuts) total.rowsAggregated -= fanOut.rowsCopied
  let bytesOut = 0
  for (const { meter, write, takesDeadLetters } of sinks) {
    bytesOut += write.bytesOut
    if (!takesDeadLetters) total.rowsOut += meter.rowsOut
  }
  let bytesIn = 0
  let splitsDone = 0
  let weightDone = 0
  let watermark = Infinity
  for (const scan of scans) {
    bytesIn += scan.bytesIn
    splitsDone += scan.splitsDone
    weightDone += scan.weightDone
    watermark = Math.min(watermark, scan.watermark)
  }
  return { ...total, bytesIn, bytesOut, watermark, splitsDone, weightDone }
}
