import { MillraceError } from '../errors.js'
import type { TableDefinition } from '../connector.js'
import type { Expression } from '../expressions/expression.js'
import type { Name, Query } from '../sql/ast.js'
import type { Field } from '../types/data-type.js'
import { unknownName } from './unknown-name.js'
import { UserFunctions } from './user-functions.js'

/** A table as the binder knows it: the definition its connector sees, and what only the planner cares about. */
export interface TableEntry {
  readonly kind: 'table'
  readonly definition: TableDefinition
  /** All columns in declared order. */
  readonly columns: readonly EntryColumn[]
  readonly watermark: EntryWatermark | null
  readonly policy: TablePolicy
}

export interface EntryColumn {
  readonly field: Field
  /** Over the definition's columns: a bare column of theirs, or what a computed column computes. */
  readonly expression: Expression
  /** Whether an INSERT can give it: neither computed nor VIRTUAL metadata. */
  readonly writable: boolean
}

export interface EntryWatermark {
  /** Index of the rowtime among {@link TableEntry.columns}. */
  readonly column: number
  /** Over the definition's columns. */
  readonly expression: Expression
}

/** The options every table has, read (see TABLE_OPTIONS). */
export interface TablePolicy {
  readonly onError: 'fail' | 'skip' | 'dead-letter'
  readonly deadLetter: string | null
  readonly lateRows: string | null
  readonly replay: boolean
  readonly idleTimeoutMs: number | null
  /** How far a split may be ahead of the others; null: as far as it likes. */
  readonly maxDriftMicros: number | null
  readonly allowedLatenessMicros: number
  readonly emit: 'changes' | 'final' | null
}

/** Stored as it was parsed and bound where it is used. */
export interface ViewEntry {
  readonly kind: 'view'
  readonly name: string
  readonly columns: readonly Name[]
  readonly query: Query
}

export type CatalogEntry = TableEntry | ViewEntry

/** Tables and views by name. Unquoted names match without regard to case. */
export class Catalog {
  readonly functions: UserFunctions = new UserFunctions()
  readonly #entries = new Map<string, { readonly entry: CatalogEntry; readonly quoted: boolean; readonly text: string }>()

  /** @throws MillraceError SQL_TABLE_EXISTS */
  add(name: Name, entry: CatalogEntry): void {
    if (this.find(name) !== undefined) {
      throw new MillraceError('SQL_TABLE_EXISTS', `a table or view \`${name.text}\` exists already`, { span: name.span })
    }
    this.#entries.set(name.text, { entry, quoted: name.quoted, text: name.text })
  }

  find(name: Pick<Name, 'text' | 'quoted'>): CatalogEntry | undefined {
    const exact = this.#entries.get(name.text)
    if (exact !== undefined || name.quoted) return exact?.entry
    const wanted = name.text.toLowerCase()
    for (const known of this.#entries.values()) {
      if (!known.quoted && known.text.toLowerCase() === wanted) return known.entry
    }
    return undefined
  }

  /** @throws MillraceError SQL_TABLE_UNKNOWN with the nearest name */
  get(name: Name): CatalogEntry {
    const entry = this.find(name)
    if (entry !== undefined) return entry
    throw this.unknown(name)
  }

  remove(name: Name): boolean {
    for (const [text, known] of this.#entries) {
      const matches = text === name.text || (!name.quoted && !known.quoted && text.toLowerCase() === name.text.toLowerCase())
      if (matches) return this.#entries.delete(text)
    }
    return false
  }

  names(): readonly string[] {
    return [...this.#entries.keys()]
  }

  entries(): readonly CatalogEntry[] {
    return [...this.#entries.values()].map((known) => known.entry)
  }

  unknown(name: Name): MillraceError {
    const alternatives = this.names()
    const hint = alternatives.length === 0 ? '; CREATE TABLE declares one' : ''
    return unknownName('SQL_TABLE_UNKNOWN', `no table or view \`${name.text}\`${hint}`, name, alternatives, 'tables and views')
  }
}

/** The entry of an unquoted and a quoted name are told apart by {@link Catalog}; columns are by this. */
export function sameName(declared: string, wanted: Pick<Name, 'text' | 'quoted'>): boolean {
  return declared === wanted.text || (!wanted.quoted && declared.toLowerCase() === wanted.text.toLowerCase())
}
