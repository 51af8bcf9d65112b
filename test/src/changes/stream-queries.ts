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
 * Random queries over changing rows: filters, projections, groups over groups, DISTINCT, set operations, joins, semi-joins,
 * ranks and first rows, in any nesting. Every one has the same answer for the same rows whatever their order, and none can fail on a row.
 */
export class StreamQueries {
  readonly #chance: Chance
  #ranks = 0

  constructor(chance: Chance) {
    this.#chance = chance
  }

  query(): string {
    const chance = this.#chance
    let relation = this.#table()
    for (let depth = chance.between(1, 3); depth > 0; depth--) relation = this.#over(relation)
    return chance.between(0, 9) === 0 ? this.#grouped(relation, 'bare').sql : relation.sql
  }

  #table(): Relation {
    return { sql: `SELECT id, k, g, v, d, x, s, ok FROM ${this.#chance.pick(TABLES)}`, columns: COLUMNS }
  }

  #over(input: Relation): Relation {
    switch (this.#chance.between(0, 12)) {
      case 0: return this.#filtered(input)
      case 1: return this.#projected(input)
      case 2: return this.#distinct(input)
      case 3: return this.#union(input)
      case 4: case 5: return this.#joined(input)
      case 6: return this.#semiJoined(input)
      case 7: return this.#ranked(input)
      case 8: return this.#first(input)
      default: return this.#grouped(input, 'any')
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
    const other = this.#chance.between(0, 1) === 0 ? this.#table() : this.#grouped(this.#table(), 'plain')
    const pairs = this.#some(input.columns, 3).flatMap((left) => {
      const right = other.columns.find(({ kind }) => kind === left.kind)
      return right === undefined ? [] : [{ left, right }]
    })
    if (pairs.length === 0) return this.#filtered(input)
    const columns = pairs.map(({ left }, i): Column => ({ name: `u${i}`, kind: left.kind }))
    const side = (names: readonly string[], sql: string): string =>
      `SELECT ${names.map((name, i) => `${this.#sameType(name, columns[i]!.kind)} AS u${i}`).join(', ')} FROM (${sql}) AS t`
    const [left, right] = [side(pairs.map((p) => p.left.name), input.sql), side(pairs.map((p) => p.right.name), other.sql)]
    const operation = this.#chance.pick(['UNION ALL', 'UNION ALL', 'UNION', 'INTERSECT', 'EXCEPT', 'INTERSECT ALL', 'EXCEPT ALL'])
    return { sql: `SELECT * FROM (${left}) AS l ${operation} SELECT * FROM (${right}) AS r`, columns }
  }

  /** With a table, or groups of one, over columns of one kind. */
  #joined(input: Relation): Relation {
    const chance = this.#chance
    const other = chance.between(0, 2) > 0 ? this.#table() : this.#grouped(this.#table(), 'plain')
    const pair = this.#pairOf(input, other)
    if (pair === null) return this.#filtered(input)
    const [left, right] = pair
    const type = chance.pick(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'])
    const more = type === 'JOIN' && chance.between(0, 2) === 0 ? ` AND ${this.#condition(input.columns, 'l.')}` : ''
    const lefts = this.#some(input.columns, 3)
    const rights = this.#some(other.columns, 2)
    const columns = [...lefts.map(({ kind }, i): Column => ({ name: `l${i}`, kind })), ...rights.map(({ kind }, i): Column => ({ name: `r${i}`, kind }))]
    const items = [...lefts.map(({ name }, i) => `l.${name} AS l${i}`), ...rights.map(({ name }, i) => `r.${name} AS r${i}`)]
    return { sql: `SELECT ${items.join(', ')} FROM (${input.sql}) AS l ${type} (${other.sql}) AS r ON l.${left.name} = r.${right.name}${more}`, columns }
  }

  #semiJoined(input: Relation): Relation {
    const other = this.#chance.between(0, 1) > 0 ? this.#table() : this.#grouped(this.#table(), 'plain')
    const pair = this.#pairOf(input, other)
    if (pair === null) return this.#filtered(input)
    const [left, right] = pair
    const has = this.#chance.pick([
      `l.${left.name} IN (SELECT ${right.name} FROM (${other.sql}) AS r)`,
      `EXISTS (SELECT 1 FROM (${other.sql}) AS r WHERE r.${right.name} = l.${left.name})`,
      `NOT EXISTS (SELECT 1 FROM (${other.sql}) AS r WHERE r.${right.name} = l.${left.name})`,
      `l.${left.name} NOT IN (SELECT ${right.name} FROM (${other.sql}) AS r)`,
    ])
    return { sql: `SELECT * FROM (${input.sql}) AS l WHERE ${has}`, columns: input.columns }
  }

  /** The rows of the best ranks of a partition; of rows that are equal in all columns any is as good as the other. */
  #ranked(input: Relation): Relation {
    const chance = this.#chance
    const rank = chance.pick(['ROW_NUMBER', 'RANK', 'DENSE_RANK'])
    const partition = chance.between(0, 2) === 0 ? '' : `PARTITION BY ${this.#some(input.columns, 2).map(({ name }) => name).join(', ')} `
    const names = input.columns.map(({ name }) => name).join(', ')
    const order = this.#orderBy(rank === 'ROW_NUMBER' ? input.columns : this.#some(input.columns, 2))
    const name = `rk${this.#ranks++}`
    const isShown = chance.between(0, 1) === 0
    return {
      sql: `SELECT ${names}${isShown ? `, ${name}` : ''} FROM (SELECT ${names}, ${rank}() OVER (${partition}ORDER BY ${order}) AS ${name} FROM (${input.sql}) AS t) AS ranked WHERE ${name} <= ${chance.between(1, 3)}`,
      columns: isShown ? [...input.columns, { name, kind: 'int' }] : input.columns,
    }
  }

  #first(input: Relation): Relation {
    const offset = this.#chance.between(0, 2) === 0 ? ` OFFSET ${this.#chance.between(1, 2)}` : ''
    return { sql: `SELECT * FROM (${input.sql}) AS t ORDER BY ${this.#orderBy(input.columns)} LIMIT ${this.#chance.between(1, 4)}${offset}`, columns: input.columns }
  }

  #orderBy(columns: readonly Column[]): string {
    return columns.map(({ name }) => `${name} ${this.#chance.pick(['ASC NULLS FIRST', 'DESC NULLS LAST'])}`).join(', ')
  }

  #pairOf(left: Relation, right: Relation): readonly [Column, Column] | null {
    const pairs = left.columns.flatMap((l) => right.columns.filter(({ kind }) => kind === l.kind).map((r) => [l, r] as const))
    return pairs.length === 0 ? null : this.#chance.pick(pairs)
  }

  #sameType(name: string, kind: ColumnKind): string {
    switch (kind) {
      case 'int': return `CAST(${name} AS BIGINT)`
      case 'decimal': return `CAST(${name} AS DECIMAL(20, 2))`
      default: return name
    }
  }

  /**
   * @param form `bare`: without keys, one row. `plain`: no grouping sets, for a side of a join: the row that is there without rows is told of
   *   when a row has come, and until then it would be missed.
   */
  #grouped(input: Relation, form: 'bare' | 'plain' | 'any'): Relation {
    const chance = this.#chance
    const keys = form === 'bare' ? [] : this.#some(input.columns, 2)
    const calls = Array.from({ length: chance.between(1, 3) }, () => this.#call(input.columns))
    const columns = [
      ...keys.map(({ kind }, i): Column => ({ name: `k${i}`, kind })), ...calls.map(({ kind }, i): Column => ({ name: `c${i}`, kind })),
    ]
    const items = [...keys.map(({ name }, i) => `${name} AS k${i}`), ...calls.map(({ text }, i) => `${text} AS c${i}`)]
    const where = chance.between(0, 2) === 0 ? ` WHERE ${this.#condition(input.columns)}` : ''
    const names = keys.map(({ name }) => name).join(', ')
    const sets = (): string => (chance.between(0, 9) > 0 ? names : chance.pick([`ROLLUP (${names})`, `CUBE (${names})`]))
    const chosen = keys.length === 0 ? '' : sets()
    const groupBy = keys.length === 0 ? '' : ` GROUP BY ${form === 'plain' ? names : chosen}`
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

  #condition(columns: readonly Column[], qualifier = ''): string {
    const chance = this.#chance
    const { name: bare, kind } = chance.pick(columns)
    const name = `${qualifier}${bare}`
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
