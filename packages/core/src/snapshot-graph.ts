import type { OperatorGraph } from './operators/operator-graph.js'
import { newMeter } from './operators/operator.js'
import type { CounterSnapshot, JobSnapshot, PipelineSnapshot } from './pipeline-snapshot.js'
import { countersRestore, restoreTables, scanRestore, valuesWereGiven } from './restore-share.js'

/** What one worker's sources and counters say, beside what its operators remember. Called while nothing flows. */
export function snapshotGraph(graph: OperatorGraph): Pick<PipelineSnapshot, 'scans' | 'valuesGiven' | 'counters'> {
  return {
    scans: graph.scans.map((scan) => scan.snapshot()),
    valuesGiven: graph.values.filter(({ source }) => source.given).map(({ node }) => node.id),
    counters: countersOf(graph),
  }
}

/** Both ends of an exchange count under one node and need not: what they take they give. */
function countersOf({ meters, sinks, fanOuts }: OperatorGraph): CounterSnapshot[] {
  const nodes = new Map(meters.map(({ node, meter }) => [node, node.kind === 'exchange' ? newMeter() : meter]))
  return [...nodes].map(([node, meter]) => ({
    nodeId: node.id,
    rowsIn: meter.rowsIn,
    rowsOut: meter.rowsOut,
    rowsFiltered: meter.rowsFiltered,
    rowsAggregated: meter.rowsAggregated,
    rowsLate: meter.rowsLate,
    rowsFailed: meter.rowsFailed,
    bytesOut: sinks.find((sink) => sink.node.id === node.id)?.write.bytesOut ?? 0,
    rowsCopied: fanOuts.find((copying) => copying.node.id === node.id)?.fanOut.rowsCopied ?? 0,
  }))
}

/** Brings new operators to where those of a snapshot stood. */
export function restoreGraph(graph: OperatorGraph, snapshot: JobSnapshot, workerIndex: number, workerCount: number): void {
  const counters = countersRestore(snapshot, workerIndex)
  for (const { node, meter } of graph.meters) {
    if (node.kind === 'exchange') continue
    const { rowsIn = 0, rowsOut = 0, rowsFiltered = 0, rowsAggregated = 0, rowsLate = 0, rowsFailed = 0 } = counters.get(node.id) ?? {}
    Object.assign(meter, { rowsIn, rowsOut, rowsFiltered, rowsAggregated, rowsLate, rowsFailed })
  }
  for (const { node, write } of graph.sinks) write.bytesOut = counters.get(node.id)?.bytesOut ?? 0
  for (const { node, fanOut } of graph.fanOuts) fanOut.rowsCopied = counters.get(node.id)?.rowsCopied ?? 0
  for (const scan of graph.scans) scan.restore(scanRestore(snapshot, scan.nodeId, workerIndex, workerCount))
  for (const { node, source } of graph.values) source.given = valuesWereGiven(snapshot, node.id)
  for (const stateful of graph.states) restoreTables(stateful, snapshot, workerIndex, workerCount)
}
