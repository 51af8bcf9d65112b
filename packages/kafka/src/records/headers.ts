import { varintAt, varintEnd } from './varint.js'

export interface RecordHeader {
  readonly key: Uint8Array
  readonly value: Uint8Array | null
}

/**
 * The headers of a record whose count stands at `start`, as views; null where they are garbage. Only whoever asks for headers pays for them.
 */
export function headersAt(bytes: Uint8Array, start: number): RecordHeader[] | null {
  const count = varintAt(bytes, start)
  let p = varintEnd()
  const headers: RecordHeader[] = []
  for (let i = 0; i < count; i++) {
    const keyBytes = varintAt(bytes, p)
    const keyStart = varintEnd()
    if (!(keyBytes >= 0 && keyStart + keyBytes <= bytes.length)) return null
    const valueBytes = varintAt(bytes, keyStart + keyBytes)
    const valueStart = varintEnd()
    p = valueStart + Math.max(valueBytes, 0)
    if (!(p <= bytes.length)) return null
    headers.push({
      key: bytes.subarray(keyStart, keyStart + keyBytes),
      value: valueBytes < 0 ? null : bytes.subarray(valueStart, p),
    })
  }
  return headers
}
