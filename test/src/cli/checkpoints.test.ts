import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { millraceCommand } from './command.js'

const folder = mkdtempSync(join(tmpdir(), 'millrace-cli-checkpoints-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ROWS = 8_000
const job = join(folder, 'job.sql')
writeFileSync(job, `
CREATE TABLE g (i BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '${ROWS}', 'rows-per-second' = '2000', 'fields.i.kind' = 'sequence');
CREATE TABLE sink (i BIGINT) WITH ('connector' = 'file', 'path' = 'out', 'format' = 'json');
INSERT INTO sink SELECT i FROM g;`)

test('a job that is interrupted goes on with --restore, and ends once', async () => {
  const args = ['run', job, '--checkpoint', join(folder, 'ck')]
  const stats = join(folder, 'stats.json')
  const first = await millraceCommand([...args, '--checkpoint-interval', '200ms', '--workers', '2', '--restore'], { interruptAfterMs: 2_500 })
  expect(first.stderr).toMatch(/the job starts afresh[^]*stopped at the checkpoint of epoch \d+; go on with .* --restore/)
  expect(first.code).toBe(130)

  const refused = await millraceCommand([...args, '--workers', '2'])
  expect(refused.stderr).toMatch(/^CHECKPOINT_EXISTS .*--restore/)
  expect(refused.code).toBe(2)

  const second = await millraceCommand([...args, '--workers', '3', '--restore', '--stats', stats])
  expect(second.stderr).toMatch(/^restored from epoch \d+ of /)
  expect(second.code).toBe(0)
  const counted = JSON.parse(readFileSync(stats, 'utf8')) as { rowsIn: number; checkpoints: { restoredEpoch: number; lastEpoch: number } }
  expect(counted.rowsIn).toBe(ROWS)
  expect(counted.checkpoints.lastEpoch).toBeGreaterThan(counted.checkpoints.restoredEpoch)

  const third = await millraceCommand([...args, '--workers', '1', '--restore'])
  expect([third.code, third.stderr]).toEqual([0, expect.stringMatching(/had come to its end/) as string])
  expect((await millraceCommand([...args, '--restore', '--quiet'])).stderr).toBe('')

  const numbers = readdirSync(join(folder, 'out')).flatMap((name) => readFileSync(join(folder, 'out', name), 'utf8').trim().split('\n'))
    .map((line) => (JSON.parse(line) as { i: number }).i)
  expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: ROWS }, (_, i) => i))
}, 60_000)

test.each<[string, string[], RegExp]>([
  ['--restore without a place', ['--restore'], /--restore goes with --checkpoint/],
  ['an interval without a place', ['--checkpoint-interval', '1s'], /--checkpoint-interval goes with --checkpoint/],
  ['an interval that is none', ['--checkpoint', join(folder, 'x'), '--checkpoint-interval', 'often'], /give a duration/],
  ['a strategy that takes none', ['--checkpoint', join(folder, 'x'), '--strategy', 'coordinator'], /OPTION_INVALID/],
])('%s is refused', async (_, flags, message) => {
  const { code, stderr } = await millraceCommand(['run', job, ...flags])
  expect(stderr).toMatch(message)
  expect(code).toBe(2)
})
