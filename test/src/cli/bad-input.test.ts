import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { millraceCommand } from './command.js'

const folder = mkdtempSync(join(tmpdir(), 'millrace-bad-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0

/** A file with these bytes and a job that copies it into a folder `out`. */
function copyJob(bytes: string | Uint8Array, columns = 'a INT, s STRING', options = ''): { sql: string; out: string } {
  const path = join(folder, `input-${files}.ndjson`)
  const out = join(folder, `out-${files++}`)
  writeFileSync(path, bytes)
  return {
    sql: `CREATE TABLE source (${columns}) WITH ('connector' = 'file', 'path' = '${path}', 'format' = 'json'${options});
CREATE TABLE sink (${columns}) WITH ('connector' = 'file', 'path' = '${out}', 'format' = 'json');
INSERT INTO sink SELECT * FROM source;`,
    out,
  }
}

function written(out: string): string[] {
  try {
    return readdirSync(out).filter((name) => name.startsWith('part-'))
  } catch {
    return []
  }
}

const GOOD = '{"a":1,"s":"x"}\n'
const bad: Record<string, string | Uint8Array> = {
  'truncated JSON': `${GOOD}{"a":2,"s":"y`,
  'not JSON at all': `${GOOD}hello world\n${GOOD}`,
  'text in an INT column': `${GOOD}{"a":"twelve","s":"y"}\n`,
  'a number beyond INT': `${GOOD}{"a":2147483648,"s":"y"}\n`,
  'a fraction in an INT column': `${GOOD}{"a":1.5,"s":"y"}\n`,
  'a lone surrogate': `${GOOD}{"a":2,"s":"\\ud800"}\n`,
  'invalid UTF-8': Buffer.concat([Buffer.from(`${GOOD}{"a":2,"s":"`), Buffer.from([0xff, 0xfe]), Buffer.from('"}\n')]),
  'a NUL byte between rows': `${GOOD}\0\n${GOOD}`,
  'an array instead of an object': `${GOOD}[1,2]\n`,
  'two objects in a line': `${GOOD}{"a":2,"s":"y"}{"a":3,"s":"z"}\n`,
}

describe('a record that cannot be decoded', () => {
  test.each(Object.entries(bad))('%s fails the job with a code and a place, and leaves no part file', async (_, bytes) => {
    const { sql, out } = copyJob(bytes)
    for (const workers of ['1', '2']) {
      const { code, stderr } = await millraceCommand(['run', '-e', sql, '--workers', workers])
      expect(code, stderr).toBe(1)
      expect(stderr).toMatch(/^(ROW_UNDECODABLE|NUMERIC_OVERFLOW|CAST_FAILED)  /)
      expect(stderr).toMatch(/position/)
      expect(written(out)).toEqual([])
    }
  })

  test.each(Object.entries(bad))('%s is skipped and counted under on-error = skip', async (_, bytes) => {
    const { sql } = copyJob(bytes, 'a INT, s STRING', ", 'on-error' = 'skip'")
    const stats = join(folder, `stats-${files++}.json`)
    const { code, stderr } = await millraceCommand(['run', '-e', sql, '--workers', '2', '--stats', stats])
    expect(code, stderr).toBe(0)
    const { default: counted } = await import(stats, { with: { type: 'json' } }) as { default: { rowsIn: number; rowsOut: number; rowsDeadLettered: number } }
    expect(counted.rowsDeadLettered).toBeGreaterThan(0)
    expect(counted.rowsIn).toBe(counted.rowsOut + counted.rowsDeadLettered)
  })

  test('the dead-letter table keeps the record, its place and why', async () => {
    const path = join(folder, 'letters.ndjson')
    const dead = join(folder, 'dead')
    writeFileSync(path, `${GOOD}{"a":"twelve"}\n{"a":0,"s":"zero"}\n`)
    const { code, stdout, stderr } = await millraceCommand(['run', '--output', 'ndjson', '-e', `
CREATE TABLE source (a INT, s STRING) WITH ('connector' = 'file', 'path' = '${path}', 'format' = 'json', 'on-error' = 'dead-letter', 'dead-letter' = 'letters');
CREATE TABLE letters (record STRING, source STRING, split STRING, \`position\` STRING, error_code STRING, error_message STRING) WITH ('connector' = 'file', 'path' = '${dead}', 'format' = 'json');
CREATE TABLE sink (n INT, s STRING) WITH ('connector' = 'blackhole');
INSERT INTO sink SELECT 100 / a, s FROM source;`])
    expect(code, stderr).toBe(0)
    expect(stdout).toBe('')
    const letters = await millraceCommand(['run', '--output', 'csv', '-e', `
CREATE TABLE letters (record STRING, source STRING, \`position\` STRING, error_code STRING) WITH ('connector' = 'file', 'path' = '${dead}', 'format' = 'json');
SELECT record, source, \`position\`, error_code FROM letters ORDER BY record;`])
    expect(letters.stdout.split('\n').slice(1, 3)).toEqual([
      '"{""a"":""twelve""}",source,16,ROW_UNDECODABLE',
      '"{""a"":0,""s"":""zero""}",source,31,DIVISION_BY_ZERO',
    ])
  })
})

describe('what is odd but right', () => {
  const fine: Record<string, [string | Uint8Array, number]> = {
    'a byte order mark': [`\ufeff${GOOD}`, 1],
    'CRLF line ends': ['{"a":1,"s":"x"}\r\n{"a":2,"s":"y"}\r\n', 2],
    'no newline at the end': ['{"a":1,"s":"x"}\n{"a":2,"s":"y"}', 2],
    'blank lines': [`\n${GOOD}\n\n${GOOD}`, 2],
    'an escaped NUL': ['{"a":1,"s":"\\u0000"}\n', 1],
    'a 10 MB line': [`{"a":1,"s":"${'x'.repeat(10_000_000)}"}\n${GOOD}`, 2],
    'unknown and missing fields': ['{"z":{"deep":[1,2]},"a":1}\n{}\n', 2],
    'a repeated field': ['{"a":1,"a":2}\n', 1],
    'an empty file': ['', 0],
  }
  test.each(Object.entries(fine))('%s', async (_, [bytes, rows]) => {
    const { sql, out } = copyJob(bytes)
    for (const workers of ['1', '2']) {
      const stats = join(folder, `fine-${files++}.json`)
      const { code, stderr } = await millraceCommand(['run', '-e', sql, '--workers', workers, '--stats', stats])
      expect(code, stderr).toBe(0)
      const { default: counted } = await import(stats, { with: { type: 'json' } }) as { default: { rowsIn: number; rowsOut: number } }
      expect([counted.rowsIn, counted.rowsOut]).toEqual([rows, rows])
      rmSync(out, { recursive: true, force: true })
    }
  })
})

describe('what is wrong before the job starts ends with 2', () => {
  const file = (path: string, more = ''): string => `CREATE TABLE t (a INT) WITH ('connector' = 'file', 'path' = '${path}', 'format' = 'json'${more});\nSELECT a FROM t;`
  const cases: Record<string, [readonly string[], RegExp]> = {
    'unknown column': [['run', '-e', `${file(join(folder, 'x.ndjson'))}`.replace('SELECT a', 'SELECT aa')], /SQL_COLUMN_UNKNOWN {2}-e:2:8 .*aa/],
    'unknown option': [['run', '-e', file(join(folder, 'x.ndjson'), ", 'pth' = 'y'")], /OPTION_UNKNOWN .*pth[\s\S]*path/],
    'bad option value': [['run', '-e', file(join(folder, 'x.ndjson'), ", 'split-bytes' = 'many'")], /OPTION_INVALID/],
    'missing file': [['run', '-e', file(join(folder, 'missing.ndjson'))], /SOURCE_MISSING .*missing\.ndjson/],
    'unknown connector': [['run', '-e', "CREATE TABLE t (a INT) WITH ('connector' = 'flie'); SELECT a FROM t"], /CONNECTOR_UNKNOWN .*flie/],
    'syntax': [['run', '-e', 'SELECT FROM'], /SQL_SYNTAX {2}-e:1:\d+/],
    'no input': [['run'], /USAGE/],
    'missing SQL file': [['run', join(folder, 'none.sql')], /SOURCE_MISSING .*none\.sql/],
    'unknown command': [['rnu'], /unknown command/],
    'unknown flag': [['run', '--wrokers', '2', '-e', 'SELECT 1'], /unknown option/],
    'workers that are no number': [['run', '--workers', 'many', '-e', 'SELECT 1'], /OPTION_INVALID/],
    'a parameter without value': [['run', '-e', 'SELECT ${x}'], /SQL_PARAMETER_MISSING .*x/],
  }
  writeFileSync(join(folder, 'x.ndjson'), '{"a":1}\n')
  test.each(Object.entries(cases))('%s', async (_, [args, message]) => {
    const { code, stdout, stderr } = await millraceCommand(args)
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
    expect(stdout).toBe('')
  })

  test.skipIf(process.getuid?.() === 0)('an unreadable directory', async () => {
    const path = join(folder, 'locked')
    mkdirSync(path)
    chmodSync(path, 0)
    const { code, stderr } = await millraceCommand(['run', '-e', file(path)])
    expect([code, /SOURCE_UNREADABLE/.test(stderr)]).toEqual([2, true])
  })
})

test('SIGINT drains, commits what was read and ends with 130', async () => {
  const out = join(folder, 'drained')
  const { code, stderr } = await millraceCommand(['run', '--workers', '2', '-e', `
CREATE TABLE g (i BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000', 'fields.i.kind' = 'sequence');
CREATE TABLE sink (i BIGINT) WITH ('connector' = 'file', 'path' = '${out}', 'format' = 'json');
INSERT INTO sink SELECT i FROM g;`], { interruptAfterMs: 2_500 })
  expect(code, stderr).toBe(130)
  const count = await millraceCommand(['run', '--output', 'csv', '-e', `CREATE TABLE d (i BIGINT) WITH ('connector' = 'file', 'path' = '${out}', 'format' = 'json'); SELECT count(*) AS n, count(DISTINCT i) AS d FROM d`])
  const [rows, distinct] = count.stdout.split('\n')[1]!.split(',').map(Number)
  expect(rows).toBeGreaterThan(100)
  expect(distinct).toBe(rows)
})
