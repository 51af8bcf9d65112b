import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { conserves, Engine, modeName } from '../engine.js'
import type { Mode } from '../engine.js'
import { answersAs, FOLDER, textOf } from './conformance.js'
import { parseSlt } from './slt-file.js'
import { answerWithRestarts, restartSeeds } from './slt-restarts.js'
import { expectChanges } from './slt-stream.js'
import { writeTable } from './slt-table.js'

/** The conformance files that aggregate, with so little memory that no group is in it when a batch begins. */
const FILES = [
  'group-by', 'distinct', 'grouping-sets', 'set-operations', 'sub-queries', 'tumble', 'views-and-ctes', 'window-hop', 'window-streams',
  'changes-bounded', 'changes-functions', 'changes-groups', 'changes-sets',
]
const MEMORY = { 'state.memory-limit': '1kb' }
const ONLY = process.env['MILLRACE_SLT']

/** Pipelines of 1, 2 and 4, compiled and interpreted, with batches of 1,024 and of one row: two of them in turn; with `MILLRACE_MODES=all` all of them, `restarts` none. */
function modesOf(turn: number): Mode[] {
  if (process.env['MILLRACE_MODES'] === 'restarts') return []
  const all = [1, 2, 4].flatMap((workers) => [1_024, 1].flatMap((batchRows) => [true, false].map((compile): Mode => (
    { strategy: 'pipelines', workers, compile, batchRows, memory: MEMORY['state.memory-limit'] }))))
  return process.env['MILLRACE_MODES'] === 'all' ? all : all.filter((_, i) => i % 6 === turn % 6)
}

const engine = new Engine(4)
const scratch = mkdtempSync(join(tmpdir(), 'millrace-slt-spill-'))

afterAll(async () => {
  await engine.close()
  rmSync(scratch, { recursive: true, force: true })
})

const chosen = FILES.filter((name) => ONLY === undefined || ONLY === name)
test.skipIf(chosen.length > 0)('the file asked for does not aggregate', () => {})

for (const name of chosen) {
  describe(`${name}.slt, beyond memory`, () => {
    const file = parseSlt(`${name}.slt`, readFileSync(join(FOLDER, `${name}.slt`), 'utf8'))
    const folder = join(scratch, name)
    mkdirSync(folder)
    const create = file.tables.map((table) => writeTable(table, folder)).join('')

    for (const [index, step] of file.steps.entries()) {
      if (step.kind === 'error') continue
      test(`line ${step.line}: ${step.sql.replaceAll(/\s+/g, ' ').slice(0, 90)}`, async () => {
        if (step.kind === 'changes') {
          await expectChanges(file, step, null, MEMORY)
          return
        }
        for (const mode of modesOf(index)) {
          const result = await engine.run(create + step.sql, mode, folder)
          if (!answersAs(step, result)) expect(textOf(step, result), modeName(mode)).toEqual(step.expected)
          expect(conserves(result.stats), `${modeName(mode)} conserves rows`).toBe(true)
        }
        for (const seed of restartSeeds(step.line)) {
          const result = await answerWithRestarts(create + step.sql, seed, step.ordered, MEMORY)
          if (!answersAs(step, result)) expect(textOf(step, result), `with restarts, seed ${seed}`).toEqual(step.expected)
          expect(result.conserves, `with restarts, seed ${seed}: conserves rows`).toBe(true)
        }
      })
    }
  })
}
