import type { PhysicalPlan } from '../plan/physical.js'
import type { PipelineSnapshot } from '../pipeline-snapshot.js'
import { BIGINT } from '../types/data-type.js'
import type { CheckpointManifest } from './manifest.js'

const table = { connector: 'file', options: { path: 'in', token: 'hush' }, identity: { path: 'in' }, columns: [], primaryKey: [], partitionedBy: [], baseDirectory: '/' }
const schema = [{ name: 'n', type: BIGINT, nullable: true }]
const local = { kind: 'local', reason: '' } as const

export const PLAN: PhysicalPlan = {
  formatVersion: 1, strategy: 'pipelines', workerCount: 1, rescalable: true,
  settings: { compile: true, batchRows: 64, timeZone: 'UTC', seed: 1 },
  nodes: [
    {
      id: 0, kind: 'scan', inputs: [], schema, runsOn: 'all', distribution: local, summary: '1 file',
      spec: { table: { ...table, name: 't' }, columns: [], filter: [], batchRows: 64 }, hidden: [], watermark: null, bounded: true,
      idleTimeoutMs: null, onError: { action: 'fail', sink: null },
    },
    {
      id: 1, kind: 'sink', inputs: [0], schema, runsOn: 'all', distribution: local, table: { ...table, name: 'out' }, mode: 'append',
      guarantee: 'exactly-once', summary: 'part files',
    },
  ],
}

const counters = { rowsIn: 1, rowsOut: 1, rowsFiltered: 0, rowsAggregated: 0, rowsLate: 0, rowsFailed: 0, bytesOut: 5, rowsCopied: 0 }

export function partOf(epoch: number, workerIndex: number): PipelineSnapshot {
  return {
    epoch, workerIndex, valuesGiven: [], counters: [{ nodeId: 0, ...counters }], prepared: [{ nodeId: 1, prepared: { files: ['a'], size: 12n } }],
    operators: [{
      nodeId: 1,
      tables: [{
        name: 'groups',
        parts: [{ epoch, rows: 3, batches: [{ object: 'epoch-0000000003/worker-0-0', at: 0, length: 10 }], slots: null, removed: null }],
      }],
    }],
    scans: [{
      nodeId: 0, kept: [], drained: false,
      splits: [{
        id: 'a:0', done: false, position: { offset: 12n, of: undefined, at: -0, last: NaN }, rows: 7, watermark: -Infinity, idle: false,
        resumesAt: null, silentMs: 0,
      }],
      counters: { bytesIn: 1, rowsFiltered: 0, rowsReturned: 7, recordsFailed: 0, splitsDone: 0, weightDone: 0.5 },
    }],
  }
}

export const MANIFEST: CheckpointManifest = {
  jobId: 'a1b2c3', writtenAtMs: 1_790_000_000_000, ended: false,
  snapshot: {
    formatVersion: 1, epoch: 3, plan: PLAN, workers: [partOf(3, 0)],
    splits: [{ nodeId: 0, splits: [{ id: 'a:0', weight: 100, bounded: true, detail: { path: '/ä/\u{1f600}' } }] }],
  },
  objects: [{ name: 'epoch-0000000003/worker-0-0', bytes: 16, crc32: 77 }],
}
