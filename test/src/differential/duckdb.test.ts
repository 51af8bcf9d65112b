import { MillraceError } from '@millrace/core'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ALL_MODES, Engine, modeName } from '../engine.js'
import type { Mode, Result } from '../engine.js'
import { Chance } from './chance.js'
import { agree, canonical } from './compare.js'
import { DuckdbOracle } from './duckdb-oracle.js'
import type { Answer } from './duckdb-oracle.js'
import { QueryGenerator } from './query-generator.js'
import type { TwinQuery } from './query-generator.js'
import { makeWorld, toDuckdb, toNdjson } from './world.js'

/** MILLRACE_SEED replays one world; else there are MILLRACE_WORLDS of them, from MILLRACE_FIRST_SEED on or from anywhere. */
const WORLDS = Number(process.env['MILLRACE_WORLDS'] ?? 20)
const QUERIES_PER_WORLD = 50
const FIRST_SEED = process.env['MILLRACE_SEED'] === undefined ? null : Number(process.env['MILLRACE_SEED'])

let oracle: DuckdbOracle
let engine: Engine
const folder = mkdtempSync(join(tmpdir(), 'millrace-duckdb-'))

beforeAll(async () => {
  oracle = await DuckdbOracle.open()
  engine = new Engine(4)
})

afterAll(async () => {
  oracle.close()
  await engine.close()
  rmSync(folder, { recursive: true, force: true })
})

test('random queries over random tables give what DuckDB gives', async () => {
  const start = FIRST_SEED ?? Number(process.env['MILLRACE_FIRST_SEED'] ?? Math.floor(Math.random() * 1_000_000_000))
  const differences: string[] = []
  let compared = 0
  let bothFailed = 0
  for (let w = 0; w < (FIRST_SEED === null ? WORLDS : 1); w++) {
    const seed = start + w
    const chance = new Chance(seed)
    const world = makeWorld(chance)
    const path = join(folder, `t${seed}.ndjson`)
    writeFileSync(path, toNdjson(world))
    for (const statement of toDuckdb(world, 't')) await oracle.execute(statement)
    const create = `CREATE TABLE t (${world.columns.map((c) => `${c.name} ${c.ourType}`).join(', ')}) WITH ('connector' = 'file', 'path' = '${path}', 'format' = 'json', 'split-bytes' = '${chance.pick([200, 1_000, 100_000])}');\n`
    const generator = new QueryGenerator(chance, world)
    for (let q = 0; q < QUERIES_PER_WORLD; q++) {
      const query = generator.query()
      const mode = chance.pick(ALL_MODES.filter((m) => m.workers <= 4))
      const theirs = await oracle.answer(query.duckdb)
      const ours = await run(create + query.ours, mode)
      const difference = compare(query, ours, theirs)
      if (difference === 'both failed') bothFailed++
      else if (difference !== null) {
        differences.push(`MILLRACE_SEED=${seed}, query ${q}, ${modeName(mode)}\n  ours:   ${query.ours}\n  duckdb: ${query.duckdb}\n  ${difference}`)
      }
      compared++
      if (differences.length >= 10) break
    }
    if (differences.length >= 10) break
  }
  expect(differences.join('\n\n')).toBe('')
  // The comparison must not become empty by everything failing on both sides.
  expect(bothFailed).toBeLessThan(compared * 0.1)
  process.stderr.write(`${compared} queries compared with DuckDB from seed ${start}; ${bothFailed} failed in both\n`)
})

async function run(sql: string, mode: Mode): Promise<Result | MillraceError> {
  try {
    return await engine.run(sql, mode, folder)
  } catch (error) {
    if (error instanceof MillraceError) return error
    throw error
  }
}

/** `null`: they agree; `both failed`; else what differs. */
function compare(query: TwinQuery, ours: Result | MillraceError, theirs: Answer): string | null {
  if (ours instanceof MillraceError) {
    if (ours.code === 'INTERNAL') return `ours: ${ours.code} ${ours.message}\n${ours.stack}`
    if ('error' in theirs) return 'both failed'
    // Explained: DuckDB sums BIGINT in 128 bits, here a sum that leaves BIGINT is an error.
    if (ours.code === 'NUMERIC_OVERFLOW' && /sum\(/.test(query.ours) && theirs.rows.some((row) => row.some((cell) => cell !== null && beyondBigint(cell)))) return null
    return `ours failed: ${ours.code} ${ours.message}; DuckDB: ${theirs.rows.length} rows`
  }
  if ('error' in theirs) return `DuckDB failed: ${theirs.error}; ours: ${ours.rows.length} rows`
  const types = ours.schema.map((field) => field.type)
  const left = ours.rows.map((row) => row.map((cell, i) => canonical(cell, types[i]!)))
  const right = theirs.rows.map((row) => row.map((cell, i) => canonical(cell, types[i]!)))
  if (left.length !== right.length) return `ours ${left.length} rows, DuckDB ${right.length}\n${show(left)}\n--\n${show(right)}`
  if (!query.ordered) {
    left.sort(byText)
    right.sort(byText)
  }
  for (const [i, row] of left.entries()) {
    const other = right[i]!
    if (!row.every((cell, c) => agree(cell, other[c]!, types[c]!))) return `row ${i}: ours ${JSON.stringify(row)}, DuckDB ${JSON.stringify(other)}`
  }
  return null
}

function byText(a: readonly string[], b: readonly string[]): number {
  const left = JSON.stringify(a)
  const right = JSON.stringify(b)
  return left < right ? -1 : left > right ? 1 : 0
}

function beyondBigint(cell: string): boolean {
  return /^-?\d+$/.test(cell) && BigInt.asIntN(64, BigInt(cell)) !== BigInt(cell)
}

function show(rows: readonly (readonly string[])[]): string {
  return rows.slice(0, 5).map((row) => JSON.stringify(row)).join('\n')
}
