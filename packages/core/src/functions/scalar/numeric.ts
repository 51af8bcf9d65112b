import { BIGINT, BOOLEAN, DOUBLE, INT } from '../../types/data-type.js'
import type { DataType, Value } from '../../types/data-type.js'
import { checkBigint, overflow, smallIntegerRange } from '../../types/number-range.js'
import type { ScalarFunction } from '../function.js'
import { badArgument } from '../function-error.js'
import { ANY_APPROXIMATE, ANY_DECIMAL, ANY_INTEGER, INTEGER, LONG, NUMBER, overload, REAL } from '../signature.js'

/** Functions of numbers. Those of DOUBLE follow IEEE 754: the root of −1 is NaN, 1/0.0 is Infinity. */

const real = (name: string, doc: string, call: (x: number) => number, aliases: readonly string[] = []): ScalarFunction =>
  ({ name, aliases, category: 'numeric', doc, overloads: [overload({ args: [REAL], returns: DOUBLE, call })] })

const real2 = (name: string, doc: string, call: (x: number, y: number) => number, aliases: readonly string[] = []): ScalarFunction =>
  ({ name, aliases, category: 'numeric', doc, overloads: [overload({ args: [REAL, REAL], returns: DOUBLE, call })] })

const constant = (name: string, doc: string, value: number): ScalarFunction =>
  ({ name, category: 'numeric', doc, overloads: [overload({ args: [], returns: DOUBLE, call: () => value })] })

const long2 = (name: string, doc: string, call: (a: bigint, b: bigint) => bigint, aliases: readonly string[] = []): ScalarFunction =>
  ({ name, aliases, category: 'numeric', doc,
    overloads: [overload({ args: [LONG, LONG], returns: BIGINT, call: (a: bigint, b: bigint) => checkBigint(call(a, b), BIGINT) })] })

function absoluteInteger(type: DataType): (value: any) => Value {
  if (type.kind === 'BIGINT') return (value: bigint) => checkBigint(value < 0n ? -value : value, type)
  const [, max] = smallIntegerRange(type.kind as 'INT')
  return (value: number) => (Math.abs(value) <= max ? Math.abs(value) : overflow(-value, type))
}

function signOf(type: DataType): (value: any) => Value {
  if (type.kind === 'BIGINT') return (value: bigint) => (value < 0n ? -1n : value > 0n ? 1n : 0n)
  if (type.kind !== 'DECIMAL') return (value: number) => Math.sign(value) + 0
  return (value: bigint) => (value === 0n ? 0n : value < 0n ? -(10n ** BigInt(type.scale)) : 10n ** BigInt(type.scale))
}

function gcd(a: bigint, b: bigint): bigint {
  let x = a < 0n ? -a : a
  let y = b < 0n ? -b : b
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

function lcm(a: bigint, b: bigint): bigint {
  if (a === 0n || b === 0n) return 0n
  const product = (a / gcd(a, b)) * b
  return product < 0n ? -product : product
}

function factorial(n: number): bigint {
  if (n < 0) badArgument(`there is no factorial of ${n}`)
  if (n > 20) overflow(`${n}!`, BIGINT)
  let product = 1n
  for (let i = 2n; i <= n; i++) product *= i
  return product
}

/** Number of the bucket among `count` equal ones from `low` to `high`; 0 and count + 1 for what lies outside. */
function widthBucket(value: number, low: number, high: number, count: number): number {
  if (count <= 0) badArgument('width_bucket needs at least one bucket')
  if (!(low < high || low > high) || Number.isNaN(value)) badArgument('width_bucket needs numbers, and bounds that differ')
  const place = low < high ? (value - low) / (high - low) : (low - value) / (low - high)
  return place < 0 ? 0 : place >= 1 ? count + 1 : Math.floor(place * count) + 1
}

/** log(x) is natural, as in Flink; log(b, x) is to base b. */
function logarithm(a: number, b?: number): number {
  return b === undefined ? Math.log(a) : Math.log(b) / Math.log(a)
}

export const numerics: readonly ScalarFunction[] = [
  {
    name: 'abs', category: 'numeric', doc: 'The number without its sign.',
    overloads: [
      overload({ args: [ANY_INTEGER], returns: ([a]) => a!, returnsLabel: 'integer', make: ({ returns }) => absoluteInteger(returns) }),
      overload({
        args: [ANY_DECIMAL], returns: ([a]) => a!, returnsLabel: 'DECIMAL',
        call: (value: bigint) => (value < 0n ? -value : value),
      }),
      overload({ args: [ANY_APPROXIMATE], returns: ([a]) => a!, returnsLabel: 'DOUBLE', call: Math.abs }),
    ],
  },
  {
    name: 'sign', category: 'numeric', doc: '−1, 0 or 1.',
    overloads: [overload({ args: [NUMBER], returns: ([a]) => a!, returnsLabel: 'number', make: ({ returns }) => signOf(returns) })],
  },
  real2('power', 'The first to the power of the second.', (x, y) => x ** y, ['pow']),
  real('sqrt', 'Square root.', Math.sqrt),
  real('cbrt', 'Cube root.', Math.cbrt),
  real('exp', 'e to that power.', Math.exp),
  real('ln', 'Natural logarithm.', Math.log),
  {
    name: 'log', category: 'numeric', doc: 'Natural logarithm; with two arguments the logarithm of the second to the base of the first.',
    overloads: [overload({ args: [REAL, REAL], optional: 1, returns: DOUBLE, call: logarithm })],
  },
  real('log10', 'Logarithm to base 10.', Math.log10),
  real('log2', 'Logarithm to base 2.', Math.log2),
  real('sin', 'Sine of an angle in radians.', Math.sin),
  real('cos', 'Cosine of an angle in radians.', Math.cos),
  real('tan', 'Tangent of an angle in radians.', Math.tan),
  real('cot', 'Cotangent.', (x) => 1 / Math.tan(x)),
  real('asin', 'Arc sine.', Math.asin),
  real('acos', 'Arc cosine.', Math.acos),
  real('atan', 'Arc tangent.', Math.atan),
  real2('atan2', 'Angle of the point (x, y), given as (y, x).', Math.atan2),
  real('sinh', 'Hyperbolic sine.', Math.sinh),
  real('cosh', 'Hyperbolic cosine.', Math.cosh),
  real('tanh', 'Hyperbolic tangent.', Math.tanh),
  real2('hypot', 'Length of the hypotenuse.', Math.hypot),
  real('degrees', 'Radians as degrees.', (x) => (x * 180) / Math.PI),
  real('radians', 'Degrees as radians.', (x) => (x * Math.PI) / 180),
  constant('pi', 'The number π.', Math.PI),
  constant('e', 'Euler’s number.', Math.E),
  long2('gcd', 'Greatest common divisor.', gcd),
  long2('lcm', 'Least common multiple.', lcm),
  long2('bitand', 'Bits that are 1 in both.', (a, b) => a & b),
  long2('bitor', 'Bits that are 1 in one or both.', (a, b) => a | b),
  long2('bitxor', 'Bits that are 1 in one only.', (a, b) => a ^ b),
  {
    name: 'bitnot', category: 'numeric', doc: 'Every bit turned over.',
    overloads: [overload({ args: [LONG], returns: BIGINT, call: (a: bigint) => ~a })],
  },
  {
    name: 'shift_left', aliases: ['shiftleft'], category: 'numeric', doc: 'Bits moved to the left; those beyond 64 are lost.',
    overloads: [overload({
      args: [LONG, INTEGER], returns: BIGINT,
      call: (a: bigint, bits: number) => BigInt.asIntN(64, a << BigInt(bits & 63)),
    })],
  },
  {
    name: 'shift_right', aliases: ['shiftright'], category: 'numeric', doc: 'Bits moved to the right, the sign kept.',
    overloads: [overload({ args: [LONG, INTEGER], returns: BIGINT, call: (a: bigint, bits: number) => a >> BigInt(bits & 63) })],
  },
  {
    name: 'factorial', category: 'numeric', doc: 'Product of the whole numbers up to this one, at most 20.',
    overloads: [overload({ args: [INTEGER], returns: BIGINT, call: factorial })],
  },
  {
    name: 'width_bucket', category: 'numeric',
    doc: 'Number of the bucket in which a value lies, between two bounds, among so many equal ones.',
    overloads: [overload({ args: [REAL, REAL, REAL, INTEGER], returns: INT, call: widthBucket })],
  },
  {
    name: 'is_nan', aliases: ['isnan'], category: 'numeric', doc: 'Is it NaN?',
    overloads: [overload({ args: [REAL], returns: BOOLEAN, call: Number.isNaN })],
  },
]
