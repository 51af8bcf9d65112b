import type { Chance } from './chance.js'
import type { Kind, World } from './world.js'

/** One query in both dialects; they differ where the engines' spellings do. */
export interface TwinQuery {
  readonly ours: string
  readonly duckdb: string
  readonly ordered: boolean
}

/** An expression in both dialects. */
interface Twin {
  readonly ours: string
  readonly duckdb: string
}

const both = (text: string): Twin => ({ ours: text, duckdb: text })

/** Fills `$1`, `$2`, … of a template with expressions, in both dialects. */
function fill(template: string | Twin, ...args: readonly Twin[]): Twin {
  const { ours, duckdb } = typeof template === 'string' ? both(template) : template
  const put = (text: string, side: 'ours' | 'duckdb'): string => text.replaceAll(/\$(\d)/g, (_, n: string) => args[Number(n) - 1]![side])
  return { ours: put(ours, 'ours'), duckdb: put(duckdb, 'duckdb') }
}

export class QueryGenerator {
  readonly #chance: Chance
  readonly #world: World

  constructor(chance: Chance, world: World) {
    this.#chance = chance
    this.#world = world
  }

  query(): TwinQuery {
    const chance = this.#chance
    const roll = chance.unit()
    if (roll < 0.35) return this.#grouped()
    if (roll < 0.45) return this.#ungrouped()
    if (roll < 0.7) return this.#plain()
    if (roll < 0.8) return this.#distinct()
    if (roll < 0.9) return this.#ordered()
    return this.#nested()
  }

  #plain(): TwinQuery {
    const items = this.#items(this.#chance.between(1, 4))
    return { ...this.#select(items, this.#where()), ordered: false }
  }

  #distinct(): TwinQuery {
    const items = this.#items(this.#chance.between(1, 2))
    const { ours, duckdb } = this.#select(items, this.#where())
    return { ours: ours.replace('SELECT', 'SELECT DISTINCT'), duckdb: duckdb.replace('SELECT', 'SELECT DISTINCT'), ordered: false }
  }

  #ordered(): TwinQuery {
    const chance = this.#chance
    const items = this.#items(chance.between(1, 3))
    const order = items.map((_, i) => {
      const descending = chance.maybe(0.5)
      const nulls = chance.maybe(0.5) ? 'FIRST' : 'LAST'
      return `c${i} ${descending ? 'DESC' : 'ASC'} NULLS ${nulls}`
    })
    const limit = chance.maybe(0.7) ? ` LIMIT ${chance.between(0, 12)}${chance.maybe(0.4) ? ` OFFSET ${chance.between(0, 6)}` : ''}` : ''
    const tail = ` ORDER BY ${order.join(', ')}${limit}`
    const { ours, duckdb } = this.#select(items, this.#where())
    return { ours: ours + tail, duckdb: duckdb + tail, ordered: true }
  }

  #grouped(): TwinQuery {
    const chance = this.#chance
    const keys = Array.from({ length: chance.between(1, 3) }, () => this.#key())
    const aggregates = Array.from({ length: chance.between(0, 4) }, () => this.#aggregate())
    const items = [...keys, ...aggregates]
    // Where HAVING drops a group, a sum in it that overflows is an error here and nothing there.
    const mayOverflow = aggregates.some(({ ours }) => ours.includes('sum(l)'))
    const having = !mayOverflow && chance.maybe(0.3) ? fill('HAVING $1', this.#having()) : both('')
    const where = this.#where()
    const group = both(`GROUP BY ${keys.map((_, i) => i + 1).join(', ')}`)
    return { ...fill('$1 $2 $3', this.#select(items, where), group, having), ordered: false }
  }

  #ungrouped(): TwinQuery {
    const aggregates = Array.from({ length: this.#chance.between(1, 5) }, () => this.#aggregate())
    return { ...this.#select(aggregates, this.#where()), ordered: false }
  }

  #nested(): TwinQuery {
    const chance = this.#chance
    if (chance.maybe(0.5)) {
      const kinds = Array.from({ length: 2 }, () => chance.pick<Kind>(['int', 'string', 'decimal']))
      const part = (): Twin => this.#select(kinds.map((kind) => this.#expression(kind, 1)), this.#where())
      return { ...fill('$1 UNION ALL $2', part(), part()), ordered: false }
    }
    const inner = this.#select([this.#key(), this.#expression('int', 2), this.#expression('decimal', 1)], this.#where())
    const outer = 'SELECT c0, count(*) AS n, sum(c1) AS a, max(c2) AS z'
    const text = chance.maybe(0.5)
      ? fill(`WITH q AS ($1) ${outer} FROM q WHERE c1 IS NOT NULL GROUP BY c0`, inner)
      : fill(`${outer} FROM ($1) AS q WHERE c1 IS NOT NULL GROUP BY c0`, inner)
    return { ...text, ordered: false }
  }

  #items(count: number): Twin[] {
    return Array.from({ length: count }, () => this.#expression(this.#kind(), 2))
  }

  #select(items: readonly Twin[], where: Twin): Twin {
    const list = (side: 'ours' | 'duckdb'): string => items.map((item, i) => `${item[side]} AS c${i}`).join(', ')
    return fill({ ours: `SELECT ${list('ours')} FROM t $1`, duckdb: `SELECT ${list('duckdb')} FROM t $1` }, where)
  }

  #where(): Twin {
    return this.#chance.maybe(0.6) ? fill('WHERE $1', this.#boolean(3)) : both('')
  }

  #kind(): Kind {
    return this.#chance.pick<Kind>(['boolean', 'int', 'int', 'bigint', 'double', 'decimal', 'string', 'string', 'date', 'timestamp'])
  }

  #column(kind: Kind): Twin {
    return both(this.#chance.pick(this.#world.columns.filter((c) => c.kind === kind)).name)
  }

  /** A grouping key: mostly a bare column. */
  #key(): Twin {
    const kind = this.#chance.pick<Kind>(['boolean', 'int', 'bigint', 'decimal', 'string', 'string', 'date', 'timestamp', 'double'])
    return this.#chance.maybe(0.7) ? this.#column(kind) : this.#expression(kind, 1)
  }

  #having(): Twin {
    return this.#chance.pick([both('count(*) > 1'), both('max(i) IS NOT NULL'), both('sum(j) >= 0'), both('count(DISTINCT s) < 4 OR min(d) > 0')])
  }

  #aggregate(): Twin {
    const chance = this.#chance
    const filter = chance.maybe(0.2) ? fill(' FILTER (WHERE $1)', this.#boolean(1)) : both('')
    const argument = (kind: Kind): Twin => (chance.maybe(0.6) ? this.#column(kind) : this.#expression(kind, 1))
    const any = argument(this.#kind())
    const call = chance.pick<() => Twin>([
      () => both('count(*)'),
      () => fill('count($1)', any),
      () => fill('count(DISTINCT $1)', any),
      () => fill('min($1)', any),
      () => fill('max($1)', any),
      () => fill('sum($1)', argument('int')),
      () => fill('sum($1)', argument('decimal')),
      () => fill('sum($1)', argument('double')),
      () => fill('sum(DISTINCT $1)', argument('int')),
      () => fill('avg($1)', argument('int')),
      () => fill('avg($1)', argument('double')),
      () => fill('avg($1)', argument('decimal')),
      () => fill('stddev_samp($1)', argument('int')),
      () => fill('var_pop($1)', argument('int')),
      () => fill('bool_and($1)', argument('boolean')),
      () => fill('bool_or($1)', argument('boolean')),
      () => both("string_agg(k, ',' ORDER BY id)"),
      () => both('sum(l)'),
    ])()
    return fill('$1$2', call, filter)
  }

  #boolean(depth: number): Twin {
    return this.#expression('boolean', depth)
  }

  #expression(kind: Kind, depth: number): Twin {
    const chance = this.#chance
    if (depth <= 0 || chance.maybe(0.3)) return chance.maybe(0.75) ? this.#column(kind) : this.#literal(kind)
    const sub = (k: Kind): Twin => this.#expression(k, depth - 1)
    const general: (() => Twin)[] = [
      () => fill('CASE WHEN $1 THEN $2 ELSE $3 END', sub('boolean'), sub(kind), sub(kind)),
      () => fill('COALESCE($1, $2)', sub(kind), sub(kind)),
      () => fill('NULLIF($1, $2)', sub(kind), sub(kind)),
    ]
    if (chance.maybe(0.2)) return chance.pick(general)()
    return chance.pick(this.#makers(kind, sub))()
  }

  #makers(kind: Kind, sub: (kind: Kind) => Twin): readonly (() => Twin)[] {
    const chance = this.#chance
    const small = (): Twin => both(String(chance.between(1, 9)))
    switch (kind) {
      case 'boolean': {
        const compared = chance.pick<Kind>(['int', 'bigint', 'double', 'decimal', 'string', 'date', 'timestamp'])
        const op = chance.pick(['=', '<>', '<', '<=', '>', '>='])
        return [
          () => fill(`($1 ${op} $2)`, sub(compared), sub(compared)),
          () => fill(`($1 ${op} $2)`, sub(compared), sub(compared)),
          () => fill('($1 AND $2)', sub('boolean'), sub('boolean')),
          () => fill('($1 OR $2)', sub('boolean'), sub('boolean')),
          // Without parentheses: AND binds closer than OR, NOT closer than AND.
          () => fill('($1 OR $2 AND NOT $3)', this.#column('boolean'), this.#column('boolean'), this.#column('boolean')),
          () => fill('(NOT $1)', sub('boolean')),
          () => fill('($1 IS NULL)', sub(compared)),
          () => fill('($1 IS NOT NULL)', sub(compared)),
          () => fill('($1 IS DISTINCT FROM $2)', sub(compared), sub(compared)),
          () => fill('($1 BETWEEN $2 AND $3)', sub(compared), sub(compared), sub(compared)),
          () => fill('($1 IN ($2, $3))', sub(compared), this.#literal(compared), this.#literal(compared)),
          () => fill('($1 NOT IN ($2, $3))', sub(compared), this.#literal(compared), this.#literal(compared)),
          () => fill(`($1 LIKE '${chance.pick(['a%', '%b', '%a%', '_', 'a_b', '%', '', 'r%d', '%😀'])}')`, sub('string')),
          () => fill(`starts_with($1, '${chance.pick(['a', 'r', '', 'gr'])}')`, sub('string')),
          () => fill('($1 IS TRUE)', sub('boolean')),
        ]
      }
      case 'int': return [
        () => fill('($1 + $2)', sub('int'), sub('int')),
        () => fill('($1 - $2)', sub('int'), sub('int')),
        () => fill('($1 * $2)', sub('int'), small()),
        () => fill('(- $1)', sub('int')),
        () => fill({ ours: '($1 / $2)', duckdb: '($1 // $2)' }, sub('int'), small()),
        () => fill('($1 % $2)', sub('int'), small()),
        () => fill('($1 % NULLIF($2, 0))', sub('int'), sub('int')),
        () => fill('abs($1)', sub('int')),
        () => fill({ ours: 'char_length($1)', duckdb: 'CAST(length($1) AS INTEGER)' }, sub('string')),
        () => fill({ ours: 'CAST(EXTRACT(YEAR FROM $1) AS INT)', duckdb: 'CAST(EXTRACT(YEAR FROM $1) AS INT)' }, sub(chance.pick<Kind>(['date', 'timestamp']))),
        () => fill('CAST(EXTRACT(MONTH FROM $1) AS INT)', sub('date')),
        () => fill('CAST(EXTRACT(MINUTE FROM $1) AS INT)', sub('timestamp')),
        () => fill('TRY_CAST($1 AS INT)', this.#column('string')),
        () => fill({ ours: "position('a' IN $1)", duckdb: "CAST(position('a' IN $1) AS INTEGER)" }, sub('string')),
      ]
      case 'bigint': return [
        () => fill('CAST($1 AS BIGINT)', sub('int')),
        () => fill('(CAST($1 AS BIGINT) * 1000000)', sub('int')),
        () => fill('CASE WHEN l > 0 THEN l - $1 ELSE l + $1 END', both(String(chance.between(0, 9)))),
        () => ({ ours: '(l / 3)', duckdb: '(l // 3)' }),
      ]
      case 'double': return [
        () => fill('($1 + $2)', sub('double'), sub('double')),
        () => fill('($1 * $2)', sub('double'), sub('double')),
        () => fill('CAST($1 AS DOUBLE)', sub('int')),
        () => fill('sqrt(abs($1))', sub('double')),
        () => fill('abs($1)', sub('double')),
      ]
      case 'decimal': return [
        () => fill('($1 + $2)', this.#column('decimal'), this.#column('decimal')),
        () => fill('($1 - $2)', this.#column('decimal'), this.#literal('decimal')),
        () => fill('CAST($1 * $2 AS DECIMAL(20, 4))', this.#column('decimal'), this.#literal('decimal')),
        () => fill('CAST($1 AS DECIMAL(12, 2))', sub('int')),
        () => fill('CAST(m AS DECIMAL(12, 1))', sub('decimal')),
        () => fill('abs($1)', sub('decimal')),
        () => fill('(- $1)', sub('decimal')),
      ]
      case 'string': return [
        () => fill('($1 || $2)', sub('string'), sub('string')),
        () => fill(`substring($1, ${chance.between(1, 4)}, ${chance.between(0, 4)})`, sub('string')),
        () => fill('trim($1)', sub('string')),
        () => fill("replace($1, 'a', 'xy')", sub('string')),
        () => fill('upper(k)', sub('string')),
        () => fill('lower(k)', sub('string')),
        () => fill('CAST($1 AS VARCHAR)', sub(chance.pick<Kind>(['int', 'bigint', 'decimal', 'date']))),
        () => fill(`lpad(k, ${chance.between(0, 7)}, '*')`, sub('string')),
        () => fill(`left($1, ${chance.between(0, 3)})`, sub('string')),
        () => fill(`split_part($1, 'a', ${chance.between(1, 3)})`, sub('string')),
      ]
      case 'date': return [
        () => fill('CAST($1 AS DATE)', this.#column('timestamp')),
        () => this.#column('date'),
      ]
      case 'timestamp': return [
        () => fill(`($1 + INTERVAL '${chance.between(1, 90)}' ${chance.pick(['SECOND', 'MINUTE', 'HOUR', 'DAY'])})`, this.#column('timestamp')),
        () => fill(`($1 - INTERVAL '${chance.between(1, 14)}' MONTH)`, this.#column('timestamp')),
        () => fill(`date_trunc('${chance.pick(['year', 'month', 'day', 'hour', 'minute', 'second', 'week', 'quarter'])}', $1)`, this.#column('timestamp')),
        () => fill('CAST($1 AS TIMESTAMP)', both("DATE '2024-05-05'")),
      ]
    }
  }

  #literal(kind: Kind): Twin {
    const chance = this.#chance
    switch (kind) {
      case 'boolean': return both(chance.pick(['TRUE', 'FALSE']))
      case 'int': return both(String(chance.between(0, 20)))
      case 'bigint': return { ours: "CAST('9007199254740993' AS BIGINT)", duckdb: '9007199254740993' }
      case 'double': return both(`CAST('${chance.pick(['0', '1.5', '-2.5', '1e3'])}' AS DOUBLE)`)
      case 'decimal': return both(`${chance.between(0, 99)}.${String(chance.between(0, 99)).padStart(2, '0')}`)
      case 'string': return both(`'${chance.pick(['', 'a', 'ab', 'red', "o''hara", '😀', '\\', '%'])}'`)
      case 'date': return both(`DATE '${chance.pick(['2024-02-29', '1970-01-01', '2026-11-23'])}'`)
      case 'timestamp': return both(`TIMESTAMP '${chance.pick(['2026-01-01 00:00:00', '2000-06-15 12:34:56.789'])}'`)
    }
  }
}
