import fc from 'fast-check'
import { decompress as unzstd } from 'fzstd'
import { createRequire } from 'node:module'
import { gunzipSync } from 'node:zlib'
import { lz4Decompress, snappyDecompress } from '@platformatic/wasm-utils'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Compress, compressOf, type CompressionType } from './compress.js'
import { crc32c } from './crc32c.js'
import { headersAt } from './headers.js'
import { RecordBatchReader } from './record-batches.js'
import { BATCH_HEADER_BYTES, type EncodedHeaders, NO_PRODUCER, putVarint, RecordSet } from './record-set.js'

const RUNS = Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 30)
const TYPES: readonly CompressionType[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const compressors = new Map<CompressionType, Compress | null>()

beforeAll(async () => {
  for (const type of TYPES) compressors.set(type, await compressOf(type))
})

interface Sent {
  readonly timestampMs: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly (readonly [string, Uint8Array])[]
}

function setOf(records: readonly Sent[]): RecordSet {
  const set = new RecordSet(64)
  for (const { timestampMs, key, value, headers } of records) {
    // Bytes around them must not be looked at.
    const [k, v] = [padded(key), padded(value)]
    set.append(timestampMs, k, 3, 3 + (key?.length ?? 0), v, 3, 3 + (value?.length ?? 0), encoded(headers))
  }
  return set
}

function padded(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null ? null : Buffer.concat([Buffer.from('<<<'), bytes, Buffer.from('>>>')])
}

function encoded(headers: Sent['headers']): EncodedHeaders | null {
  if (headers.length === 0) return null
  const bytes = Buffer.alloc(100 + headers.reduce((sum, [key, value]) => sum + 20 + Buffer.byteLength(key) + value.length, 0))
  let at = 7
  for (const [key, value] of headers) {
    at = putVarint(bytes, at, Buffer.byteLength(key))
    at += bytes.write(key, at)
    at = putVarint(bytes, at, value.length)
    bytes.set(value, at)
    at += value.length
  }
  return { bytes, start: 7, end: at, count: headers.length }
}

/** What kafkajs finds in a batch. */
async function decoded(batch: Uint8Array): Promise<{ readonly records: readonly Sent[]; readonly producerId: string; readonly firstSequence: number; readonly inTransaction: boolean }> {
  const require = createRequire(import.meta.url)
  const { Codecs, Types } = require('kafkajs/src/protocol/message/compression') as { Codecs: Record<number, () => unknown>; Types: Record<string, number> }
  Codecs[Types['Snappy']!] = () => ({ decompress: async (bytes: Buffer) => xerial(bytes) })
  Codecs[Types['LZ4']!] = () => ({ decompress: async (bytes: Buffer) => lz4Decompress(bytes) })
  Codecs[Types['ZSTD']!] = () => ({ decompress: async (bytes: Buffer) => Buffer.from(unzstd(bytes)) })
  Codecs[Types['GZIP']!] = () => ({ decompress: async (bytes: Buffer) => gunzipSync(bytes) })
  const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => unknown
  const decode = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (from: unknown) => Promise<{
    records: { timestamp: string; offset: string; key: Buffer | null; value: Buffer | null; headers: Record<string, Buffer | Buffer[]> }[]
    producerId: string; firstSequence: number; inTransaction: boolean
  }>
  const { records, ...rest } = await decode(new Decoder(Buffer.from(batch)))
  expect(records.map(({ offset }) => Number(offset))).toEqual(records.map((_, i) => i))
  return {
    ...rest,
    records: records.map(({ timestamp, key, value, headers }) => ({
      timestampMs: Number(timestamp), key, value,
      headers: Object.entries(headers).flatMap(([name, found]) => [found].flat().map((bytes): [string, Uint8Array] => [name, bytes])),
    })),
  }
}

function xerial(bytes: Buffer): Buffer {
  const blocks: Buffer[] = []
  expect(bytes.subarray(0, 8).toString('latin1')).toBe('\x82SNAPPY\0')
  for (let at = 16; at < bytes.length;) {
    const length = bytes.readInt32BE(at)
    blocks.push(snappyDecompress(bytes.subarray(at + 4, at + 4 + length)))
    at += 4 + length
  }
  return Buffer.concat(blocks)
}

/** What our own reader finds in it. */
function readBack(batch: Uint8Array): readonly Sent[] {
  const reader = new RecordBatchReader(7, true)
  reader.begin({ topic: 't', partition: 0, bytes: batch, from: 0, until: Infinity, aborted: null })
  const found: Sent[] = []
  while (reader.next()) {
    const { bytes, count, timestamps, keyStarts, keyEnds, valueStarts, valueEnds, headerStarts } = reader.records
    for (let i = 0; i < count; i++) {
      found.push({
        timestampMs: timestamps[i]!,
        key: keyStarts[i] === -1 ? null : bytes.slice(keyStarts[i], keyEnds[i]),
        value: valueStarts[i] === -1 ? null : bytes.slice(valueStarts[i], valueEnds[i]),
        headers: headersAt(bytes, headerStarts[i]!)!.map(({ key, value }) => [Buffer.from(key).toString(), value!]),
      })
    }
  }
  expect(reader.nextOffset).toBe(found.length)
  return found
}

function plain(records: readonly Sent[]): unknown {
  return records.map(({ timestampMs, key, value, headers }) => ({
    timestampMs, key: key === null ? null : Buffer.from(key).toString('hex'), value: value === null ? null : Buffer.from(value).toString('hex'),
    headers: headers.map(([name, bytes]) => [name, Buffer.from(bytes).toString('hex')]),
  }))
}

const bytes = fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ minLength: 60, maxLength: 300 }), fc.constant(new Uint8Array(70_000).fill(7)))
const sent: fc.Arbitrary<Sent> = fc.record({
  timestampMs: fc.oneof(fc.integer({ min: 0, max: 2_000_000_000_000 }), fc.integer({ min: 1_700_000_000_000, max: 1_700_000_001_000 })),
  key: fc.option(bytes),
  value: fc.option(bytes),
  // kafkajs gives them as an object, so names are told apart and are no numbers.
  headers: fc.uniqueArray(fc.tuple(fc.string({ minLength: 1, maxLength: 5 }).map((name) => `h${name}`), fc.uint8Array({ maxLength: 9 })), { maxLength: 3, selector: ([name]) => name }),
})

describe('a record set', () => {
  it.each(TYPES)('is read by another client as it was written: %s', async (type) => {
    await fc.assert(fc.asyncProperty(fc.array(sent, { minLength: 1, maxLength: 20 }), async (records) => {
      const batch = setOf(records).seal({ producerId: 4711, producerEpoch: 3, baseSequence: 12, transactional: true }, compressors.get(type)!)
      const found = await decoded(batch)
      expect(plain(found.records)).toEqual(plain(records))
      expect(plain(readBack(batch))).toEqual(plain(records))
      expect(found).toMatchObject({ producerId: '4711', firstSequence: 12, inTransaction: true })
      const view = new DataView(batch.buffer, batch.byteOffset, batch.length)
      expect(view.getInt32(8)).toBe(batch.length - 12)
      expect(view.getUint32(17)).toBe(crc32c(batch, 21))
      expect(Number(view.getBigInt64(35))).toBe(Math.max(...records.map(({ timestampMs }) => timestampMs)))
    }), { numRuns: Math.min(RUNS, 2_000) })
  })

  it('falls into two halves that hold the same records', async () => {
    await fc.assert(fc.asyncProperty(fc.array(sent, { minLength: 2, maxLength: 20 }), async (records) => {
      const halves = setOf(records).halves()
      const found = await Promise.all(halves.map(async (half) => (await decoded(half.seal(NO_PRODUCER, null))).records))
      expect(plain(found.flat())).toEqual(plain(records))
      expect(Math.abs(halves[0].count - halves[1].count)).toBeLessThanOrEqual(1)
    }), { numRuns: Math.min(RUNS, 2_000) })
  })

  it('begins anew when it was cleared', async () => {
    const set = setOf([{ timestampMs: 5, key: null, value: Buffer.from('old'), headers: [] }])
    set.clear()
    expect(set.bytes).toBe(BATCH_HEADER_BYTES)
    set.append(9, null, 0, 0, Buffer.from('new'), 0, 3, null)
    expect(plain((await decoded(set.seal(NO_PRODUCER, null))).records)).toEqual(plain([{ timestampMs: 9, key: null, value: Buffer.from('new'), headers: [] }]))
  })
})

describe('crc32c', () => {
  it('gives the known checksum', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe306_9283)
    expect(crc32c(new Uint8Array(0))).toBe(0)
  })
})
