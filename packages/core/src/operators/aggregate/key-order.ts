import { ByteSink } from '../../state/byte-sink.js'
import type { GroupTable } from '../../state/group-table.js'

/** Bytes of a key that are compared as one number. */
const PREFIX_BYTES = 6

/** Groups in the order of the bytes of their keys, in which a store takes them fastest. */
export class KeyOrder {
  readonly groups: Int32Array
  readonly #order: Int32Array
  readonly #bytes: Uint8Array
  readonly #starts: Int32Array

  /** @param first see `GroupTable.putKeyBytes` */
  constructor(table: GroupTable, groups: Int32Array, first: number) {
    const sink = new ByteSink()
    const starts = new Int32Array(groups.length + 1)
    groups.forEach((group, i) => {
      table.putKeyBytes(group, first, sink)
      starts[i + 1] = sink.length
    })
    const { bytes } = sink
    const prefixes = Float64Array.from(groups, (_, i) => prefixOf(bytes, starts[i]!, starts[i + 1]!))
    this.#order = Int32Array.from(groups.keys()).sort((a, b) => (
      prefixes[a]! - prefixes[b]! || compareSpans(bytes, starts[a]!, starts[a + 1]!, starts[b]!, starts[b + 1]!)))
    this.groups = this.#order.map((i) => groups[i]!)
    this.#bytes = bytes
    this.#starts = starts
  }

  /** The key of `groups[place]`, a view. */
  keyAt(place: number): Uint8Array {
    const i = this.#order[place]!
    return this.#bytes.subarray(this.#starts[i]!, this.#starts[i + 1]!)
  }
}

function prefixOf(bytes: Uint8Array, start: number, end: number): number {
  let prefix = 0
  for (let i = start; i < start + PREFIX_BYTES; i++) prefix = prefix * 256 + (i < end ? bytes[i]! : 0)
  return prefix
}

function compareSpans(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): number {
  for (; a < aEnd && b < bEnd; a++, b++) if (bytes[a] !== bytes[b]) return bytes[a]! - bytes[b]!
  return aEnd - a - (bEnd - b)
}
