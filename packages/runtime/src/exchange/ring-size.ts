import { EXCHANGE_BYTES_TOTAL, RING_BYTES_MAX, RING_BYTES_MIN } from '../limits.js'

/** Bytes of each of the `workerCount`² rings of each of a job's exchanges: the largest power of two within its share. */
export function exchangeRingBytes(workerCount: number, exchangeCount: number): number {
  const share = EXCHANGE_BYTES_TOTAL / (workerCount * workerCount * Math.max(1, exchangeCount))
  const bytes = 2 ** Math.floor(Math.log2(share))
  return Math.min(RING_BYTES_MAX, Math.max(RING_BYTES_MIN, bytes))
}
