import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { BIN, millraceCommand } from './command.js'

const folder = mkdtempSync(join(tmpdir(), 'millrace-output-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ENDLESS = "CREATE TABLE g (i BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '2000', 'fields.i.kind' = 'sequence');"

describe('the rows of a SELECT', () => {
  const sql = `SELECT * FROM (VALUES
    (1, CAST(1.50 AS DECIMAL(10, 2)), 'a"b', ARRAY[1, 2], CAST(NULL AS STRING)),
    (9007199254740993, 2.25, 'line 1\nline 2, 日本', ARRAY[3], '')) AS t(i, d, s, list, n)`
  const expected = {
    table: `\
┌──────────────────┬──────┬──────────────────────────┬────────┬──────┐
│                i │    d │ s                        │ list   │ n    │
├──────────────────┼──────┼──────────────────────────┼────────┼──────┤
│                1 │ 1.50 │ a"b                      │ [1, 2] │ NULL │
│ 9007199254740993 │ 2.25 │ line 1\\u000aline 2, 日本 │ [3]    │      │
└──────────────────┴──────┴──────────────────────────┴────────┴──────┘
`,
    ndjson: `\
{"i":1,"d":1.50,"s":"a\\"b","list":[1,2],"n":null}
{"i":9007199254740993,"d":2.25,"s":"line 1\\nline 2, 日本","list":[3],"n":""}
`,
    csv: `\
i,d,s,list,n
1,1.50,"a""b","[1, 2]",
9007199254740993,2.25,"line 1
line 2, 日本",[3],""
`,
  }
  test.each(Object.entries(expected))('as %s', async (format, text) => {
    expect(await millraceCommand(['run', '--output', format, '-e', sql])).toEqual({ code: 0, stdout: text, stderr: '' })
  })

  test('of a changelog begin with their kind', async () => {
    const changes = `CREATE TABLE g (i INT) WITH ('connector' = 'datagen', 'number-of-rows' = '6');
      SELECT count(*) AS n FROM g EMIT CHANGES`
    const { stdout } = await millraceCommand(['run', '--output', 'csv', '--strategy', 'single', '-e', changes])
    expect(stdout).toMatch(/^op,n\n\+I,\d/)
  })

  test('come after what was asked before them, though no row has come yet', async () => {
    const { stdout, code } = await millraceCommand(['run', '--output', 'csv', '-e', `${ENDLESS} SHOW TABLES; SELECT i FROM g LIMIT 1`])
    expect([stdout.split('\n').slice(0, 2), code]).toEqual([['g  table (datagen)', 'i'], 0])
  })
})

describe('a reader that closes the pipe', () => {
  const closed = (sql: string, format: string): Promise<{ code: number | null; stderr: string }> => new Promise((resolve) => {
    const child = spawn(process.execPath, [BIN, 'run', '--output', format, '-e', sql], { stdio: ['ignore', 'pipe', 'pipe'] })
    let stderr = ''
    child.stderr.on('data', (text: Buffer) => { stderr += text.toString() })
    child.stdout.once('data', () => child.stdout.destroy())
    const hang = setTimeout(() => child.kill('SIGKILL'), 30_000)
    child.once('close', (code) => {
      clearTimeout(hang)
      resolve({ code, stderr })
    })
  })

  test.each(['table', 'ndjson', 'csv'])('has seen enough of an endless SELECT, as %s', async (format) => {
    expect(await closed(`${ENDLESS} SELECT i FROM g`, format)).toEqual({ code: 0, stderr: '' })
  })

  test('keeps what comes after it from running, which is an error', async () => {
    const { code, stderr } = await closed(`${ENDLESS} SELECT i FROM g; SELECT 1`, 'ndjson')
    expect([code, stderr]).toEqual([1, expect.stringContaining('SINK_UNWRITABLE')])
  })
})

describe('a mistake that would show late or never', () => {
  const cases: Record<string, [readonly string[], RegExp]> = {
    'a parameter that the text has not': [['run', '--param', 'rosw=5', '-e', 'SELECT ${rows:1}'], /USAGE .*did you mean rows/],
    'statistics that cannot be written': [['run', '--stats', join(folder, 'none', 's'), '-e', 'SELECT 1'], /USAGE .*cannot be written/],
    'a directory for a SQL file': [['run', folder], /SOURCE_MISSING .*is a directory/],
  }
  test.each(Object.entries(cases))('%s is told before anything runs', async (_, [args, message]) => {
    const { code, stdout, stderr } = await millraceCommand(args)
    expect(stderr).toMatch(message)
    expect([code, stdout]).toEqual([2, ''])
  })

  test('a text without a job is told, unless quiet', async () => {
    expect((await millraceCommand(['run', '-e', ENDLESS])).stderr).toMatch(/nothing to run/)
    expect(await millraceCommand(['run', '--quiet', '-e', ENDLESS])).toEqual({ code: 0, stdout: '', stderr: '' })
  })
})

test('a job with checkpoints says what it promises of each of its tables', async () => {
  const sql = `CREATE TABLE g (i BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '10');
    CREATE TABLE sums (i BIGINT) WITH ('connector' = 'file', 'path' = '${join(folder, 'sums')}', 'format' = 'json');
    CREATE TABLE seen (i BIGINT) WITH ('connector' = 'stdout');
    INSERT INTO sums SELECT i FROM g; INSERT INTO seen SELECT i FROM g WHERE i < 0`
  const path = join(folder, 'promised.json')
  const { stderr, code } = await millraceCommand(['run', '--checkpoint', join(folder, 'promised'), '--stats', path, '-e', sql])
  expect([code, stderr]).toEqual([0, 'guarantee: exactly-once into sums (file); at-least-once to stdout\n'])
  expect((JSON.parse(readFileSync(path, 'utf8')) as { guarantees: unknown }).guarantees).toEqual([
    { table: 'sums', connector: 'file', guarantee: 'exactly-once' }, { table: 'seen', connector: 'stdout', guarantee: 'at-least-once' },
  ])
})

test('--stats holds what the documentation promises', async () => {
  const path = join(folder, 'stats.json')
  const sql = "CREATE TABLE g (i BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '1000'); SELECT count(*) FROM g"
  await millraceCommand(['run', '--workers', '2', '--stats', path, '-e', sql])
  const stats = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown> & { workers: Record<string, number>[] }
  expect(stats).toMatchObject({ rowsIn: 1_000, rowsOut: 1, rowsLate: 0, rowsDeadLettered: 0, bytesIn: 0, strategy: 'pipelines' })
  expect(stats['elapsedMs']).toBeGreaterThan(0)
  expect(stats['rowsPerSecond']).toBeGreaterThan(0)
  expect(stats.workers.map((worker) => worker['index'])).toEqual([0, 1])
  expect(Object.keys(stats.workers[0]!)).toEqual(expect.arrayContaining(['rowsIn', 'rowsOut', 'bytesIn', 'cpuMs']))
})
