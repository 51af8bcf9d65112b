import { MillraceError, isApproximate } from '@millrace/core'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { canonical, agree } from '../differential/compare.js'
import { DuckdbOracle } from '../differential/duckdb-oracle.js'
import { Engine, conserves, modeName, someModes } from '../engine.js'
import type { Mode, Result } from '../engine.js'
import { duckdbTable, writeTable } from './slt-table.js'
import { parseSlt, updateSlt } from './slt-file.js'
import type { SltFile, SltQuery } from './slt-file.js'
import { answerWithRestarts, restartSeeds } from './slt-restarts.js'
import { expectChanges, expectRefused, rowsPushed } from './slt-stream.js'

export const FOLDER: string = fileURLToPath(new URL('../../sql/', import.meta.url))
const UPDATE = process.env['MILLRACE_SLT_UPDATE'] === '1'
const ONLY = process.env['MILLRACE_SLT']
const REFERENCE: Mode = { strategy: 'single', workers: 1, compile: false, batchRows: 1_024 }

/**
 * Every second conformance file in every mode, so that two cores share the work. `MILLRACE_SLT_UPDATE=1` writes the answers of one thread
 * into the files (where DuckDB agrees); `MILLRACE_SLT=name` runs one file.
 */
export function testConformance(half: 0 | 1): void {
  const engine = new Engine(8)
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-slt-'))
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.slt')).filter((_, i) => i % 2 === half)

  afterAll(async () => {
    await engine.close()
    rmSync(scratch, { recursive: true, force: true })
  })

  test('there are files', () => expect(files).not.toEqual([]))
  for (const name of files) if (ONLY === undefined || name === `${ONLY}.slt`) testFile(name, scratch, engine)
}

function testFile(name: string, scratch: string, engine: Engine): void {
  const text = readFileSync(join(FOLDER, name), 'utf8')
  const file = parseSlt(name, text)
  describe(name, () => {
    const folder = join(scratch, name)
    mkdirSync(folder)
    const create = file.tables.map((table) => writeTable(table, folder)).join('')
    const answers = new Map<readonly [number, number], readonly string[]>()

    for (const [index, step] of file.steps.entries()) {
      const title = `line ${step.line}: ${step.sql.replaceAll(/\s+/g, ' ').slice(0, 90)}`
      if (step.kind === 'error') {
        test(title, async () => {
          if (file.streams.length > 0) return expectRefused(file, step)
          for (const mode of [REFERENCE, ...someModes(index).filter((m) => m.batchRows === 1_024)]) {
            await expect(engine.run(create + step.sql, mode, folder), modeName(mode)).rejects.toMatchObject({ code: step.code })
          }
        })
        continue
      }
      if (step.kind === 'changes') {
        test(title, async () => {
          const folded = await expectChanges(file, step, UPDATE ? answers : null)
          if (step.duckdb !== null) await expectDuckdbAgrees(rowsPushed(file, step), { ordered: false, sql: step.duckdb, duckdb: null }, folded)
        })
        continue
      }
      test(title, async () => {
        const reference = await engine.run(create + step.sql, REFERENCE, folder)
        if (UPDATE) {
          await expectDuckdbAgrees(file, step, reference)
          answers.set(step.expectedLines, textOf(step, reference))
          return
        }
        for (const mode of someModes(index)) {
          const result = await engine.run(create + step.sql, mode, folder)
          if (!answersAs(step, result)) expect(textOf(step, result), modeName(mode)).toEqual(step.expected)
          expect(conserves(result.stats), `${modeName(mode)} conserves rows: ${JSON.stringify({ ...result.stats, workers: [] })}`).toBe(true)
        }
        for (const seed of restartSeeds(step.line)) {
          const result = await answerWithRestarts(create + step.sql, seed, step.ordered)
          if (!answersAs(step, result)) expect(textOf(step, result), `with restarts, seed ${seed}`).toEqual(step.expected)
          expect(result.conserves, `with restarts, seed ${seed}: conserves rows`).toBe(true)
        }
        await expectDuckdbAgrees(file, step, reference)
      })
    }

    if (UPDATE) afterAll(() => writeFileSync(join(FOLDER, name), updateSlt(text, answers)))
  })
}

export function textOf(step: SltQuery, result: Pick<Result, 'rows'>): string[] {
  const lines = result.rows.map((row) => row.map((cell) => (cell === null ? 'NULL' : cell === '' ? "''" : cell.replaceAll('\n', '\\n'))).join(' | '))
  return step.ordered ? lines : lines.toSorted()
}

/** True if a result is what the file says: to the letter, but for the last digits of DOUBLEs. */
export function answersAs(step: SltQuery, result: Pick<Result, 'schema' | 'rows'>): boolean {
  const lines = textOf(step, result)
  const types = result.schema.map((field) => field.type)
  return lines.length === step.expected.length && lines.every((line, i) => {
    const cells = line.split(' | ')
    const expected = step.expected[i]!.split(' | ')
    return line === step.expected[i] || cells.every((cell, c) => cell === expected[c] || (isApproximate(types[c]!) && agree(cell, expected[c]!, types[c]!)))
  })
}

async function expectDuckdbAgrees(
  file: Pick<SltFile, 'tables'>, step: Pick<SltQuery, 'ordered' | 'sql' | 'duckdb'>, ours: Pick<Result, 'schema' | 'rows'>,
): Promise<void> {
  if (step.duckdb !== null && 'none' in step.duckdb) return
  const oracle = await DuckdbOracle.open()
  try {
    for (const table of file.tables) for (const statement of duckdbTable(table)) await oracle.execute(statement)
    const theirs = await oracle.answer(step.duckdb?.sql ?? step.sql)
    if ('error' in theirs) throw new Error(`DuckDB does not answer: ${theirs.error}`)
    const types = ours.schema.map((field) => field.type)
    const bring = (rows: readonly (readonly (string | null)[])[]): string[][] => {
      const all = rows.map((row) => row.map((cell, i) => canonical(cell, types[i]!)))
      return step.ordered ? all : all.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    }
    const [left, right] = [bring(ours.rows), bring(theirs.rows)]
    const same = left.length === right.length && left.every((row, i) => row.every((cell, c) => agree(cell, right[i]![c]!, types[c]!)))
    if (!same) expect(left, 'DuckDB agrees').toEqual(right)
  } catch (error) {
    if (error instanceof MillraceError) throw new Error(`${error.code}: ${error.message}`, { cause: error })
    throw error
  } finally {
    oracle.close()
  }
}
