import { assert, type RowFailure } from '@millrace/core'
import type { Outbox } from '../exchange/outbox.js'

/**
 * What the main thread sends a worker when it reads for it. One message is one of:
 *
 * | kind | payload |
 * |---|---|
 * | `block` | undecoded records |
 * | `batch` | an encoded batch |
 * | `failure` | a record that could not be read: its bytes, then the rest as JSON |
 * | `nothing` | none; carries the counts and `last` |
 * | `finish` | none: the scan has ended |
 */
export const FEED = { block: 1, batch: 2, failure: 3, nothing: 4, finish: 5 } as const
export type FeedKind = (typeof FEED)[keyof typeof FEED]

export interface FeedHead {
  readonly kind: FeedKind
  /** Index of the split as the worker sees it: of the block (`numbered`), of the source's split (`sticky`), unused (`free`). */
  readonly unit: number
  /** Index of the source's split. */
  readonly split: number
  /** The unit ends with this message. */
  readonly last: boolean
  /** Position of the payload's first byte in the source's split. */
  readonly position: number
  /** What the main thread has counted since its message before this one. */
  readonly bytesIn: number
  readonly rowsFiltered: number
}

/** Bytes before the payload: four 32-bit integers and three doubles. */
export const FEED_HEAD_BYTES = 40

export function sendFeed(outbox: Outbox, head: FeedHead, payloadBytes: number, encode: (bytes: Uint8Array, offset: number) => void): void {
  outbox.send(FEED_HEAD_BYTES + payloadBytes, (bytes, offset) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset + offset, FEED_HEAD_BYTES)
    view.setInt32(0, head.kind)
    view.setInt32(4, head.unit)
    view.setInt32(8, head.split)
    view.setInt32(12, head.last ? 1 : 0)
    view.setFloat64(16, head.position)
    view.setFloat64(24, head.bytesIn)
    view.setFloat64(32, head.rowsFiltered)
    encode(bytes, offset + FEED_HEAD_BYTES)
  })
}

export function readFeedHead(bytes: Uint8Array, offset: number): FeedHead {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, FEED_HEAD_BYTES)
  const kind = view.getInt32(0)
  assert(kind >= FEED.block && kind <= FEED.finish, 'a feed carries messages of known kinds')
  return {
    kind: kind as FeedKind,
    unit: view.getInt32(4),
    split: view.getInt32(8),
    last: view.getInt32(12) === 1,
    position: view.getFloat64(16),
    bytesIn: view.getFloat64(24),
    rowsFiltered: view.getFloat64(32),
  }
}

/** A failure as its payload: length of the record or −1, the record, then the other members as JSON. */
export function encodeFailure(failure: RowFailure): Uint8Array {
  const { record, ...rest } = failure
  const json = Buffer.from(JSON.stringify(rest))
  const payload = new Uint8Array(4 + (record?.length ?? 0) + json.length)
  new DataView(payload.buffer).setInt32(0, record?.length ?? -1)
  if (record !== null) payload.set(record, 4)
  payload.set(json, 4 + (record?.length ?? 0))
  return payload
}

export function decodeFailure(payload: Uint8Array): RowFailure {
  const recordBytes = new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getInt32(0)
  const jsonAt = 4 + Math.max(0, recordBytes)
  const rest = JSON.parse(Buffer.from(payload.slice(jsonAt)).toString('utf8')) as Omit<RowFailure, 'record'>
  return { ...rest, record: recordBytes < 0 ? null : payload.slice(4, jsonAt) }
}
