/** Where the varint that was read last ends. Beside the value, so that reading one makes no object. */
let end = 0

export function varintEnd(): number {
  return end
}

/**
 * The zigzag varint at `p`, as a number that is exact below 2⁵³. Garbage gives some number, and never an endless loop: whoever reads lengths
 * checks them.
 */
export function varintAt(bytes: Uint8Array, p: number): number {
  const first = bytes[p++]!
  if (first < 128) {
    end = p
    return (first >>> 1) ^ -(first & 1)
  }
  let low = first & 127
  for (let shift = 7; shift < 28; shift += 7) {
    const byte = bytes[p++]!
    low |= (byte & 127) << shift
    if (byte < 128) {
      end = p
      return (low >>> 1) ^ -(low & 1)
    }
  }
  let value = low
  for (let factor = 2 ** 28, more = 0; more < 6; more++, factor *= 128) {
    const byte = bytes[p++]!
    value += (byte & 127) * factor
    if (!(byte >= 128)) break
  }
  end = p
  return low % 2 === 0 ? value / 2 : -(value + 1) / 2
}
