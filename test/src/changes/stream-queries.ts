import type { Chance } from '../differential/chance.js'

/** What a column can be used for. */
export type ColumnKind = 'text' | 'int' | 'decimal' | 'double' | 'bool'

export interface Column {
  readonly name: string
  readonly kind: ColumnKind
}

/** A query and its columns, for others to be built over it. */
interface Relation {
  readonly sql: string
  readonly columns: readonly Column[]
}

/** The columns of both tables; `id` makes the rows of `changing` differ. */
export const COLUMNS: readonly Column[] = [
  { name: 'id', kind: 'int' }, { name: 'k', kind: 'text' }, { name: 'g', kind: 'int' }, { name: 'v', kind: 'int' },
  { name: 'd', kind: 'decimal' }, { name: 'x', kind: 'double' }, { name: 's', kind: 'text' }, { name: 'ok', kind: 'bool' },
]
export const TABLES = ['added', 'changing'] as const

/**
 * Random queries over changing rows: filters, projections, groups over groups, DISTINCT, UNION ALL, in any nesting. Every
 * one has the same answer for the same rows whatever their order, and none can fail on a row.
 */
export class StreamQueries {
  readonly #chance: Chance

  constructor(chance: Chance) {
    this.#chance = chance
  }

  query(): string {
    const chance = this.#chance
    let relation = this.#table()
    for (let depth = chance.between(1, 3); depth > 0; depth--) relation = this.#over(relation)
    return chance.between(0, 9) === 0 ? this.#grouped(relation, true).sql : relation.sql
  }

  #table(): Relation {
    return { sql: `SELECT id, k, g, v, d, x, s, ok FROM ${this.#chance.pick(TABLES)}`, columns: COLUMNS }
  }

  #over(input: Relation): Relation {
    switch (this.#chance.between(0, 7)) {
      case 0: return this.#filtered(input)
      case 1: return this.#projected(input)
      case 2: return this.#distinct(input)
      case 3: return this.#union(input)
      default: return this.#grouped(input, false)
    }
  }

  #filtered(input: Relation): Relation {
    return { sql: `SELECT * FROM (${input.sql}) AS t WHERE ${this.#condition(input.columns)}`, columns: input.columns }
  }

  #projected(input: Relation): Relation {
    const chance = this.#chance
    const picked = Array.from({ length: chance.between(1, 3) }, () => this.#scalar(chance.pick(input.columns)))
    const columns = picked.map(({ kind }, i): Column => ({ name: `p${i}`, kind }))
    return { sql: `SELECT ${picked.map(({ text }, i) => `${text} AS p${i}`).join(', ')} FROM (${input.sql}) AS t`, columns }
  }

  #distinct(input: Relation): Relation {
    const columns = this.#some(input.columns, 2)
    return { sql: `SELECT DISTINCT ${columns.map(({ name }) => name).join(', ')} FROM (${input.sql}) AS t`, columns }
  }

  /** With another relation that has a column for each of some of the kinds here. */
  #union(input: Relation): Relation {
    const other = this.#chance.between(0, 1) === 0 ? this.#table() : this.#grouped(this.#table(), false)
    const pairs = this.#some(input.columns, 3).flatMap((left) => {
      const right = other.columns.find(({ kind }) => kind === left.kind)
      return right === undefined ? [] : [{ left, right }]
    })
    if (pairs.length === 0) return this.#filtered(input)
    const columns = pairs.map(({ left }, i): Column => ({ name: `u${i}`, kind: left.kind }))
    const side = (names: readonly string[], sql: string): string =>
      `SELECT ${names.map((name, i) => `${this.#sameType(name, columns[i]!.kind)} AS u${i}`).join(', ')} FROM (${sql}) AS t`
    const [left, right] = [side(pairs.map((p) => p.left.name), input.sql), side(pairs.map((p) => p.right.name), other.sql)]
    return { sql: `${left} UNION ALL ${right}`, columns }
  }

  #sameType(name: string, kind: ColumnKind): string {
    switch (kind) {
      case 'int': return `CAST(${name} AS BIGINT)`
      case 'decimal': return `CAST(${name} AS DECIMAL(20, 2))`
      default: return name
    }
  }

  /** @param bare without keys: one row */
  #grouped(input: Relation, bare: boolean): Relation {
    const chance = this.#chance
    const keys = bare ? [] : this.#some(input.columns, 2)
    const calls = Array.from({ length: chance.between(1, 3) }, () => this.#call(input.columns))
    const columns = [
      ...keys.map(({ kind }, i): Column => ({ name: `k${i}`, kind })), ...calls.map(({ kind }, i): Column => ({ name: `c${i}`, kind })),
    ]
    const items = [...keys.map(({ name }, i) => `${name} AS k${i}`), ...calls.map(({ text }, i) => `${text} AS c${i}`)]
    const where = chance.between(0, 2) === 0 ? ` WHERE ${this.#condition(input.columns)}` : ''
    const groupBy = keys.length === 0 ? '' : ` GROUP BY ${keys.map(({ name }) => name).join(', ')}`
    const having = chance.between(0, 3) === 0 ? ` HAVING count(*) ${chance.pick(['>', '<', '='])} ${chance.between(1, 4)}` : ''
    return { sql: `SELECT ${items.join(', ')} FROM (${input.sql}) AS t${where}${groupBy}${having}`, columns }
  }

  #call(columns: readonly Column[]): { readonly text: string; readonly kind: ColumnKind } {
    const chance = this.#chance
    const column = chance.pick(columns)
    const filter = chance.between(0, 5) === 0 ? ` FILTER (WHERE ${this.#condition(columns)})` : ''
    const distinct = chance.between(0, 4) === 0 ? 'DISTINCT ' : ''
    const { name, kind } = column
    const any = [
      { text: `count(*)${filter}`, kind: 'int' as const },
      { text: `count(${distinct}${name})${filter}`, kind: 'int' as const },
      { text: `min(${name})${filter}`, kind },
      { text: `max(${name})${filter}`, kind },
    ]
    switch (kind) {
      case 'int': case 'decimal': return chance.pick([...any, { text: `sum(${distinct}${name})${filter}`, kind }, { text: `avg(${name})${filter}`, kind: kind === 'int' ? 'double' : 'decimal' }])
      case 'double': return chance.pick([...any, { text: `sum(${distinct}${name})${filter}`, kind }])
      case 'text': return chance.pick([...any, { text: `string_agg(${distinct}${name}, '-' ORDER BY ${name})${filter}`, kind }])
      case 'bool': return chance.pick([...any.slice(0, 2), { text: `bool_and(${name})${filter}`, kind }, { text: `bool_or(${name})${filter}`, kind }])
    }
  }

  #condition(columns: readonly Column[]): string {
    const chance = this.#chance
    const { name, kind } = chance.pick(columns)
    switch (kind) {
      case 'int': return chance.pick([`${name} > ${chance.between(-2, 6)}`, `${name} % 2 = 0`, `${name} IS NOT NULL`, `${name} IN (1, 2, 5)`])
      case 'decimal': return chance.pick([`${name} > 1.50`, `${name} BETWEEN -1 AND 3`, `${name} IS NULL`])
      case 'double': return chance.pick([`${name} < 2`, `${name} IS NOT NULL`])
      case 'text': return chance.pick([`${name} = 'a'`, `${name} LIKE '%b%'`, `${name} IS NULL OR ${name} <> 'c'`])
      case 'bool': return chance.pick([name, `NOT ${name}`])
    }
  }

  #scalar({ name, kind }: Column): { readonly text: string; readonly kind: ColumnKind } {
    const chance = this.#chance
    switch (kind) {
      case 'int': return chance.pick([{ text: name, kind }, { text: `${name} % 3`, kind }, { text: `coalesce(${name}, 0)`, kind }, { text: `${name} > 2`, kind: 'bool' }])
      case 'text': return chance.pick([{ text: name, kind }, { text: `upper(${name})`, kind }, { text: `coalesce(${name}, 'none')`, kind }])
      case 'bool': return chance.pick([{ text: name, kind }, { text: `NOT ${name}`, kind }, { text: `CASE WHEN ${name} THEN 1 ELSE 2 END`, kind: 'int' }])
      default: return { text: name, kind }
    }
  }

  /** 1 … `most` different columns. */
  #some(columns: readonly Column[], most: number): Column[] {
    const chance = this.#chance
    const left = [...columns]
    return Array.from({ length: Math.min(chance.between(1, most), left.length) }, () => left.splice(chance.between(0, left.length - 1), 1)[0]!)
  }
}
