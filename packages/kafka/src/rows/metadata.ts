import { BIGINT, BYTES, type Field, INT, map, STRING, timestampLtz, type Vector } from '@millrace/core'
import { headersAt } from '../records/headers.js'
import type { Records } from '../records/records.js'

export type MetadataKey = 'topic' | 'partition' | 'offset' | 'timestamp' | 'timestamp-type' | 'leader-epoch' | 'headers' | 'key'

/** What a table can know of a record besides its key and value, by the key of its METADATA column. */
export const METADATA: Readonly<Record<MetadataKey, Field>> = {
  topic: { name: 'topic', type: STRING, nullable: false },
  partition: { name: 'partition', type: INT, nullable: false },
  offset: { name: 'offset', type: BIGINT, nullable: false },
  timestamp: { name: 'timestamp', type: timestampLtz(3), nullable: true },
  'timestamp-type': { name: 'timestamp-type', type: STRING, nullable: false },
  'leader-epoch': { name: 'leader-epoch', type: INT, nullable: true },
  headers: { name: 'headers', type: map(STRING, BYTES), nullable: false },
  key: { name: 'key', type: BYTES, nullable: true },
}

export function isMetadataKey(key: string): key is MetadataKey {
  return Object.hasOwn(METADATA, key)
}

/** Where records come from. */
export interface RecordPlace {
  readonly topic: string
  readonly partition: number
}

/** The value of one record, in the form that its column's vector has, or NULL. */
export function metadataValue(key: MetadataKey, records: Records, record: number, place: RecordPlace): number | string | Map<string, Uint8Array | null> | Uint8Array | null {
  switch (key) {
    case 'topic': return place.topic
    case 'partition': return place.partition
    case 'offset': return records.offsets[record]!
    case 'timestamp': return records.timestamps[record] === -1 ? null : records.timestamps[record]! * 1_000
    case 'timestamp-type': return timestampType(records, record)
    case 'leader-epoch': return records.leaderEpochs[record]! < 0 ? null : records.leaderEpochs[record]!
    case 'headers': return headersOf(records, record)
    case 'key': return keyOf(records, record)?.slice() ?? null
  }
}

/** A column of metadata. @param recordOfRow of which the first `count` are looked at */
export function metadataVector(key: MetadataKey, records: Records, recordOfRow: Int32Array, count: number, place: RecordPlace): Vector {
  const values: unknown[] = []
  let nulls: Uint8Array | null = null
  if (key === 'offset') {
    // Asked for most of all.
    const offsets = new Float64Array(count)
    for (let row = 0; row < count; row++) offsets[row] = records.offsets[recordOfRow[row]!]!
    return { kind: 'exact', values: offsets, wide: null, nulls: null }
  }
  for (let row = 0; row < count; row++) {
    const value = metadataValue(key, records, recordOfRow[row]!, place)
    if (value === null) (nulls ??= new Uint8Array(count))[row] = 1
    values.push(value)
  }
  switch (key) {
    case 'topic': case 'timestamp-type': return { kind: 'text', values: values as string[], nulls }
    case 'partition': case 'leader-epoch': return { kind: 'i32', values: Int32Array.from(values as number[]), nulls }
    case 'timestamp': return { kind: 'f64', values: Float64Array.from(values as number[]), nulls }
    case 'headers': case 'key': return { kind: 'any', values, nulls }
  }
}

/** As Kafka calls them. */
function timestampType(records: Records, record: number): string {
  if (records.isAppendTime[record] === 1) return 'LogAppendTime'
  return records.timestamps[record] === -1 ? 'NoTimestampType' : 'CreateTime'
}

/** A view, or null where the record has no key. */
export function keyOf({ bytes, keyStarts, keyEnds }: Records, record: number): Uint8Array | null {
  return keyStarts[record] === -1 ? null : bytes.subarray(keyStarts[record], keyEnds[record])
}

/** The headers of a record; of several with the same key the last one. What no producer of sound mind writes comes as none. */
export function headersOf({ bytes, headerStarts }: Records, record: number): Map<string, Uint8Array | null> {
  const headers = headersAt(bytes, headerStarts[record]!) ?? []
  return new Map(headers.map(({ key, value }) => [Buffer.from(key).toString(), value?.slice() ?? null]))
}
