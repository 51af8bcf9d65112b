import { BIGINT, BYTES } from '../../types/data-type.js'
import { hashBytes } from '../../types/dictionary.js'
import { utf8Encode } from '../../types/text.js'
import { valueKey } from '../../state/value-key.js'
import type { AggregateFunction } from '../function.js'
import { ANY } from '../signature.js'
import { aggregateOverload } from './define-aggregate.js'

/** log₂ of the number of registers: 2¹² of them give a standard error of 1.6 %. */
const INDEX_BITS = 12
const REGISTERS = 1 << INDEX_BITS
/** Bits of the hash that are left to count zeros in. */
const RANK_BITS = 64 - INDEX_BITS

/**
 * HyperLogLog with the estimate of Ertl, which needs no tables and no switch for small counts. The registers depend only on
 * the set of values, so any split of the rows gives the same result. Up to SPARSE_MAX registers are kept as a map.
 */
interface Registers {
  sparse: Map<number, number> | null
  dense: Uint8Array | null
}

const SPARSE_MAX = 256

function raise(state: Registers, index: number, rank: number): void {
  if (state.dense !== null) {
    if (state.dense[index]! < rank) state.dense[index] = rank
    return
  }
  const sparse = state.sparse!
  if ((sparse.get(index) ?? 0) >= rank) return
  sparse.set(index, rank)
  if (sparse.size <= SPARSE_MAX) return
  state.dense = new Uint8Array(REGISTERS)
  for (const [i, r] of sparse) state.dense[i] = r
  state.sparse = null
}

function addText(state: Registers, key: string): void {
  const bytes = utf8Encode(key)
  const low = hashBytes(bytes, 0, bytes.length)
  // A second hash that is independent of the first: the same bytes with one more before them.
  const salted = new Uint8Array(bytes.length + 1)
  salted[0] = 0x5a
  salted.set(bytes, 1)
  const high = hashBytes(salted, 0, salted.length)
  const zeros = Math.clz32(low << INDEX_BITS)
  const rank = zeros < 32 - INDEX_BITS ? zeros : 32 - INDEX_BITS + Math.clz32(high)
  raise(state, low >>> (32 - INDEX_BITS), rank + 1)
}

function estimate(state: Registers): number {
  const counts = Array.from({ length: RANK_BITS + 2 }, () => 0)
  if (state.dense !== null) for (const rank of state.dense) counts[rank]!++
  else {
    counts[0] = REGISTERS - state.sparse!.size
    for (const rank of state.sparse!.values()) counts[rank]!++
  }
  let z = REGISTERS * tau(1 - counts[RANK_BITS + 1]! / REGISTERS)
  for (let rank = RANK_BITS; rank >= 1; rank--) z = 0.5 * (z + counts[rank]!)
  z += REGISTERS * sigma(counts[0]! / REGISTERS)
  return Math.round((REGISTERS * REGISTERS) / (2 * Math.LN2) / z)
}

function sigma(start: number): number {
  if (start === 1) return Infinity
  let x = start
  let y = 1
  let z = x
  for (let last = NaN; z !== last;) {
    x *= x
    last = z
    z += x * y
    y += y
  }
  return z
}

function tau(start: number): number {
  if (start === 0 || start === 1) return 0
  let x = start
  let y = 1
  let z = 1 - x
  for (let last = NaN; z !== last;) {
    x = Math.sqrt(x)
    last = z
    y *= 0.5
    z -= (1 - x) ** 2 * y
  }
  return z / 3
}

/** Dense: one byte a register. Sparse: three bytes an entry, index (two bytes) and rank. */
function saveRegisters(state: Registers): Uint8Array {
  if (state.dense !== null) return state.dense.slice()
  const entries = [...state.sparse!].sort((a, b) => a[0] - b[0])
  return Uint8Array.from(entries.flatMap(([index, rank]) => [index & 0xff, index >>> 8, rank]))
}

function loadRegisters(bytes: Uint8Array): Registers {
  if (bytes.length === REGISTERS) return { sparse: null, dense: bytes.slice() }
  const sparse = new Map<number, number>()
  for (let i = 0; i < bytes.length; i += 3) sparse.set(bytes[i]! | (bytes[i + 1]! << 8), bytes[i + 2]!)
  return { sparse, dense: null }
}

const distinctCount = aggregateOverload<Registers>({
  args: [ANY], returns: BIGINT, state: [BYTES], neverNull: true,
  make: ({ args }) => ({
    create: () => ({ sparse: new Map(), dense: null }),
    add(state, [value]) {
      if (value !== null) addText(state, valueKey(value, args[0]!))
    },
    merge(state, other) {
      if (other.dense !== null) for (let i = 0; i < REGISTERS; i++) raise(state, i, other.dense[i]!)
      else for (const [index, rank] of other.sparse!) raise(state, index, rank)
    },
    result: (state) => BigInt(estimate(state)),
    save: (state) => [saveRegisters(state)],
    load: ([bytes]) => loadRegisters(bytes as Uint8Array),
  }),
})

export const approximateCounts: readonly AggregateFunction[] = [
  {
    name: 'approx_count_distinct', doc: 'About how many distinct values there are: within 1.6 % in two of three cases, in 4 KB a group.',
    ordered: false, distinctIsNoop: true,
    overloads: [distinctCount],
  },
]
