import * as fc from 'fast-check'
import { crc32 } from '../checkpoint/crc32.js'
import { decodeManifest, encodeFramed, encodeManifest } from '../checkpoint/manifest-codec.js'
import type { CheckpointManifest } from '../checkpoint/manifest.js'
import { toPlainText } from '../checkpoint/plain-text.js'
import { MillraceError } from '../errors.js'
import { arbitraryBatch, type SchemaAndBatch } from '../types/arbitrary-batch.test.data.js'
import { decodeElement, encodeBatch, encodedSize } from '../types/batch-codec.js'
import { encodedValueSize, encodeValue, ValueReader } from '../types/value-codec.js'
import { batchToRows } from '../types/vector-access.js'
import type { FuzzRandom, FuzzTarget } from './fuzz-target.test.kit.js'

/** Batches in every form, to be mutated. */
const BATCHES: readonly SchemaAndBatch[] = fc.sample(arbitraryBatch(6, 20), { numRuns: 200, seed: 7 })
const ENCODED = BATCHES.map(({ batch }) => {
  const bytes = new Uint8Array(encodedSize(batch))
  encodeBatch(batch, bytes, 0)
  return bytes
})

function rejects(code: string, run: () => void): void {
  try {
    run()
  } catch (error) {
    if (error instanceof MillraceError && (error.code === code || error.code === 'CHECKPOINT_FORMAT')) return
    throw error
  }
}

/** The same length: what bounds an element is the ring or the object that holds it. Heads, which say sizes, are hit more often. */
function damaged(random: FuzzRandom, bytes: Uint8Array): Uint8Array {
  const result = Uint8Array.from(bytes)
  for (let edits = 1 + random.below(4); edits > 0; edits--) {
    const at = random.below(random.chance(2) ? Math.min(64, result.length) : result.length)
    result[at] = random.pick([0, 1, 2, 0x7f, 0x80, 0xff, result[at]! ^ (1 << random.below(8)), random.below(256)])
  }
  return result
}

/** Bytes of batches: from rings in shared memory and from checkpoints. */
export const batchTarget: FuzzTarget = {
  name: 'state codec',
  timeMsMax: 2_000,
  run: (random) => {
    const which = random.below(BATCHES.length)
    const { schema } = BATCHES[random.chance(6) ? random.below(BATCHES.length) : which]!
    const valid = ENCODED[which]!
    const bytes = random.chance(10) ? Uint8Array.from({ length: 8 * random.below(16) }, () => random.below(256)) : damaged(random, valid)
    const whole = random.chance(5) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes
    rejects('INTERNAL', () => {
      const element = decodeElement(whole, 0, schema)
      if (element.kind === 'batch') batchToRows(element, schema)
    })
  },
}

const VALUES = BATCHES.flatMap(({ rows }) => rows.flat())

/** Bytes of single values: what columns of ARRAY, MAP and ROW and of numbers of more than 64 bits hold. */
export const valueTarget: FuzzTarget = {
  name: 'value codec',
  timeMsMax: 2_000,
  run: (random) => {
    const value = random.pick(VALUES)
    const bytes = new Uint8Array(encodedValueSize(value))
    encodeValue(value, bytes, new DataView(bytes.buffer), 0)
    const mutated = random.mutated(bytes, 3)
    rejects('INTERNAL', () => new ValueReader(mutated, 0, mutated.length).next())
  },
}

const MANIFEST = {
  jobId: 'job-1', writtenAtMs: 1_767_225_600_000, ended: false,
  snapshot: {
    formatVersion: 1, epoch: 3,
    plan: {
      formatVersion: 1, strategy: 'pipelines', workerCount: 2, rescalable: true, settings: { compile: true },
      nodes: [
        { id: 0, kind: 'scan', inputs: [], schema: [{ name: '__proto__', type: { kind: 'BIGINT' }, nullable: true }], runsOn: 'all' },
        { id: 1, kind: 'sink', inputs: [0], schema: [], runsOn: 'all' },
      ],
    },
    splits: [{ nodeId: 0, splits: [{ id: 'a', weight: 1, bounded: true, detail: { from: 0n, $: 1 } }] }],
    workers: [0, 1].map((workerIndex) => ({
      epoch: 3, workerIndex,
      operators: [{ nodeId: 1, tables: [{ name: 't', parts: [{ epoch: 3, rows: 1, batches: [{ object: 'epoch-0000000003/worker-0-0', at: 0, length: 8 }], slots: null, removed: null }] }] }],
      scans: [{
        nodeId: 0, splits: [{ id: 'a', done: false, position: Number.NaN, rows: 1, watermark: -Infinity, idle: false, resumesAt: null, silentMs: 0 }], kept: [], drained: false,
        counters: { bytesIn: 0, rowsFiltered: 0, rowsReturned: 1, recordsFailed: 0, splitsDone: 0, weightDone: 0 },
      }],
      valuesGiven: [],
      counters: [{ nodeId: 0, rowsIn: 0, rowsOut: 0, rowsFiltered: 0, rowsAggregated: 0, rowsLate: 0, rowsFailed: 0, bytesOut: 0, rowsCopied: 0 }],
      prepared: [{ nodeId: 1, prepared: { path: 'x' } }],
    })),
  },
  objects: [{ name: 'epoch-0000000003/worker-0-0', bytes: 8, crc32: 1 }],
} as unknown as CheckpointManifest

const ENCODED_MANIFEST = encodeManifest(MANIFEST)
const MANIFEST_TEXT = toPlainText(MANIFEST)
const JUNK = [null, 0, -1, 1.5, 1e300, 2 ** 53, '', 'x', '../x', '/etc/passwd', true, [], {}, [[]], { $: 'bigint', v: '1' }, { $: 'number', v: 'x' }, { $: 'object', v: [['__proto__', {}]] }]

/** A place in a tree, replaced, dropped or doubled. */
function bent(random: FuzzRandom, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || random.chance(12)) return random.pick(JUNK)
  if (Array.isArray(value)) {
    if (value.length === 0 || random.chance(8)) return [...value, random.pick(JUNK)]
    const at = random.below(value.length)
    return random.chance(10) ? value.filter((_, i) => i !== at) : value.with(at, bent(random, value[at]))
  }
  const entries = Object.entries(value)
  if (entries.length === 0 || random.chance(20)) return { ...value, [random.pick(['__proto__', 'constructor', '$', 'x'])]: random.pick(JUNK) }
  const [key] = random.pick(entries)
  if (random.chance(15)) return Object.fromEntries(entries.filter(([name]) => name !== key))
  return Object.fromEntries(entries.map(([name, item]) => [name, name === key ? bent(random, item) : item]))
}

/** Manifests of checkpoints: damaged bytes, and forged ones whose checksum is right. */
export const manifestTarget: FuzzTarget = {
  name: 'manifest',
  timeMsMax: 2_000,
  run: (random) => {
    if (random.chance(4)) {
      const mutated = random.mutated(ENCODED_MANIFEST, 3)
      if (Buffer.compare(mutated, ENCODED_MANIFEST) === 0) return
      let taken = true
      rejects('CHECKPOINT_CORRUPT', () => {
        taken = false
        decodeManifest(mutated)
        taken = true
      })
      if (taken) throw new Error('a damaged manifest is taken for whole')
      return
    }
    let body: unknown = JSON.parse(MANIFEST_TEXT)
    for (let edits = 1 + random.below(3); edits > 0; edits--) body = bent(random, body)
    const forged = encodeFramed(random.chance(10) ? random.pick([2, 99, 123_456_789]) : 1, null)
    const head = Buffer.from(forged).toString('latin1').split('\n')[0]!
    rejects('CHECKPOINT_CORRUPT', () => decodeManifest(framed(`${head}\n${JSON.stringify(body)}\n`)))
    if (Object.keys(Object.prototype).length > 0) throw new Error('Object.prototype has got properties')
  },
}

/** With the checksum that belongs to it, which `encodeFramed` gives for bodies of its own only. */
function framed(text: string): Uint8Array {
  const bytes = Buffer.from(text)
  return Buffer.concat([bytes, Buffer.from(`${crc32(bytes).toString(16).padStart(8, '0')}\n`)])
}
