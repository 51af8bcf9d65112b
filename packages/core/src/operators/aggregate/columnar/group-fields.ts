import type { RowCompiler } from '../../../expressions/row-compiler.js'

/** Typed arrays by group number that grow, move and shrink together: the fields of a columnar accumulator. */
export abstract class GroupFields {
  protected capacity = 64

  ensure(groupCount: number): void {
    if (groupCount > this.capacity) this.#resize(Math.max(groupCount, this.capacity * 2))
  }

  compact(live: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) if (live[i] !== i) this.copyFrom(this, live[i]!, i)
    for (let group = count; group < this.capacity; group++) this.reset(group)
    const needed = Math.max(64, count)
    if (needed * 4 < this.capacity) this.#resize(needed)
  }

  #resize(capacity: number): void {
    this.resize(capacity)
    this.capacity = capacity
  }

  /** Copies the fields into arrays of another length; what is added is empty. */
  protected abstract resize(capacity: number): void
  /** Group `to` becomes what group `from` of `source` is. */
  abstract copyFrom(source: this, from: number, to: number): void
  abstract reset(group: number): void

  /** The name of one of the object's arrays in generated code. */
  protected field(code: RowCompiler, field: string): string {
    const owner = code.constant(this)
    const name = `${owner}_${field}`
    code.once(name, `const ${name} = ${owner}.${field}`)
    return name
  }
}

export function resizedDoubles(values: Float64Array, capacity: number, empty = 0): Float64Array {
  const resized = new Float64Array(capacity)
  if (empty !== 0) resized.fill(empty)
  resized.set(values.length > capacity ? values.subarray(0, capacity) : values)
  return resized
}

export function resizedBytes(values: Uint8Array, capacity: number): Uint8Array {
  const resized = new Uint8Array(capacity)
  resized.set(values.length > capacity ? values.subarray(0, capacity) : values)
  return resized
}

/** `statement`, where the operand is not NULL. */
export function unlessNull(isNull: string, statements: readonly string[]): string[] {
  if (isNull === 'true') return []
  return isNull === 'false' ? [...statements] : [`if (!${isNull}) {`, ...statements, '}']
}
