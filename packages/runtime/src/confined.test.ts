import { mkdirSync, mkdtempSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRuntime, type Runtime, type RunOptions } from './index.js'

/** A service that runs SQL of others: `inside` is theirs, everything else is not. */
let root: string
let inside: string
let runtime: Runtime
let options: RunOptions

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'confined-')))
  inside = join(root, 'inside')
  mkdirSync(join(inside, 'data'), { recursive: true })
  mkdirSync(join(root, 'outside'))
  mkdirSync(join(root, 'modules'))
  writeFileSync(join(inside, 'data', 'a.json'), '{"a":1}\n')
  writeFileSync(join(root, 'outside', 'secret.json'), '{"a":42}\n')
  writeFileSync(join(inside, 'evil.mjs'), 'globalThis.__evil = true\nexport const f = (x) => x\nexport const connector = { name: "x", reader: { open() {} } }\n')
  mkdirSync(join(inside, 'node_modules', 'millrace-connector-evil'), { recursive: true })
  writeFileSync(join(inside, 'node_modules', 'millrace-connector-evil', 'package.json'), '{"name":"millrace-connector-evil","type":"module","exports":"./index.js"}')
  writeFileSync(join(inside, 'node_modules', 'millrace-connector-evil', 'index.js'), 'globalThis.__evil = true\nexport const connector = { name: "evil", reader: { open() {} } }\n')
  writeFileSync(join(root, 'modules', 'good.mjs'), 'export const twice = (x) => x * 2\n')
  symlinkSync(join(root, 'outside'), join(inside, 'way-out'))
  symlinkSync(join(root, 'outside', 'secret.json'), join(inside, 'link.json'))
  symlinkSync(join(root, 'outside', 'not-yet.json'), join(inside, 'dangling.json'))
  mkdirSync(join(inside, 'globbed'))
  writeFileSync(join(inside, 'globbed', 'a.json'), '{"a":1}\n')
  symlinkSync(join(root, 'outside'), join(inside, 'globbed', 'linked'))
  runtime = createRuntime({ workers: 2 })
  options = { baseDirectory: inside, confineTo: inside, resolveFrom: [import.meta.url], strategy: 'single', workers: 1 }
})
afterAll(() => runtime.close())

const table = (path: string, more = ''): string => `CREATE TABLE t (a INT) WITH ('connector' = 'file', 'format' = 'json', 'path' = '${path}'${more});`

async function rowsOf(sql: string, more: RunOptions = {}): Promise<unknown[]> {
  const rows: unknown[] = []
  for await (const row of runtime.query(sql, { ...options, ...more })) rows.push(row)
  return rows
}

async function insert(sql: string): Promise<void> {
  await (await runtime.run(sql, options)).done
}

describe('a confined job', () => {
  it.each(['data', 'data/a.json', './data/*.json', 'data/../data/a.json'])('reads %s', async (path) => {
    expect(await rowsOf(`${table(path)} SELECT a FROM t`)).toEqual([{ a: 1 }])
  })

  it.each([
    '../outside/secret.json', '../outside', '../outside/*.json', '/etc/passwd', '/', 'data/../../outside/secret.json', 'link.json', '*.json', 'way-out', 'way-out/secret.json', 'way-out/*.json',
    '{../outside,data}/*.json', 'data/{../../outside/secret,a}.json', 'data/*/../../../outside/*.json', 'dangling.json',
  ])('does not read %s', async (path) => {
    // A glob that finds nothing inside has read nothing outside either.
    await expect(rowsOf(`${table(path)} SELECT a FROM t`)).rejects.toMatchObject({ code: expect.stringMatching(/^(?:PATH_OUTSIDE|SOURCE_MISSING|SOURCE_UNREADABLE)$/) })
  })

  it.each(['globbed', 'globbed/**'])('reads of %s what is no link', async (path) => {
    expect(await rowsOf(`${table(path)} SELECT a FROM t`)).toEqual([{ a: 1 }])
  })

  it('says why', async () => {
    await expect(rowsOf(`${table('link.json')} SELECT a FROM t`)).rejects.toMatchObject({ code: 'PATH_OUTSIDE', message: expect.stringMatching(/leads out of .*inside, to which this job is confined/) })
  })

  it('reads all of it where it is not confined', async () => {
    const { confineTo: _, ...free } = options
    const rows: unknown[] = []
    for await (const row of runtime.query(`${table('link.json')} SELECT a FROM t`, free)) rows.push(row)
    expect(rows).toEqual([{ a: 42 }])
  })

  it('writes inside', async () => {
    await insert(`${table('written')} INSERT INTO t VALUES (7)`)
    expect(await rowsOf(`${table('written')} SELECT a FROM t`)).toEqual([{ a: 7 }])
  })

  it.each([
    ['../outside/new', ''], ['/tmp/new-by-millrace', ''], ['way-out', ''], ['way-out/new', ''], ['way-out/new.json', ", 'single-file' = 'true'"], ['link.json', ", 'single-file' = 'true'"],
    ['dangling.json', ", 'single-file' = 'true'"], ['dangling.json', ''], ['data/../../outside/x.json', ", 'single-file' = 'true'"],
  ])('does not write %s%s', async (path, more) => {
    await expect(insert(`${table(path, more)} INSERT INTO t VALUES (7)`)).rejects.toMatchObject({ code: 'PATH_OUTSIDE' })
    expect(readFileSync(join(root, 'outside', 'secret.json'), 'utf8')).toBe('{"a":42}\n')
  })

  it('keeps partitions below their table, whatever the values', async () => {
    const values = ['../../outside/x', '..', '.', '/etc', 'a/b', 'a\\b', '%2e%2e', '\0', ''].map((text, i) => `('${text}', ${i})`)
    await insert(`CREATE TABLE p (k STRING, a INT) PARTITIONED BY (k) WITH ('connector' = 'file', 'format' = 'json', 'path' = 'parts'); INSERT INTO p VALUES ${values.join(', ')}`)
    const files = (await import('node:fs')).readdirSync(join(inside, 'parts'), { recursive: true, encoding: 'utf8' }).filter((file) => file.includes('part-'))
    expect(files).toHaveLength(values.length)
    for (const file of files) expect(file.split('/')).toHaveLength(2)
  })

  it('does not follow a folder of a partition that has become a link', async () => {
    mkdirSync(join(inside, 'linked-parts'))
    symlinkSync(join(root, 'outside'), join(inside, 'linked-parts', 'k=x'))
    await expect(insert("CREATE TABLE p (k STRING, a INT) PARTITIONED BY (k) WITH ('connector' = 'file', 'format' = 'json', 'path' = 'linked-parts'); INSERT INTO p VALUES ('x', 1)"))
      .rejects.toMatchObject({ code: 'PATH_OUTSIDE' })
  })

  it.each(['./evil.mjs', '../modules/good.mjs', 'millrace-connector-evil', 'fast-check', '@millrace/core', 'node:child_process', 'child_process'])('loads no functions from %s', async (module) => {
    await expect(rowsOf(`CREATE FUNCTION f (x INT) RETURNS INT AS '${module}#f'; SELECT f(1) AS a`)).rejects.toMatchObject({ code: 'MODULE_REFUSED' })
    expect(globalThis).not.toHaveProperty('__evil')
  })

  it.each(['./evil.mjs', 'evil', 'millrace-connector-evil', 'fast-check', '@millrace/core/../evil', 'fast-check/../../../evil.mjs'])('loads no connector from %s', async (connector) => {
    await expect(rowsOf(`CREATE TABLE t (a INT) WITH ('connector' = '${connector}'); SELECT a FROM t`)).rejects.toMatchObject({ code: expect.stringMatching(/^(?:MODULE_REFUSED|CONNECTOR_UNKNOWN)$/) })
    expect(globalThis).not.toHaveProperty('__evil')
  })

  it('loads functions from where it may', async () => {
    const sql = (module: string): string => `CREATE FUNCTION twice (x INT) RETURNS INT AS '${module}#twice'; SELECT twice(a) AS b FROM (VALUES (4)) AS v (a)`
    const modulesFrom = join(root, 'modules')
    expect(await rowsOf(sql('../modules/good.mjs'), { modulesFrom })).toEqual([{ b: 8 }])
    expect(await rowsOf(sql(join(root, 'modules', 'good.mjs')), { modulesFrom })).toEqual([{ b: 8 }])
    await expect(rowsOf(sql('./evil.mjs'), { modulesFrom })).rejects.toMatchObject({ code: 'MODULE_REFUSED' })
    await expect(rowsOf(sql('fast-check'), { modulesFrom })).rejects.toMatchObject({ code: 'MODULE_REFUSED' })
  })

  it('spills state inside or nowhere that SQL says', async () => {
    await expect(rowsOf(`SET 'state.spill-directory' = '${root}/outside'; SELECT 1 AS a`)).rejects.toMatchObject({ code: 'PATH_OUTSIDE' })
    await expect(rowsOf(`SET 'state.spill-directory' = '${inside}/way-out'; SELECT 1 AS a`)).rejects.toMatchObject({ code: 'PATH_OUTSIDE' })
    expect(await rowsOf(`SET 'state.spill-directory' = '${inside}/spill'; SELECT 1 AS a`)).toEqual([{ a: 1 }])
  })

  it('needs directories that are some', async () => {
    await expect(rowsOf('SELECT 1 AS a', { confineTo: join(root, 'nowhere') })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    await expect(rowsOf('SELECT 1 AS a', { modulesFrom: join(inside, 'link.json') })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    const { confineTo: _, ...free } = options
    await expect(runtime.run('SELECT 1', { ...free, modulesFrom: root })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  })
})
