import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { millraceCommand, type Outcome } from './command.js'

const folder = mkdtempSync(join(tmpdir(), 'millrace-functions-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const FUNCTIONS = `
export const throwing = (id) => { if (id === 13) throw new Error('unlucky'); return id }
export const wrong = (id) => (id === 13 ? 'thirteen' : id)
export const slow = (id) => { for (const end = Date.now() + (id === 13 ? 300 : 0); Date.now() < end;); return id }
export const never = { kind: 'async scalar function', args: ['INT'], returns: 'INT', timeoutMs: 300, eval: (id) => (id === 13 ? new Promise(() => {}) : Promise.resolve(id)) }
export const tardy = { kind: 'async scalar function', args: ['INT'], returns: 'INT', timeoutMs: 150,
  eval: (id) => new Promise((resolve) => setTimeout(resolve, id === 13 ? 400 : 1, id)) }
export const total = { kind: 'aggregate function', args: ['INT'], returns: 'BIGINT', create: () => 0n, accumulate: (sum, id) => sum + BigInt(id), merge: (a, b) => a + b, result: (sum) => sum }
`

beforeAll(() => {
  writeFileSync(join(folder, 'functions.mjs'), FUNCTIONS)
  writeFileSync(join(folder, 'broken.mjs'), 'export function (')
  writeFileSync(join(folder, 'throws.mjs'), "throw new Error('not today')")
  for (let part = 0; part < 4; part++) {
    writeFileSync(join(folder, `part-${part}.ndjson`), Array.from({ length: 10 }, (_, i) => `{"id":${part * 10 + i}}\n`).join(''))
  }
})

const CREATE = ['throwing', 'wrong', 'slow'].map((name) => `CREATE FUNCTION ${name} (id INT) RETURNS INT AS './functions.mjs';`)
  .concat(['never', 'tardy', 'total'].map((name) => `CREATE FUNCTION ${name} AS './functions.mjs';`)).join('\n')

function run(select: string, workers: number, options = ''): Promise<Outcome> {
  const sql = `${CREATE}
    CREATE TABLE t (id INT) WITH ('connector' = 'file', 'path' = 'part-*.ndjson', 'format' = 'json'${options});
    ${select}`
  writeFileSync(join(folder, 'job.sql'), sql)
  return millraceCommand(['run', 'job.sql', '--workers', String(workers), '--output', 'csv', '--quiet'], { cwd: folder })
}

describe.each([1, 4])('functions of the user at %i workers', (workers) => {
  test.each([
    ['throwing', 'FUNCTION_FAILED', 'throwing failed: unlucky'],
    ['wrong', 'FUNCTION_RESULT', 'wrong returned the string "thirteen", which is no INT'],
    ['never', 'FUNCTION_TIMEOUT', 'never gave no result within 300 ms'],
    ['tardy', 'FUNCTION_TIMEOUT', 'tardy gave no result within 150 ms'],
  ])('%s ends the job with its code and its row', async (name, code, message) => {
    const { code: exit, stderr } = await run(`SELECT sum(${name}(id)) AS s FROM t`, workers)
    expect(stderr).toMatch(new RegExp(`^${code}  t, split .*part-1\\.ndjson.*, position 30: ${message}`))
    expect(exit).toBe(1)
  })

  test.each(['throwing', 'wrong', 'never'])('%s is skipped where the table says so', async (name) => {
    const { stdout, code } = await run(`SELECT count(*) AS n, sum(${name}(id)) AS s FROM t`, workers, ", 'on-error' = 'skip'")
    expect([stdout, code]).toEqual(['n,s\n39,767\n', 0])
  })

  test('a slow one takes its time', async () => {
    expect((await run('SELECT sum(slow(id)) AS s, total(id) AS t FROM t', workers)).stdout).toBe('s,t\n780,780\n')
  })
})

describe('modules that cannot be had', () => {
  test.each([
    ['./none.mjs', 'SQL_FUNCTION_MODULE', "no module './none.mjs'"],
    ['./broken.mjs', 'SQL_FUNCTION_MODULE', 'SyntaxError'],
    ['./throws.mjs', 'SQL_FUNCTION_MODULE', 'not today'],
    ['./functions.mjs#nothing', 'SQL_FUNCTION_EXPORT', 'exports no `nothing`'],
    ['functions.mjs', 'SQL_FUNCTION_MODULE', "a file beside the SQL is './functions.mjs'"],
    ['com.example.Udf', 'SQL_FUNCTION_MODULE', 'functions are written in JavaScript here'],
  ])('%s', async (module, code, message) => {
    writeFileSync(join(folder, 'job.sql'), `CREATE FUNCTION f (id INT)\n  RETURNS INT AS '${module}';\nSELECT f(1)`)
    const outcome = await millraceCommand(['check', 'job.sql'], { cwd: folder })
    expect(outcome.stderr).toMatch(new RegExp(`^${code}  job\\.sql:2:18  `))
    expect(outcome.stderr).toContain(message)
    expect(outcome.code).toBe(2)
  })
})
