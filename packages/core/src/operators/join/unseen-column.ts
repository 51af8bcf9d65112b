import { unreachable } from '../../errors.js'
import { vectorKindOf, type Vector } from '../../types/batch.js'
import type { DataType } from '../../types/data-type.js'

/** A column of a type whose one row nobody looks at: what `NO_ROW` is gathered from where there is no other column at hand. */
export function unseenColumn(type: DataType): Vector {
  const kind = vectorKindOf(type)
  const nulls = null
  switch (kind) {
    case 'bool': return { kind, values: new Uint8Array(1), nulls }
    case 'i32': return { kind, values: new Int32Array(1), nulls }
    case 'f64': return { kind, values: new Float64Array(1), nulls }
    case 'exact': return { kind, values: new Float64Array(1), wide: null, nulls }
    case 'any': return { kind, values: [null], nulls }
    case 'text': case 'utf8': case 'dict':
      return { kind: 'utf8', bytes: new Uint8Array(1), starts: new Int32Array(1), ends: new Int32Array(1), nulls }
    default: return unreachable(kind)
  }
}
