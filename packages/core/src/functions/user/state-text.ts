/**
 * The state of a user's aggregate as text: how it moves between workers and is stored. JSON, with what JSON does not tell
 * apart written as an object of one key that starts with `$`:
 *
 * ```
 * { total: 5n, seen: new Set(['a']), last: undefined }  →  {"total":{"$bigint":"5"},"seen":{"$set":["a"]},"last":{"$undefined":0}}
 * ```
 */
export function stateToText(state: unknown): string {
  return JSON.stringify(plain(state, 0))
}

export function stateFromText(text: string): unknown {
  return revived(JSON.parse(text))
}

/** Nesting of a state: deeper ones are taken for ones that hold themselves. */
const DEPTH_MAX = 100

/** @throws Error for what is no plain value */
function plain(value: unknown, depth: number): unknown {
  if (depth > DEPTH_MAX) throw new Error(`its state is nested deeper than ${DEPTH_MAX}, or holds itself`)
  switch (typeof value) {
    case 'string': case 'boolean': return value
    case 'number': return Number.isFinite(value) && !Object.is(value, -0) ? value : { $number: Object.is(value, -0) ? '-0' : String(value) }
    case 'bigint': return { $bigint: String(value) }
    case 'undefined': return { $undefined: 0 }
    case 'object': return value === null ? null : plainObject(value, depth + 1)
    default: throw new Error(`its state holds a ${typeof value}, which cannot be moved or stored`)
  }
}

function plainObject(value: object, depth: number): unknown {
  const inside = (part: unknown): unknown => plain(part, depth)
  if (Array.isArray(value)) return value.map(inside)
  if (value instanceof Map) return { $map: [...value].map(([k, v]) => [inside(k), inside(v)]) }
  if (value instanceof Set) return { $set: [...value].map(inside) }
  if (value instanceof Date) return { $date: value.getTime() }
  if (value instanceof Uint8Array) return { $bytes: [...value] }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new Error(`its state holds a ${value.constructor?.name ?? 'thing'}, which cannot be moved or stored; keep plain objects, arrays, Map and Set`)
  }
  const entries = Object.entries(value)
  // An object that looks like a mark is written as the entries that it has.
  if (entries.length === 1 && entries[0]![0].startsWith('$')) return { $object: [[entries[0]![0], inside(entries[0]![1])]] }
  return Object.fromEntries(entries.map(([key, part]) => [key, inside(part)]))
}

function revived(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(revived)
  const entries = Object.entries(value)
  const [mark, content] = entries.length === 1 && entries[0]![0].startsWith('$') ? entries[0]! : [null, null]
  switch (mark) {
    case '$number': return Number(content)
    case '$bigint': return BigInt(content as string)
    case '$undefined': return undefined
    case '$map': return new Map((content as [unknown, unknown][]).map(([k, v]) => [revived(k), revived(v)]))
    case '$set': return new Set((content as unknown[]).map(revived))
    case '$date': return new Date(content as number)
    case '$bytes': return Uint8Array.from(content as number[])
    case '$object': return Object.fromEntries((content as [string, unknown][]).map(([key, part]) => [key, revived(part)]))
    default: return Object.fromEntries(entries.map(([key, part]) => [key, revived(part)]))
  }
}
