import type { F64Vector, I32Vector, ExactVector } from '../../../types/batch.js'

/** The arrays that an accumulator's results are written into, reused from chunk to chunk. */
export class OutputColumn {
  doubles: Float64Array = new Float64Array(64)
  integers: Int32Array = new Int32Array(0)
  nulls: Uint8Array = new Uint8Array(64)
  anyNull = false

  /** Makes room for `count` rows, none of them NULL. */
  begin(count: number): void {
    if (this.doubles.length < count) {
      this.doubles = new Float64Array(count)
      this.nulls = new Uint8Array(count)
    } else if (this.anyNull) {
      this.nulls.fill(0)
    }
    this.anyNull = false
  }

  setNull(row: number): void {
    this.nulls[row] = 1
    this.doubles[row] = 0
    this.anyNull = true
  }

  f64(): F64Vector {
    return { kind: 'f64', values: this.doubles, nulls: this.anyNull ? this.nulls : null }
  }

  exact(wide: bigint[] | null = null): ExactVector {
    return { kind: 'exact', values: this.doubles, wide, nulls: this.anyNull ? this.nulls : null }
  }

  i32(): I32Vector {
    if (this.integers.length < this.doubles.length) this.integers = new Int32Array(this.doubles.length)
    this.integers.set(this.doubles)
    return { kind: 'i32', values: this.integers, nulls: this.anyNull ? this.nulls : null }
  }
}
