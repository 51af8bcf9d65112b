import type { Span } from '../errors.js'
import { assert } from '../errors.js'
import type { JoinSyntax, Name, SelectItem, SqlExpression, TableExpression } from './ast.js'

/**
 * A piece of canonical text: what node-sql-parser will read. `level` is how tightly its outermost operator binds, so
 * that whoever puts it inside another piece knows whether it needs parentheses.
 */
export interface Written {
  readonly text: string
  readonly level: number
}

/** From loosest to tightest, Postgres' order. */
export const LEVEL = { or: 1, and: 2, not: 3, is: 4, comparison: 5, range: 6, concatenation: 7, sum: 8, atom: 9 } as const

/** How a table of a FROM list is joined to those before it. */
export interface JoinMark {
  readonly type: JoinSyntax['type']
  /** A comma: joins after it bind more tightly. */
  readonly comma: boolean
  readonly natural: boolean
  readonly using: readonly Name[]
  readonly conditional: boolean
  readonly end: number
}

export type Placeholder =
  | { readonly kind: 'expression'; readonly node: SqlExpression }
  | { readonly kind: 'form'; readonly build: (args: SqlExpression[]) => SqlExpression }
  | { readonly kind: 'star'; readonly item: Extract<SelectItem, { kind: 'star' }> }
  | { readonly kind: 'alias'; readonly name: Name }
  | { readonly kind: 'table'; readonly table: TableExpression; readonly join: JoinMark | null }

const NAME = /^m(\d+)$/

/**
 * The side table: each name, literal, sub-query and special form of the text stands in the canonical text as `m0`,
 * `m1`, … and waits here with its span until the tree comes back.
 */
export class Placeholders {
  private readonly entries: Placeholder[] = []

  add(entry: Placeholder): string {
    this.entries.push(entry)
    return `m${this.entries.length - 1}`
  }

  /** Something whole that node-sql-parser sees as one name. */
  atom(node: SqlExpression): Written {
    return { text: this.add({ kind: 'expression', node }), level: LEVEL.atom }
  }

  /** Something with operands that node-sql-parser sees as a plain call, which it reads right. */
  form(operands: readonly Written[], build: (args: SqlExpression[]) => SqlExpression): Written {
    const name = this.add({ kind: 'form', build })
    return { text: `${name}(${listed(operands)})`, level: LEVEL.atom }
  }

  /** `( … )`: the same node, its span now with the parentheses. */
  parenthesised(inner: Written, span: Span): Written {
    return this.form([inner], ([node]) => ({ ...node!, span }))
  }

  /** A select list for a text in which only FROM counts. */
  star(): string {
    return this.add({ kind: 'star', item: { kind: 'star', qualifier: null, span: { start: 0, end: 0 } } })
  }

  get(name: string): Placeholder {
    const index = NAME.exec(name)?.[1]
    const entry = index === undefined ? undefined : this.entries[Number(index)]
    assert(entry !== undefined, `the name ${name} of a canonical text is a placeholder`)
    return entry
  }

  /** The node of a text that is nothing but one atom, `null` for anything else. */
  atomOf(written: Written): SqlExpression | null {
    if (written.level !== LEVEL.atom || !NAME.test(written.text)) return null
    const entry = this.get(written.text)
    return entry.kind === 'expression' ? entry.node : null
  }
}

/** Pieces in a list. node-sql-parser reads `f(a, b OR c)` as `(a, b) OR c`, so AND and OR get parentheses. */
export function listed(pieces: readonly Written[]): string {
  return pieces.map((piece) => within(piece, LEVEL.not)).join(', ')
}

/** The text of a piece, in parentheses when it binds more loosely than `level`. */
export function within(written: Written, level: number): string {
  return written.level < level ? `(${written.text})` : written.text
}
