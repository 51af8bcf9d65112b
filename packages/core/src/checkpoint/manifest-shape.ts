import type { PhysicalPlan } from '../plan/physical.js'
import type { JobSnapshot } from '../pipeline-snapshot.js'
import type { CheckpointManifest } from './manifest.js'
import { storedBytesOf } from './manifest.js'
import { isObjectName } from './object-names.js'
import { anything, count, demand, fields, flag, listOf, nullOr, number, optional, type Shape, text } from './shape.js'

const objectName: Shape = (value, path) => demand(typeof value === 'string' && isObjectName(value), path, 'a name of an object')

const storedBytes = fields({ object: objectName, at: count, length: count })

const part = fields({
  epoch: count, rows: count, batches: listOf(storedBytes), slots: nullOr(listOf(storedBytes)), removed: nullOr(storedBytes),
})

const splitProgress = fields({
  id: text, done: flag, position: anything, rows: count, watermark: nullOr(number), idle: flag, resumesAt: nullOr(number), silentMs: number,
})

const scan = fields({
  nodeId: count, splits: listOf(splitProgress), kept: listOf(splitProgress), drained: flag,
  counters: fields({ bytesIn: number, rowsFiltered: number, rowsReturned: number, recordsFailed: number, splitsDone: number, weightDone: number }),
})

const worker = fields({
  epoch: count,
  workerIndex: count,
  operators: listOf(fields({ nodeId: count, tables: listOf(fields({ name: text, schema: optional(listOf(anything)), parts: listOf(part) })) })),
  scans: listOf(scan),
  valuesGiven: listOf(count),
  counters: listOf(fields({
    nodeId: count, rowsIn: number, rowsOut: number, rowsFiltered: number, rowsAggregated: number, rowsLate: number, rowsFailed: number,
    bytesOut: number, rowsCopied: number,
  })),
  prepared: listOf(fields({ nodeId: count, prepared: anything })),
})

const plan = fields({
  formatVersion: count,
  strategy: text,
  workerCount: count,
  rescalable: optional(flag),
  settings: fields({}),
  nodes: listOf(fields({ id: count, kind: text, inputs: listOf(count), schema: listOf(fields({ name: text, type: fields({ kind: text }) })), runsOn: text })),
})

const manifest = fields({
  jobId: text,
  writtenAtMs: number,
  ended: flag,
  snapshot: fields({
    formatVersion: count, epoch: count, plan,
    splits: listOf(fields({ nodeId: count, splits: listOf(fields({ id: text, weight: number, bounded: flag, detail: anything })), absent: optional(listOf(text)) })),
    workers: listOf(worker),
  }),
  objects: listOf(fields({ name: objectName, bytes: count, crc32: count })),
})

/**
 * Holds a decoded manifest to its form, and to what its parts say of each other: whoever goes on from it need not look again.
 *
 * @throws MillraceError CHECKPOINT_CORRUPT
 */
export function checkManifest(value: unknown): asserts value is CheckpointManifest {
  manifest(value, 'manifest')
  const { snapshot, objects } = value as CheckpointManifest
  checkPlan(snapshot.plan)
  checkWorkers(snapshot)
  const sizes = new Map(objects.map(({ name, bytes }) => [name, bytes]))
  for (const { object, at, length } of storedBytesOf(snapshot)) {
    demand(at + length <= (sizes.get(object) ?? -1), `what lies at ${at} of ${object}`, 'in an object of the checkpoint')
  }
}

function checkPlan({ nodes, workerCount }: PhysicalPlan): void {
  demand(workerCount >= 1, 'plan.workerCount', 'a number of workers')
  nodes.forEach(({ id, inputs }, i) => {
    demand(id === i && inputs.every((input) => input < i), `plan.nodes[${i}]`, 'behind its inputs')
  })
}

function checkWorkers({ epoch, plan: { nodes, workerCount }, splits, workers }: JobSnapshot): void {
  demand(workers.length === workerCount, 'workers', 'one for each worker of the plan')
  demand(splits.every(({ nodeId }) => nodes[nodeId]?.kind === 'scan'), 'splits', 'of tables that are read')
  const known = new Map(splits.map((own) => [own.nodeId, new Set(own.splits.map(({ id }) => id))]))
  workers.forEach((one, w) => {
    const path = `workers[${w}]`
    demand(one.workerIndex === w && one.epoch === epoch, path, 'the part of that worker in that epoch')
    for (const { nodeId, splits: claimed, kept } of one.scans) {
      const ids = known.get(nodeId)
      for (const { id } of [...claimed, ...kept]) demand(ids?.has(id) === true, `${path}: split ${id}`, 'one of its table')
    }
    for (const { nodeId, tables } of one.operators) {
      demand(nodeId < nodes.length, `${path}: node ${nodeId}`, 'one of the plan')
      for (const { name, parts } of tables) {
        const ordered = parts.every((one_, i) => one_.epoch <= epoch && (i === 0 || one_.epoch > parts[i - 1]!.epoch))
        demand(parts.length > 0 && ordered, `${path}: table ${name}`, 'a chain of parts')
      }
    }
  })
}
