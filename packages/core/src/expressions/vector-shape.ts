import type { Batch, VectorKind } from '../types/batch.js'
import { collectColumns } from './expression.js'
import type { Expression } from './expression.js'

/** What the generated code has to know of a column: how it is stored, and whether the batch has NULLs or wide numbers in it. */
export interface VectorShape {
  readonly kind: VectorKind
  readonly nulls: boolean
  /** An `exact` column whose values are bigints. */
  readonly wide: boolean
}

/** The shapes of a batch's columns. */
export function shapeOf(batch: Pick<Batch, 'columns'>): readonly VectorShape[] {
  return batch.columns.map((vector) => ({
    kind: vector.kind,
    nulls: vector.nulls !== null,
    wide: vector.kind === 'exact' && vector.wide !== null,
  }))
}

/** Equal for equal shapes: a key for compiled variants. `only` names the columns that matter; null: all. */
export function shapeKey(shapes: readonly VectorShape[], only: ReadonlySet<number> | null = null): string {
  let key = ''
  for (let c = 0; c < shapes.length; c++) {
    if (only !== null && !only.has(c)) continue
    const shape = shapes[c]!
    key += `${shape.kind}${shape.nulls ? '?' : ''}${shape.wide ? '!' : ''} `
  }
  return key
}

/** True if an expression reads a wide column: then only the variant for wide numbers can evaluate it. */
export function readsWide(shapes: readonly VectorShape[], expressions: readonly Expression[]): boolean {
  const columns = new Set<number>()
  for (const e of expressions) collectColumns(e, columns)
  for (const c of columns) if (shapes[c]!.wide) return true
  return false
}
