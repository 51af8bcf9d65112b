import { millrace } from '@millrace/runtime'
import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { millraceCommand } from './command.js'

const scratch = mkdtempSync(join(tmpdir(), 'millrace-inspect-'))
afterAll(() => rmSync(scratch, { recursive: true }))

const TABLES = `
CREATE TABLE t (k BIGINT, v BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '5000', 'fields.k.min' = '1', 'fields.k.max' = '3');
CREATE TABLE hole (k BIGINT, n BIGINT) WITH ('connector' = 'blackhole');
`
const COUNTS = 'INSERT INTO hole SELECT k, count(*) AS n FROM t GROUP BY k'
const checkpoints = join(scratch, 'checkpoints')

function file(name: string, sql: string): string {
  const path = join(scratch, name)
  writeFileSync(path, TABLES + sql)
  return path
}

/** Runs a query up to a checkpoint at which all keys have come. */
beforeAll(async () => {
  const job = await millrace.run(TABLES + COUNTS, { workers: 1, resolveFrom: [import.meta.url], checkpoint: { address: checkpoints, intervalMs: null } })
  while (job.stats().rowsIn < 100) await new Promise((resolve) => setTimeout(resolve, 20))
  await job.checkpoint()
  await job.drain()
}, 60_000)

describe('explain --diff', () => {
  it('ends with 0 where all state goes on', async () => {
    const { code, stdout } = await millraceCommand(['explain', '--diff', file('a.sql', COUNTS), file('b.sql', `${COUNTS.replace('AS n', 'AS how_many')} HAVING count(*) > 1`)])
    expect(stdout).toContain('Goes on:\n  Read t')
    expect(stdout).not.toContain('Lost')
    expect(code).toBe(0)
  })

  it('says what is lost and why, and ends with 1', async () => {
    const [old, now] = [file('a.sql', COUNTS), file('c.sql', COUNTS.replace('count(*)', 'sum(v)'))]
    const { code, stdout } = await millraceCommand(['explain', '--diff', old, now])
    expect(stdout).toContain('Lost:\n  Aggregate final  key=k  emit=changes\n    aggregate calls changed: + sum(v), - count(*)')
    expect(code).toBe(1)
    const json = await millraceCommand(['explain', '--diff', old, now, '--format', 'json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ lost: [{ kind: 'operator' }], fresh: [{ kind: 'operator' }], survives: [{ kind: 'scan' }, { kind: 'sink' }] })
    expect(json.code).toBe(1)
  })

  it('takes two files', async () => {
    expect(await millraceCommand(['explain', '--diff', file('a.sql', COUNTS)])).toMatchObject({ code: 2 })
  })
})

describe('run --restore of an edited query', () => {
  it('is refused where state would be lost, with what and why', async () => {
    const { code, stderr } = await millraceCommand(['run', file('c.sql', COUNTS.replace('count(*)', 'sum(v)')), '--checkpoint', checkpoints, '--restore', '--workers', '1'])
    expect(stderr).toContain('RESTORE_MISMATCH')
    expect(stderr).toContain('state of Aggregate final  key=k  emit=changes is lost: aggregate calls changed: + sum(v), - count(*)')
    expect(stderr).toContain('--allow-partial-restore')
    expect(code).toBe(2)
  })
})

describe('inspect', () => {
  it('tells what is in a directory of checkpoints', async () => {
    const { code, stdout } = await millraceCommand(['inspect', checkpoints])
    expect(stdout).toMatch(/^epoch \d+  \d{4}-.*  whole\n/)
    expect(stdout).toMatch(/Aggregate final {2}key=k {2}emit=changes {2}\[aggregate-[0-9a-f]{16}\]\n {2}groups of worker 0 {2}\d+ rows/)
    expect(stdout).toMatch(/split .* open .* position \d+/)
    expect(code).toBe(0)
  })

  it('does so for programs', async () => {
    const { stdout } = await millraceCommand(['inspect', checkpoints, '--format', 'json'])
    const { contents } = JSON.parse(stdout) as { contents: { operators: { tables: { name: string; rows: number }[] }[] } }
    expect(contents.operators[0]!.tables).toContainEqual(expect.objectContaining({ name: 'groups', worker: 0, bytes: expect.any(Number) as number }))
  })

  it('prints rows of a table of state', async () => {
    const { stdout } = await millraceCommand(['inspect', checkpoints, '--rows', 'aggregate/groups', '--limit', '2'])
    const rows = stdout.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(rows).toHaveLength(2)
    expect(Object.keys(rows[0]!)).toContain('key 0')
  })

  it('names what is there where something else is asked for', async () => {
    expect(await millraceCommand(['inspect', join(scratch, 'nowhere')])).toMatchObject({ code: 1, stderr: expect.stringContaining('CHECKPOINT_UNREADABLE') as string })
    expect(await millraceCommand(['inspect', checkpoints, '--epoch', '99'])).toMatchObject({ code: 2 })
    expect(await millraceCommand(['inspect', checkpoints, '--rows', 'aggregate/none'])).toMatchObject({ code: 2, stderr: expect.stringContaining('it has groups') as string })
  })

  it('says which checkpoint is damaged', async () => {
    const { stdout } = await millraceCommand(['inspect', checkpoints, '--format', 'json'])
    const [newest] = (JSON.parse(stdout) as { checkpoints: { epoch: number }[] }).checkpoints
    unlinkSync(join(checkpoints, `epoch-${String(newest!.epoch).padStart(10, '0')}`, 'worker-0-0'))
    expect((await millraceCommand(['inspect', checkpoints])).stdout).toContain('damaged: object epoch-')
  })
})
