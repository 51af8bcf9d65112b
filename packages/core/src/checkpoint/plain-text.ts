import { MillraceError } from '../errors.js'

/**
 * Plain data as JSON text from which it comes back the same: plans, positions and handles may hold what JSON loses. Such values, and
 * objects that have a key like the mark, are written as an object with the mark:
 *
 * ```
 * 12n  {"$":"bigint","v":"12"}      NaN  {"$":"number","v":"NaN"}      -0  {"$":"number","v":"-0"}      undefined  {"$":"undefined"}
 * Uint8Array  {"$":"bytes","v":"AQI="}      { $: 1 }  {"$":"object","v":[["$",1]]}
 * ```
 *
 * @throws MillraceError CONNECTOR_INVALID for what is not plain: functions, symbols, objects of classes, cycles
 */
export function toPlainText(value: unknown): string {
  return JSON.stringify(marked(value, 0))
}

/** @throws SyntaxError, RangeError, MillraceError: whoever reads bytes from outside takes all of them for one */
export function fromPlainText(text: string): unknown {
  return unmarked(JSON.parse(text), 0)
}

const MARK = '$'

/** Deeper data is refused: walking it would end in a stack that overflows. */
const DEPTH_MAX = 500

function marked(value: unknown, depth: number): unknown {
  if (depth > DEPTH_MAX) throw notPlain('data that is nested too deep, or in itself')
  switch (typeof value) {
    case 'string': case 'boolean': return value
    case 'number': return Number.isFinite(value) && !Object.is(value, -0) ? value : { [MARK]: 'number', v: Object.is(value, -0) ? '-0' : String(value) }
    case 'bigint': return { [MARK]: 'bigint', v: value.toString() }
    case 'undefined': return { [MARK]: 'undefined' }
    case 'object': return value === null ? null : markedObject(value, depth)
    default: throw notPlain(`a ${typeof value}`)
  }
}

function markedObject(value: object, depth: number): unknown {
  if (Array.isArray(value)) return Array.from(value, (item: unknown) => marked(item, depth + 1))
  if (value instanceof Uint8Array) return { [MARK]: 'bytes', v: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw notPlain(`an object of class ${(value.constructor as { name?: string } | undefined)?.name ?? '?'}`)
  const entries = Object.entries(value).map(([key, item]) => [key, marked(item, depth + 1)] as const)
  if (entries.some(([key]) => key === MARK)) return { [MARK]: 'object', v: entries }
  return Object.fromEntries(entries)
}

function unmarked(value: unknown, depth: number): unknown {
  if (depth > 2 * DEPTH_MAX) throw malformed('it is nested too deep')
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => unmarked(item, depth + 1))
  if (Object.hasOwn(value, MARK)) return unmarkedValue(value as Record<string, unknown>, depth)
  // Keys become own properties, `__proto__` too.
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unmarked(item, depth + 1)]))
}

function unmarkedValue({ [MARK]: kind, v }: Record<string, unknown>, depth: number): unknown {
  switch (kind) {
    case 'undefined': return undefined
    case 'bigint':
      if (typeof v === 'string' && /^-?(0|[1-9]\d*)$/.test(v) && v.length < 1_000) return BigInt(v)
      break
    case 'number':
      if (v === 'NaN' || v === 'Infinity' || v === '-Infinity' || v === '-0') return Number(v)
      break
    case 'bytes':
      if (typeof v === 'string') return Uint8Array.from(Buffer.from(v, 'base64'))
      break
    case 'object':
      if (Array.isArray(v) && v.every((entry) => Array.isArray(entry) && entry.length === 2 && typeof entry[0] === 'string')) {
        return Object.fromEntries((v as [string, unknown][]).map(([key, item]) => [key, unmarked(item, depth + 1)]))
      }
      break
    default:
  }
  throw malformed('a marked value is none')
}

function notPlain(what: string): MillraceError {
  return new MillraceError('CONNECTOR_INVALID', `what a connector gives as a position or a handle is plain data, and this has ${what}`)
}

function malformed(why: string): MillraceError {
  return new MillraceError('CHECKPOINT_CORRUPT', why)
}
