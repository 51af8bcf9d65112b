import type { Schema, Value } from '@millrace/core'
import { DELETE, MillraceError, UPDATE_AFTER, UPDATE_BEFORE, valueToText } from '@millrace/core'
import type { Change, MemoryRow, SimulationOptions } from '@millrace/testing'
import { memoryConnector, simulate, Simulation } from '@millrace/testing'
import { expect, test } from 'vitest'
import { Chance } from '../differential/chance.js'
import { agree, canonical } from '../differential/compare.js'
import { DuckdbOracle } from '../differential/duckdb-oracle.js'
import { StreamQueries, TABLES } from './stream-queries.js'

/**
 * What the changes of a query come to at any moment is the answer to the query over the rows read so far.
 *
 * `MILLRACE_SEED` replays one pair of query and stream, `MILLRACE_PAIRS` asks for more of them.
 */
const PAIRS = Number(process.env['MILLRACE_PAIRS'] ?? 400)
const SEED = process.env['MILLRACE_SEED'] === undefined ? null : Number(process.env['MILLRACE_SEED'])
/** One in so many is also asked of DuckDB, and run over the same changes as tables that end. */
const DUCKDB_EVERY = 20
const BOUNDED_EVERY = 4

const SCHEMA = 'id INT, k STRING, g INT, v BIGINT, d DECIMAL(10, 2), x DOUBLE, s STRING, ok BOOLEAN'
const CREATE = TABLES.map((name) => `CREATE TABLE ${name} (${SCHEMA}) WITH ('connector' = 'memory');`).join('\n')

type Row = readonly Value[]
type Table = (typeof TABLES)[number]

test(`folding the changes at any moment gives the answer so far (${PAIRS} queries)`, async () => {
  const first = SEED ?? Number(process.env['MILLRACE_FIRST_SEED'] ?? Math.floor(Math.random() * 1_000_000_000))
  const oracle = await DuckdbOracle.open()
  const failures: string[] = []
  const refused: string[] = []
  for (let pair = 0; pair < (SEED === null ? PAIRS : 1) && failures.length < 5; pair++) {
    const seed = first + pair
    const problem = await runPair(seed, seed % DUCKDB_EVERY === 0 || SEED !== null ? oracle : null)
    if (problem instanceof MillraceError) refused.push(problem.message)
    else if (problem !== null) failures.push(`MILLRACE_SEED=${seed}  ${problem}`)
  }
  oracle.close()
  expect(failures.join('\n\n'), `seeds from ${first}`).toBe('')
  // What is refused is refused when it is planned, with a reason.
  expect(refused.length, [...new Set(refused)].join('\n')).toBeLessThan(PAIRS / 50)
})

async function runPair(seed: number, duckdb: DuckdbOracle | null): Promise<string | MillraceError | null> {
  const chance = new Chance(seed)
  const query = new StreamQueries(chance).query()
  const split = chance.between(1, 2)
  const mode = {
    workers: chance.pick([1, 1, 2, 3, 4]), batchRows: chance.pick([1, 3, 1_024]), compile: chance.between(0, 3) > 0, seed, exchangeBytes: chance.pick([200, 4_096]),
  }
  const tell = (what: string): string => `${JSON.stringify(mode)}\n  ${query}\n  ${what}`
  try {
    const unbounded = { unbounded: true, splits: split } as const
    const connector = memoryConnector({ tables: { added: unbounded, changing: { ...unbounded, changes: true } } })
    const simulation = await Simulation.open({ sql: `${CREATE}\n${query}`, connectors: [connector], ...mode })
    const stream = new Stream(chance, split)
    for (let step = chance.between(1, 4); step > 0; step--) {
      for (const { table, split: into, rows } of stream.step()) connector.push(table, rows, into)
      await simulation.settle()
      const difference = await differs(simulation.result(), query, stream)
      if (difference !== null) {
        await simulation.close()
        return tell(`${difference}\n  after ${JSON.stringify(stream.told, plainNumbers)}`)
      }
    }
    for (const table of TABLES) connector.end(table)
    const result = await simulation.finish()
    const difference = await differs(result, query, stream)
    if (difference !== null) return tell(`at the end: ${difference}`)
    const bounded = seed % BOUNDED_EVERY === 0 || SEED !== null ? await differsWhereItEnds(query, stream, mode) : null
    if (bounded !== null) return tell(bounded)
    return duckdb === null ? null : await differsFromDuckdb(duckdb, query, stream, result, tell)
  } catch (error) {
    if (error instanceof MillraceError && (error.code === 'SQL_UNSUPPORTED' || error.code === 'SQL_CHANGELOG')) return error
    return tell(error instanceof Error ? error.stack ?? error.message : String(error))
  }
}

/** The rows of both tables as they come. */
class Stream {
  readonly told: { readonly table: Table; readonly rows: readonly MemoryRow[] }[][] = []
  readonly #chance: Chance
  readonly #splits: number
  readonly #rows: Readonly<Record<Table, { readonly row: Row; readonly split: number }[]>> = { added: [], changing: [] }
  #id = 0

  constructor(chance: Chance, splits: number) {
    this.#chance = chance
    this.#splits = splits
  }

  rows(table: Table): readonly Row[] {
    return this.#rows[table].map(({ row }) => row)
  }

  /** All that was pushed to a table. */
  log(table: Table): readonly MemoryRow[] {
    return this.told.flat().flatMap((pushed) => (pushed.table === table ? pushed.rows : []))
  }

  step(): { readonly table: Table; readonly split: number; readonly rows: readonly MemoryRow[] }[] {
    const pushed: { table: Table; split: number; rows: MemoryRow[] }[] = []
    for (let n = this.#chance.between(1, 12); n > 0; n--) {
      const table = this.#chance.pick(TABLES)
      const held = this.#rows[table]
      const old = table === 'changing' && held.length > 0 && this.#chance.between(0, 2) > 0 ? this.#chance.between(0, held.length - 1) : null
      if (old === null) {
        const added = { row: this.#row(++this.#id), split: this.#chance.between(0, this.#splits - 1) }
        held.push(added)
        pushed.push({ table, split: added.split, rows: [added.row] })
        continue
      }
      const { row, split } = held[old]!
      if (this.#chance.between(0, 1) === 0) {
        const after = this.#row(row[0] as number)
        held[old] = { row: after, split }
        pushed.push({ table, split, rows: [{ kind: UPDATE_BEFORE, values: row }, { kind: UPDATE_AFTER, values: after }] })
      } else {
        held.splice(old, 1)
        pushed.push({ table, split, rows: [{ kind: DELETE, values: row }] })
      }
    }
    this.told.push(pushed)
    return pushed
  }

  #row(id: number): Row {
    const chance = this.#chance
    return [
      id, chance.pick(['a', 'b', 'c', null]), chance.pick([1, 2, 3, null]), chance.pick([0n, 1n, 2n, 5n, -3n, 9_007_199_254_740_993n, null]),
      chance.pick([0n, 125n, 250n, -100n, 99_999_999n, null]), chance.pick([0, 0.25, 1.5, -2.75, 1e6, null]), chance.pick(['', 'a', 'bb', 'ab c', 'é', null]),
      chance.pick([true, false, null]),
    ]
  }
}

async function answerOver(query: string, rows: (table: Table) => readonly Row[]): Promise<{ readonly schema: Schema; readonly folded: readonly Row[] }> {
  const tables = Object.fromEntries(TABLES.map((name) => [name, { rows: rows(name) }]))
  return simulate({ sql: `${CREATE}\n${query}`, connectors: [memoryConnector({ tables })], compile: false, checked: false })
}

async function differs(
  { schema, changes, folded }: { readonly schema: Schema; readonly changes: readonly Change[]; readonly folded: readonly Row[] }, query: string, stream: Stream,
): Promise<string | null> {
  const expected = textOf((await answerOver(query, (table) => stream.rows(table))).folded, schema)
  const actual = textOf(folded, schema)
  if (actual === expected) return null
  // A group that is there without rows is told of when a row has come to it, or at the end.
  if (changes.length === 0 && expected === textOf((await answerOver(query, () => [])).folded, schema)) return null
  return `expected\n${expected}\n  but the changes come to\n${actual}`
}

/** The same changes as tables that end: what is emitted at the end, and what on the way, comes to the same. */
async function differsWhereItEnds(query: string, stream: Stream, mode: Omit<SimulationOptions, 'connectors'>): Promise<string | null> {
  const tables = { added: { rows: stream.log('added') }, changing: { rows: stream.log('changing'), changes: true } }
  const { folded: expected } = await answerOver(query, (table) => stream.rows(table))
  for (const emit of ['', ' EMIT CHANGES']) {
    const { folded, schema } = await simulate({ sql: `${CREATE}\n${query}${emit}`, connectors: [memoryConnector({ tables })], ...mode })
    const [a, b] = [textOf(expected, schema), textOf(folded, schema)]
    if (a !== b) return `over tables that end${emit}: expected\n${a}\n  but it is\n${b}\n  over ${JSON.stringify(stream.told, plainNumbers)}`
  }
  return null
}

function plainNumbers(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value
}

function textsOf(rows: readonly Row[], schema: Schema): string[][] {
  return rows.map((row) => row.map((value, c) => canonical(value === null ? null : valueToText(value, schema[c]!.type), schema[c]!.type)))
}

function textOf(rows: readonly Row[], schema: Schema): string {
  return textsOf(rows, schema).map((row) => row.join(' | ')).toSorted().join('\n')
}

async function differsFromDuckdb(
  oracle: DuckdbOracle, query: string, stream: Stream, { schema, folded }: { readonly schema: Schema; readonly folded: readonly Row[] }, tell: (what: string) => string,
): Promise<string | null> {
  const types = ['INT', 'VARCHAR', 'INT', 'BIGINT', 'DECIMAL(10, 2)', 'DOUBLE', 'VARCHAR', 'BOOLEAN']
  for (const table of TABLES) {
    await oracle.execute(`CREATE OR REPLACE TABLE ${table} (${SCHEMA.replaceAll('STRING', 'VARCHAR')})`)
    for (const row of stream.rows(table)) {
      const values = row.map((value, c) => {
        if (value === null) return 'NULL'
        const text = c === 4 ? `${Number(value) / 100}` : String(value)
        return `'${text}'::${types[c]}`
      })
      await oracle.execute(`INSERT INTO ${table} VALUES (${values.join(', ')})`)
    }
  }
  const theirs = await oracle.answer(query)
  if ('error' in theirs) return tell(`DuckDB: ${theirs.error}`)
  const sorted = (rows: readonly string[][]): string[][] => rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  const [a, b] = [sorted(textsOf(folded, schema)), sorted(theirs.rows.map((row) => row.map((cell, c) => canonical(cell, schema[c]!.type))))]
  const same = a.length === b.length && a.every((row, i) => row.every((cell, c) => agree(cell, b[i]![c]!, schema[c]!.type)))
  return same ? null : tell(`DuckDB says\n${b.join('\n')}\n  and ours is\n${a.join('\n')}`)
}
