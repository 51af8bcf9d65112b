import { MillraceError } from '../errors.js'
import { NARROW_MAX } from '../limits.js'
import type { Vector, VectorKind } from '../types/batch.js'
import { widened } from '../types/vector-builder.js'

/** The arrays that generated code writes a computed column into, reused from batch to batch. */
export class OutputColumn {
  readonly kind: VectorKind
  values: Uint8Array | Int32Array | Float64Array | unknown[]
  nulls: Uint8Array = new Uint8Array(0)
  /** Exact columns once wide. */
  wide: bigint[] = []

  constructor(kind: VectorKind) {
    this.kind = kind
    this.values = arrayOf(kind, 0)
  }

  reserve(length: number): void {
    if (this.nulls.length >= length) return
    this.nulls = new Uint8Array(length)
    this.values = arrayOf(this.kind, length)
  }

  /** Turns the first `length` rows from narrow to wide. */
  widen(length: number): void {
    if (this.kind === 'exact') this.wide = widened(this.values as Float64Array, length)
  }

  /** The first `length` rows. What was computed wide and is narrow after all is given narrow, so that all that follows is fast. */
  vector(length: number, nullable: boolean, wide: boolean): Vector {
    const nulls = nullable ? this.nulls : null
    switch (this.kind) {
      case 'bool': return { kind: 'bool', values: this.values as Uint8Array, nulls }
      case 'i32': return { kind: 'i32', values: this.values as Int32Array, nulls }
      case 'f64': return { kind: 'f64', values: this.values as Float64Array, nulls }
      case 'exact': {
        const values = this.values as Float64Array
        return { kind: 'exact', values, wide: wide && !narrow(this.wide, nulls, length, values) ? this.wide : null, nulls }
      }
      case 'text': return { kind: 'text', values: this.values as string[], nulls }
      case 'any': return { kind: 'any', values: this.values as unknown[], nulls }
      case 'utf8': case 'dict': throw new MillraceError('INTERNAL', 'computed strings are text')
    }
  }
}

function arrayOf(kind: VectorKind, length: number): Uint8Array | Int32Array | Float64Array | unknown[] {
  switch (kind) {
    case 'bool': return new Uint8Array(length)
    case 'i32': return new Int32Array(length)
    case 'f64': case 'exact': return new Float64Array(length)
    default: return []
  }
}

/** Copies to doubles as far as it is exact; true if it was to the end. */
function narrow(wide: readonly bigint[], nulls: Uint8Array | null, length: number, into: Float64Array): boolean {
  for (let i = 0; i < length; i++) {
    if (nulls !== null && nulls[i] !== 0) continue
    const value = wide[i]!
    if (value > NARROW_MAX || value < -NARROW_MAX) return false
    into[i] = Number(value)
  }
  return true
}
