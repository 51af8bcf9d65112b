import { nexmark } from '@millrace/datagen'
import { connector as file } from '@millrace/file'
import { simulate, simulateWithRestarts } from '@millrace/testing'
import { valueToText } from '@millrace/core'
import type { SimulationResult } from '@millrace/testing'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { BATCH_QUERIES } from './duckdb-queries.js'

/** Every query in a job that crashes now and then and goes on at another number of workers. */
const FOLDER = fileURLToPath(new URL('../../../bench/nexmark/', import.meta.url))
const EVENTS = 5_000
const SEEDS = process.env['MILLRACE_MODES'] === undefined ? [1, 2] : [1, 2, 3, 4, 5, 6, 7, 8]

const scratch = mkdtempSync(join(tmpdir(), 'millrace-nexmark-'))
const params = { events: String(EVENTS), rate: '50', side_input: join(scratch, 'side.csv') }
writeFileSync(params.side_input, Array.from({ length: 10_000 }, (_, i) => `${i},value ${i}\n`).join(''))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** The user's function of q14, as its module has it. */
const functions = { './count-char.js': { countChar: (text: string, character: string) => BigInt(text.split(character).length - 1) } }

/** The query by itself: what it gives is checked, not what a sink makes of it. */
function selectOf(query: string): string {
  const text = readFileSync(join(FOLDER, `${query}.sql`), 'utf8')
  return text.replace(/CREATE TABLE nexmark_q[^;]*;/, '').replace(/INSERT INTO nexmark_q\d+/, '')
}

function textOf({ folded, schema }: SimulationResult, columns: readonly string[] | undefined): string[] {
  const picked = schema.map((_, c) => c).filter((c) => columns === undefined || columns.includes(schema[c]!.name))
  return folded.map((row) => picked.map((c) => (row[c] === null ? 'NULL' : valueToText(row[c]!, schema[c]!.type))).join('|')).toSorted()
}

describe('nexmark with restarts', () => {
  const setup = readFileSync(join(FOLDER, 'setup.sql'), 'utf8')
  for (const [query, { columns }] of Object.entries(BATCH_QUERIES)) {
    it(query, async () => {
      const options = { sql: setup + selectOf(query), connectors: [nexmark, file], params, batchRows: 64, exchangeBytes: 65_536, functions }
      const expected = textOf(await simulate({ ...options, batchRows: 1_024 }), columns)
      expect(expected.length).toBeGreaterThan(0)
      for (const seed of SEEDS) expect(textOf(await simulateWithRestarts({ ...options, seed }), columns), `seed ${seed}`).toEqual(expected)
    })
  }
})
