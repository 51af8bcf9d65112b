import type { ByteBuffer } from '@millrace/core'

/** An int or a long: zigzag, seven bits a byte, least significant first. */
export function writeLong(value: number | bigint, into: ByteBuffer): void {
  if (typeof value === 'number' && value >= -0x40000000 && value <= 0x3fffffff) {
    let rest = (value << 1) ^ (value >> 31)
    while (rest > 127) {
      into.byte((rest & 127) | 128)
      rest >>>= 7
    }
    into.byte(rest)
    return
  }
  const signed = BigInt(value)
  let rest = BigInt.asUintN(64, (signed << 1n) ^ (signed >> 63n))
  while (rest > 127n) {
    into.byte(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  into.byte(Number(rest))
}
