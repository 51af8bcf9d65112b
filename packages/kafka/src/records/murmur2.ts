const SEED = 0x9747_b28c
const M = 0x5bd1_e995

/** The 32-bit murmur2 hash of `bytes[start … end)` as Kafka's Java client computes it: equal keys go where its own would put them. Signed. */
export function murmur2(bytes: Uint8Array, start: number = 0, end: number = bytes.length): number {
  const length = end - start
  let hash = SEED ^ length
  let at = start
  for (const last = end - 3; at < last; at += 4) {
    let word = Math.imul(bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24), M)
    word = Math.imul(word ^ (word >>> 24), M)
    hash = Math.imul(hash, M) ^ word
  }
  const rest = length & 3
  if (rest === 3) hash ^= bytes[at + 2]! << 16
  if (rest >= 2) hash ^= bytes[at + 1]! << 8
  if (rest >= 1) hash = Math.imul(hash ^ bytes[at]!, M)
  hash = Math.imul(hash ^ (hash >>> 13), M)
  return hash ^ (hash >>> 15)
}

/** The partition of a key, as the Java client's default partitioner has it: the hash without its sign, modulo. */
export function partitionOfKey(bytes: Uint8Array, start: number, end: number, partitionCount: number): number {
  return (murmur2(bytes, start, end) & 0x7fff_ffff) % partitionCount
}
