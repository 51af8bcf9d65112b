import { createRuntime } from '@millrace/runtime'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { conserves } from '../engine.js'
import { DuckdbOracle } from '../differential/duckdb-oracle.js'
import { BATCH_QUERIES } from './duckdb-queries.js'
import { GROUP_WINDOW_QUERIES } from './group-windows.js'

/** Every query of the bench, at 1, 2 and 4 workers, against DuckDB over the same events. */
const FOLDER = fileURLToPath(new URL('../../../bench/nexmark/', import.meta.url))
const EVENTS = Number(process.env['MILLRACE_NEXMARK_EVENTS'] ?? 100_000)
const WORKERS = [1, 2, 4]

const scratch = mkdtempSync(join(tmpdir(), 'millrace-nexmark-'))
const runtime = createRuntime({ workers: 4 })
const setup = readFileSync(join(FOLDER, 'setup.sql'), 'utf8')
// A hundred seconds of events instead of ten: more windows, sessions and late winners.
const params = { events: String(EVENTS), rate: '1000', side_input: join(scratch, 'side.csv') }
let oracle: DuckdbOracle

beforeAll(async () => {
  writeFileSync(params.side_input, Array.from({ length: 10_000 }, (_, i) => `${i},value ${i}\n`).join(''))
  const columns = {
    person: 'id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING, `dateTime` TIMESTAMP(3), extra STRING',
    auction: 'id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, `dateTime` TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT, category BIGINT, extra STRING',
    bid: 'auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, `dateTime` TIMESTAMP(3), extra STRING',
  }
  const exports = Object.entries(columns).map(([view, list]) => `
    CREATE TABLE ${view}_file (${list}) WITH ('connector' = 'file', 'format' = 'json', 'path' = '${join(scratch, view)}');
    INSERT INTO ${view}_file SELECT * FROM ${view};`)
  await (await runtime.run(setup + exports.join(''), { workers: 2, params, baseDirectory: FOLDER })).done
  oracle = await DuckdbOracle.open()
  for (const [view, list] of Object.entries(columns)) {
    const types = list.split(', ').map((column) => column.replaceAll('`', '').split(' ')).map(([name, type]) => `'${name}': '${type!.replace('STRING', 'VARCHAR').replace('(3)', '')}'`)
    await oracle.execute(`CREATE TABLE ${view} AS SELECT * FROM read_json('${join(scratch, view)}/*', format = 'newline_delimited', columns = {${types.join(', ')}})`)
  }
})

afterAll(async () => {
  oracle?.close()
  await runtime.close()
  rmSync(scratch, { recursive: true, force: true })
})

/** Rows as sorted texts: only what `columns` names, times without trailing zeros. */
function canonical(rows: readonly (readonly unknown[])[]): string[] {
  return rows.map((row) => row.map((value) => {
    const text = String(value)
    return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+$/.test(text) ? text.replace(/\.?0+$/, '') : text
  }).join('|')).toSorted()
}

const textOf = (query: string): string => readFileSync(join(FOLDER, `${query}.sql`), 'utf8')

const CASES: readonly (readonly [title: string, query: string, text: string])[] = [
  ...Object.keys(BATCH_QUERIES).map((query) => [query, query, textOf(query)] as const),
  ...Object.entries(GROUP_WINDOW_QUERIES).map(([query, text]) => [`${query} in another spelling`, query, text] as const),
]

describe('nexmark', () => {
  for (const [title, query, text] of CASES) {
    const { sql, columns } = BATCH_QUERIES[query]!
    it(title, async () => {
      const answer = await oracle.answer(sql)
      if ('error' in answer) throw new Error(answer.error)
      const expected = canonical(answer.rows)
      expect(expected.length).toBeGreaterThan(0)
      // The rows that are written, cast to the sink's types, stay in memory.
      const script = `${setup}\n${text}`
        .replace("'connector' = 'blackhole'", "'connector' = 'memory'")
        .replace("PARTITIONED BY (dt, hm) WITH ('connector' = 'file', 'path' = '${output:data/output}', 'format' = 'csv')", "WITH ('connector' = 'memory')")
      for (const workers of WORKERS) {
        const job = await runtime.run(script, { workers, params, baseDirectory: FOLDER })
        const stats = await job.done
        const rows = job.table(`nexmark_${query}`).map((row) => (columns === undefined ? Object.values(row) : columns.map((name) => row[name])))
        const got = canonical(rows)
        if (got.length !== expected.length || got.some((row, i) => row !== expected[i])) expect(differences(got, expected), `${workers} workers`).toEqual([])
        expect(conserves(stats), `${workers} workers conserve rows: ${JSON.stringify({ ...stats, workers: [] })}`).toBe(true)
      }
    })
  }
})

/** What one side has and the other has not, a few of each. */
function differences(got: readonly string[], expected: readonly string[]): string[] {
  const count = (rows: readonly string[]): Map<string, number> => rows.reduce((counts, row) => counts.set(row, (counts.get(row) ?? 0) + 1), new Map<string, number>())
  const [ours, theirs] = [count(got), count(expected)]
  const more = (a: Map<string, number>, b: Map<string, number>, sign: string): string[] =>
    [...a].filter(([row, n]) => n > (b.get(row) ?? 0)).slice(0, 3).map(([row]) => `${sign} ${row}`)
  return [`${got.length} rows, expected ${expected.length}`, ...more(ours, theirs, '+'), ...more(theirs, ours, '-')]
}
