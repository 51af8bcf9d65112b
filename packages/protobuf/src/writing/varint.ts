import type { ByteBuffer } from '@millrace/core'

/** Seven bits a byte, least significant first; a negative number as its two's complement of 64 bits. */
export function writeVarint(value: number | bigint, into: ByteBuffer): void {
  if (typeof value === 'number' && value >= 0 && value <= 0x7fffffff) {
    let rest = value
    while (rest > 127) {
      into.byte((rest & 127) | 128)
      rest >>>= 7
    }
    into.byte(rest)
    return
  }
  let rest = BigInt.asUintN(64, BigInt(value))
  while (rest > 127n) {
    into.byte(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  into.byte(Number(rest))
}
