import type { Compress } from './compress.js'
import { crc32c } from './crc32c.js'

/** A record as a test tells it. */
export interface ToldRecord {
  readonly offset: number
  readonly timestampMs: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers?: readonly (readonly [string, Uint8Array | null])[]
}

export interface ToldBatch {
  readonly baseOffset: number
  /** Left out: the offset of the last record. */
  readonly lastOffset?: number
  readonly records: readonly ToldRecord[]
  readonly compress?: Compress | null
  readonly producerId?: number
  readonly isTransactional?: boolean
  readonly isControl?: boolean
  /** Given: the timestamps are the broker's. */
  readonly appendTimestampMs?: number
  readonly leaderEpoch?: number
  readonly magic?: number
}

/** Bytes as the protocol's texts tell them, put together slowly and without any code of the reader's. */
export function batchBytes(told: ToldBatch): Buffer {
  const { baseOffset, records, compress = null, leaderEpoch = 7, magic = 2 } = told
  const baseTimestampMs = records[0]?.timestampMs ?? 0
  const plain = Buffer.concat(records.map((record) => recordBytes(record, baseOffset, baseTimestampMs)))
  const packed = compress === null ? plain : Buffer.from(compress.compress(plain))
  const attributes = (compress?.codec ?? 0) | (told.appendTimestampMs === undefined ? 0 : 8) | (told.isTransactional === true ? 16 : 0) | (told.isControl === true ? 32 : 0)
  const rest = Buffer.alloc(40)
  rest.writeInt16BE(attributes, 0)
  rest.writeInt32BE((told.lastOffset ?? records.at(-1)?.offset ?? baseOffset) - baseOffset, 2)
  rest.writeBigInt64BE(BigInt(baseTimestampMs), 6)
  rest.writeBigInt64BE(BigInt(told.appendTimestampMs ?? Math.max(0, ...records.map(({ timestampMs }) => timestampMs))), 14)
  rest.writeBigInt64BE(BigInt(told.producerId ?? -1), 22)
  rest.writeInt16BE(0, 30)
  rest.writeInt32BE(0, 32)
  rest.writeInt32BE(records.length, 36)
  const body = Buffer.concat([rest, packed])
  const head = Buffer.alloc(21)
  head.writeBigInt64BE(BigInt(baseOffset), 0)
  head.writeInt32BE(9 + body.length, 8)
  head.writeInt32BE(leaderEpoch, 12)
  head.writeInt8(magic, 16)
  head.writeUInt32BE(crc32c(body), 17)
  return Buffer.concat([head, body])
}

/** The batch that ends a transaction. */
export function endOfTransaction(offset: number, producerId: number, isCommit: boolean): Buffer {
  const key = Buffer.from([0, 0, 0, isCommit ? 1 : 0])
  return batchBytes({ baseOffset: offset, producerId, isTransactional: true, isControl: true, records: [{ offset, timestampMs: 1, key, value: Buffer.from([0, 0, 0, 0, 0, 0]) }] })
}

function recordBytes({ offset, timestampMs, key, value, headers = [] }: ToldRecord, baseOffset: number, baseTimestampMs: number): Buffer {
  const part = (bytes: Uint8Array | null): Buffer => Buffer.concat([varint(bytes === null ? -1 : bytes.length), bytes ?? Buffer.alloc(0)])
  const body = Buffer.concat([
    Buffer.from([0]), varint(timestampMs - baseTimestampMs), varint(offset - baseOffset), part(key), part(value), varint(headers.length),
    ...headers.flatMap(([name, bytes]) => [part(Buffer.from(name)), part(bytes)]),
  ])
  return Buffer.concat([varint(body.length), body])
}

function varint(value: number): Buffer {
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n))
  const bytes: number[] = []
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return Buffer.from([...bytes, Number(rest)])
}
