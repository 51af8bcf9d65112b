import type { DataType, Field, Value } from '@millrace/core'
import { unreachable } from '@millrace/core'
import type { SeededRandom } from './seeded-random.js'

/** A value of a type, or NULL now and then where that may be: borders and the unusual more often than by chance. */
export function randomValue({ type, nullable }: Pick<Field, 'type' | 'nullable'>, random: SeededRandom): Value {
  return nullable && random.next() < 0.2 ? null : valueOf(type, random)
}

const MICROS_PER_DAY = 86_400_000_000
/** Up to 1700 and 2250, where microseconds are exact. */
const DAYS_MIN = -98_000
const DAYS_MAX = 102_000
const TEXTS = ['', ' ', 'a', 'ä', '😀', '"', '\\', '\n', '\r\n', ',', 'null', '0', '\u0000', '\u2028', '__proto__', 'constructor', '�', "'"]
const DOUBLES = [0, -0, 1, -1.5, 0.1, 1e300, 5e-324, 2 ** 53, NaN, Infinity, -Infinity]

function valueOf(type: DataType, random: SeededRandom): Value {
  const { next, below, pick } = random
  const whole = (bits: number): bigint => {
    const most = 2n ** BigInt(bits - 1)
    const kept = BigInt(1 + below(bits))
    const value = BigInt.asIntN(bits, bigintBelow(2n ** kept, random) * (next() < 0.5 ? 1n : -1n))
    return next() < 0.1 ? pick([-most, most - 1n, 0n, -1n]) : value
  }
  const micros = (precision: number, from: number, to: number): number => {
    const unit = 10 ** (6 - Math.min(precision, 6))
    return Math.floor((from + next() * (to - from)) / unit) * unit
  }
  switch (type.kind) {
    case 'BOOLEAN': return next() < 0.5
    case 'TINYINT': return Number(whole(8))
    case 'SMALLINT': return Number(whole(16))
    case 'INT': return Number(whole(32))
    case 'BIGINT': return whole(64)
    case 'FLOAT': return Math.fround(next() < 0.3 ? pick(DOUBLES.filter((value) => !Number.isFinite(value) || Number.isFinite(Math.fround(value)))) : (next() - 0.5) * 10 ** below(30))
    case 'DOUBLE': return next() < 0.3 ? pick(DOUBLES) : (next() - 0.5) * 10 ** below(300)
    case 'DECIMAL': return bigintBelow(10n ** BigInt(1 + below(type.precision)), random) * (next() < 0.5 ? 1n : -1n)
    case 'STRING': return Array.from({ length: below(6) }, () => pick(TEXTS)).join('')
    case 'BYTES': return Uint8Array.from({ length: below(20) }, () => below(256))
    case 'DATE': return DAYS_MIN + below(DAYS_MAX - DAYS_MIN)
    case 'TIME': return micros(type.precision, 0, MICROS_PER_DAY)
    case 'TIMESTAMP': case 'TIMESTAMP_LTZ': return micros(type.precision, DAYS_MIN * MICROS_PER_DAY, DAYS_MAX * MICROS_PER_DAY)
    case 'ARRAY': return Array.from({ length: below(4) }, () => randomValue({ type: type.element, nullable: true }, random))
    case 'MAP': {
      const keys = Array.from({ length: below(4) }, () => randomValue({ type: type.key, nullable: false }, random))
      return new Map(keys.map((key) => [key, randomValue({ type: type.value, nullable: true }, random)]))
    }
    case 'ROW': return type.fields.map((field) => randomValue({ type: field.type, nullable: true }, random))
    case 'INTERVAL_MONTH': return Number(whole(16))
    case 'INTERVAL_SECOND': return Number(whole(48))
    case 'NULL': return null
    default: return unreachable(type)
  }
}

function bigintBelow(limit: bigint, random: SeededRandom): bigint {
  let value = 0n
  for (let bits = 0n; 2n ** bits < limit; bits += 30n) value = value * 2n ** 30n + BigInt(Math.floor(random.next() * 2 ** 30))
  return value % limit
}
