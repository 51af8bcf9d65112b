import { createRecordsBatch } from '@platformatic/kafka'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Compress, type CompressionType, compressOf } from './compress.js'
import { headersAt } from './headers.js'
import type { FetchedRecords } from './record-batches.js'
import { RecordBatchReader, offsetBehind } from './record-batches.js'
import { type ToldBatch, type ToldRecord, batchBytes, endOfTransaction } from './record-batch.test.kit.js'

const RUNS = Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 100)
const TYPES: readonly CompressionType[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const compressors: (Compress | null)[] = []

beforeAll(async () => {
  for (const type of TYPES) compressors.push(await compressOf(type))
})

interface Found {
  readonly records: { offset: number; timestampMs: number; key: string | null; value: string | null; headers: unknown; leaderEpoch: number; isAppendTime: boolean }[]
  readonly nextOffset: number
  readonly tombstones: number
}

function read(bytes: Uint8Array, options: Partial<FetchedRecords> & { capacity?: number; keepsTombstones?: boolean } = {}): Found {
  const reader = new RecordBatchReader(options.capacity ?? 1000, options.keepsTombstones ?? true)
  reader.begin({ topic: 't', partition: 3, bytes, from: 0, until: Infinity, aborted: null, ...options })
  const records: Found['records'] = []
  let before = -1
  while (reader.next()) {
    const r = reader.records
    expect(r.count).toBeGreaterThan(0)
    const hex = (start: number, end: number): string | null => (start === -1 ? null : Buffer.from(r.bytes.subarray(start, end)).toString('hex'))
    for (let i = 0; i < r.count; i++) {
      expect(r.offsets[i]).toBeGreaterThan(before)
      before = r.offsets[i]!
      records.push({
        offset: before, timestampMs: r.timestamps[i]!, key: hex(r.keyStarts[i]!, r.keyEnds[i]!), value: hex(r.valueStarts[i]!, r.valueEnds[i]!),
        headers: headersAt(r.bytes, r.headerStarts[i]!)!.map(({ key, value }) => [Buffer.from(key).toString(), value === null ? null : Buffer.from(value).toString('hex')]),
        leaderEpoch: r.leaderEpochs[i]!, isAppendTime: r.isAppendTime[i] === 1,
      })
    }
    expect(reader.nextOffset).toBe(before + 1 > reader.nextOffset ? NaN : reader.nextOffset)
  }
  expect(reader.next()).toBe(false)
  return { records, nextOffset: reader.nextOffset, tombstones: reader.tombstones }
}

const hexOf = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString('hex'))
const told = (record: ToldRecord, leaderEpoch = 7, appendTimestampMs?: number): Found['records'][number] => ({
  offset: record.offset, timestampMs: appendTimestampMs ?? record.timestampMs, key: hexOf(record.key), value: hexOf(record.value),
  headers: (record.headers ?? []).map(([name, value]) => [name, hexOf(value)]), leaderEpoch, isAppendTime: appendTimestampMs !== undefined,
})
const plain = (offset: number, value = `v${offset}`): ToldRecord => ({ offset, timestampMs: 1000 + offset, key: null, value: Buffer.from(value) })

const bytes = fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ minLength: 60, maxLength: 300 }), fc.constant(new Uint8Array(20_000).fill(7)))
const record = fc.record({
  gap: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(1000)),
  timestampMs: fc.oneof(fc.integer({ min: -1, max: 2_000_000_000_000 }), fc.integer({ min: 1_700_000_000_000, max: 1_700_000_001_000 })),
  key: fc.option(bytes), value: fc.option(bytes),
  headers: fc.array(fc.tuple(fc.string({ maxLength: 5 }), fc.option(fc.uint8Array({ maxLength: 9 }))), { maxLength: 3 }),
})

/** Batches as a compacted topic has them: with gaps between and inside, at their ends too. */
const log = fc.tuple(
  fc.integer({ min: 0, max: 2 ** 40 }),
  fc.array(fc.record({
    gap: fc.oneof(fc.constant(0), fc.nat(50)), after: fc.oneof(fc.constant(0), fc.nat(50)), codec: fc.nat(4), leaderEpoch: fc.nat(99),
    appendTimestampMs: fc.option(fc.integer({ min: 0, max: 1e12 }), { nil: undefined }), records: fc.array(record, { maxLength: 12 }),
  }), { minLength: 1, maxLength: 8 }),
).map(([first, batches]) => {
  let offset = first
  return batches.map(({ gap, after, codec, records, appendTimestampMs, leaderEpoch }): ToldBatch & { codec: number } => {
    const baseOffset = offset + gap
    offset = baseOffset
    const placed = records.map(({ gap: skipped, ...rest }): ToldRecord => {
      const at = offset + skipped
      offset = at + 1
      return { ...rest, offset: at }
    })
    const lastOffset = Math.max(offset - 1, baseOffset) + after
    offset = lastOffset + 1
    return { baseOffset, lastOffset, records: placed, codec, leaderEpoch, ...(appendTimestampMs === undefined ? {} : { appendTimestampMs }) }
  })
})

describe('a reader of record batches', () => {
  it('finds what was written, from and to any offset, whatever fits at a time', () => {
    fc.assert(fc.property(log, fc.constantFrom(1, 2, 7, 1000), fc.nat(200), fc.nat(200), fc.boolean(), fc.boolean(), fc.nat(100), (batches, capacity, before, behind, isBounded, keepsTombstones, cut) => {
      const first = batches[0]!.baseOffset
      const end = batches.at(-1)!.lastOffset! + 1
      const from = Math.min(end, first + before)
      const until = isBounded ? Math.max(from, end - behind) : Infinity
      // Batches that compaction has emptied are not compressed.
      const whole = batches.map((batch) => batchBytes({ ...batch, compress: batch.records.length === 0 ? null : compressors[batch.codec]! }))
      const cutOff = batchBytes({ baseOffset: end, records: [plain(end)] }).subarray(0, cut % 60)
      const found = read(Buffer.concat([...whole, cutOff]), { from, until, capacity, keepsTombstones })
      const wanted = batches.flatMap(({ records, leaderEpoch, appendTimestampMs }) => records.filter(({ offset }) => offset >= from && offset < until)
        .map((each) => told(each, leaderEpoch, appendTimestampMs)))
      expect(found.records).toEqual(keepsTombstones ? wanted : wanted.filter(({ value }) => value !== null))
      expect(found.tombstones).toBe(keepsTombstones ? 0 : wanted.filter(({ value }) => value === null).length)
      expect(found.nextOffset).toBe(Math.min(until, end))
      expect(offsetBehind(Buffer.concat([...whole, cutOff]), from)).toBe(end)
    }), { numRuns: RUNS })
  })

  it('reads what another client writes', () => {
    // That client cuts differences of timestamps to 32 bits.
    const near = record.map((each) => ({ ...each, timestampMs: each.timestampMs % 1_000_000 }))
    fc.assert(fc.property(fc.array(near, { minLength: 1, maxLength: 12 }), (records) => {
      const written = createRecordsBatch(records.map(({ timestampMs, key, value, headers }) => ({
        topic: 't', timestamp: BigInt(Math.max(0, timestampMs)), ...(key === null ? {} : { key: Buffer.from(key) }), value: (value === null ? undefined : Buffer.from(value)) as Buffer,
        headers: new Map(headers.map(([name, bytes]): [Buffer, Buffer] => [Buffer.from(name), Buffer.from(bytes ?? [])])),
      })), {}) as unknown as { buffer: Buffer }
      const found = read(written.buffer)
      expect(found.records.map(({ timestampMs, key, value }) => ({ timestampMs, key, value })))
        .toEqual(records.map((each) => ({ timestampMs: Math.max(0, each.timestampMs), key: hexOf(each.key), value: hexOf(each.value) })))
    }), { numRuns: Math.min(RUNS, 1000) })
  })

  it('leaves out what was aborted, and every end of a transaction', () => {
    const of = (offset: number, producerId: number, isTransactional = true): Buffer => batchBytes({ baseOffset: offset, producerId, isTransactional, records: [plain(offset)] })
    const batches = Buffer.concat([
      of(10, 1), of(11, 2), of(12, 3, false), of(13, 1), endOfTransaction(14, 1, false), of(15, 1), of(16, 2), endOfTransaction(17, 2, true), endOfTransaction(18, 1, true),
      of(19, 2), endOfTransaction(20, 2, false), of(21, 2, false),
    ])
    const offsets = (aborted: FetchedRecords['aborted'], from = 0): number[] => read(batches, { aborted, from }).records.map(({ offset }) => offset)
    const aborted = [{ producerId: 2, firstOffset: 19 }, { producerId: 1, firstOffset: 10 }]
    expect(offsets(aborted)).toEqual([11, 12, 15, 16, 21])
    expect(offsets(null)).toEqual([10, 11, 12, 13, 15, 16, 19, 21])
    expect(read(batches, { aborted }).nextOffset).toBe(22)
    expect(offsets(aborted, 13)).toEqual([15, 16, 21])
  })

  it('comes to the end of a part that gave nothing', () => {
    expect(read(Buffer.concat([endOfTransaction(5, 1, true), batchBytes({ baseOffset: 6, lastOffset: 9, records: [] })]), { from: 5 })).toEqual({ records: [], nextOffset: 10, tombstones: 0 })
    expect(read(Buffer.alloc(0), { from: 5 })).toEqual({ records: [], nextOffset: 5, tombstones: 0 })
  })

  it('says where the bytes are damaged', () => {
    const whole = Buffer.concat([batchBytes({ baseOffset: 40, records: [plain(40)] }), batchBytes({ baseOffset: 41, records: [plain(41), plain(42)] })])
    for (let at = whole.length - 50; at < whole.length; at++) {
      const damaged = Buffer.from(whole)
      damaged[at]! ^= 4
      expect(() => read(damaged)).toThrow(expect.objectContaining({ code: 'SOURCE_CORRUPT', details: { topic: 't', partition: 3, offset: 41 } }))
    }
    expect(() => read(batchBytes({ baseOffset: 1, records: [plain(1)], magic: 1 }))).toThrow(/format 1 of before Kafka 0.11/)
  })

  it('holds to its bytes whatever a producer wrote into them', () => {
    fc.assert(fc.property(fc.array(record, { maxLength: 4 }), fc.nat(4), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), (records, codec, changes) => {
      const placed = records.map((each, i): ToldRecord => ({ ...each, offset: 3 + i }))
      // Damaged before the checksum is made.
      const compress: Compress = { codec: (compressors[codec]?.codec ?? 0) as 1, compress: (body) => {
        const packed = Buffer.from(compressors[codec]?.compress(body) ?? body)
        for (const [at, byte] of changes) if (packed.length > 0) packed[at % packed.length] = byte
        return packed
      } }
      const reader = new RecordBatchReader(3, true)
      try {
        reader.begin({ topic: 't', partition: 3, bytes: batchBytes({ baseOffset: 3, records: placed, compress }), from: 0, until: Infinity, aborted: null })
        while (reader.next()) {
          const { count, bytes: found, keyEnds, valueStarts, valueEnds, headerStarts } = reader.records
          for (let i = 0; i < count; i++) {
            expect(keyEnds[i]!).toBeLessThanOrEqual(Math.max(valueStarts[i]!, valueEnds[i]!))
            expect(valueEnds[i]!).toBeLessThan(found.length)
            for (const header of headersAt(found, headerStarts[i]!) ?? []) expect(header.key.length).toBeLessThanOrEqual(found.length)
          }
        }
      } catch (error) {
        expect(error).toMatchObject({ code: 'SOURCE_CORRUPT' })
      }
    }), { numRuns: RUNS })
  })
})
