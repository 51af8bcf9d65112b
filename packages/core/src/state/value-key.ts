import type { DataType, Value } from '../types/data-type.js'

/**
 * A text that two values of a type share exactly when they are the same key: equal, both NULL, both NaN, 0 and −0. The
 * entries of a MAP count without regard to their order.
 */
export function valueKey(value: unknown, type: DataType): string {
  if (value === null || value === undefined) return 'n'
  switch (type.kind) {
    case 'BYTES': return 'b' + Array.from(value as Uint8Array, (byte) => byte.toString(16).padStart(2, '0')).join('')
    case 'ARRAY': return sequence('a', (value as readonly Value[]).map((element) => valueKey(element, type.element)))
    case 'ROW': return sequence('r', type.fields.map((field, f) => valueKey((value as readonly Value[])[f], field.type)))
    case 'MAP': {
      const entries = [...(value as ReadonlyMap<Value, Value>)]
      return sequence('m', entries.map(([k, v]) => sequence('e', [valueKey(k, type.key), valueKey(v, type.value)])).sort())
    }
    case 'STRING': return 's' + (value as string)
    default: return 'v' + String(value === 0 ? 0 : value)
  }
}

/** Parts with their lengths, so that no two sequences run into the same text. */
function sequence(tag: string, parts: readonly string[]): string {
  return tag + parts.map((part) => `${part.length}:${part}`).join('')
}
