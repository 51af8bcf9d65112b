import { createRuntime } from '@millrace/runtime'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

/** Rows, over half as many keys: more with `MILLRACE_ROWS`. */
const ROWS = Number(process.env['MILLRACE_ROWS'] ?? 120_000)
const folder = mkdtempSync(join(tmpdir(), 'millrace-beyond-'))
const runtime = createRuntime({ workers: 4 })
let runs = 0

afterAll(async () => {
  await runtime.close()
  rmSync(folder, { recursive: true, force: true })
})

/** What a job wrote, as a hash of its lines without regard to their order, and the most bytes of state that one worker told of. */
async function written(workers: number, set: Readonly<Record<string, string>>): Promise<{ hash: string; lines: number; stateBytesMax: number }> {
  const out = join(folder, `out-${runs++}`)
  const job = await runtime.run(`
    CREATE TABLE g (k BIGINT, v BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '${ROWS}', 'seed' = '7',
      'fields.k.min' = '0', 'fields.k.max' = '${ROWS / 2 - 1}', 'fields.v.min' = '0', 'fields.v.max' = '1000');
    CREATE TABLE result (k BIGINT, name STRING, n BIGINT, total BIGINT, most BIGINT) WITH ('connector' = 'file', 'path' = '${out}', 'format' = 'csv');
    INSERT INTO result SELECT k, 'key ' || k, count(*), sum(v), max(v) FROM g GROUP BY k, 'key ' || k;`, { workers, set })
  let stateBytesMax = 0
  const watching = setInterval(() => {
    stateBytesMax = Math.max(stateBytesMax, ...job.stats().workers.map(({ stateBytes }) => stateBytes))
  }, 5)
  await job.done
  clearInterval(watching)
  const lines = readdirSync(out).filter((name) => name.startsWith('part-')).flatMap((name) => readFileSync(join(out, name), 'utf8').split('\n').slice(0, -1))
  rmSync(out, { recursive: true, force: true })
  return { hash: createHash('sha256').update(lines.sort().join('\n')).digest('hex'), lines: lines.length, stateBytesMax }
}

describe('more groups than memory is allowed for', () => {
  it('gives what all of them in memory give, and leaves no files', async () => {
    const spillDirectory = join(folder, 'spill')
    const expected = await written(2, {})
    expect(expected.lines).toBeGreaterThan(ROWS / 3)
    for (const workers of [1, 2, 4]) {
      const { hash } = await written(workers, { 'state.memory-limit': '256kb', 'state.spill-directory': spillDirectory })
      expect(hash, `${workers} workers`).toBe(expected.hash)
    }
    expect(existsSync(spillDirectory)).toBe(true)
    expect(readdirSync(spillDirectory)).toEqual([])
  })

  it('keeps to what is allowed', async () => {
    const free = await written(1, {})
    const bound = await written(1, { 'state.memory-limit': '1mb' })
    expect(bound.hash).toBe(free.hash)
    expect(free.stateBytesMax).toBeGreaterThan(4_000_000)
    expect(bound.stateBytesMax).toBeLessThan(1_500_000)
  })
})
