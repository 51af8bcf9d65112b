import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const PACKAGES = ['core', 'testing', 'file', 'kafka', 'datagen', 's3', 'avro', 'protobuf', 'runtime', 'cli']
/** Has native code, and comes with no other. */
const OPTIONAL = 'lmdb'
const PNPM = ['--yes', 'pnpm@10.34.9']
const project = mkdtempSync(join(tmpdir(), 'millrace-packaging-'))

/** Packs every package and installs the tarballs into an empty project with npm. */
beforeAll(() => {
  const tarballs = join(project, 'tarballs')
  mkdirSync(tarballs)
  for (const name of PACKAGES) execFileSync('npx', [...PNPM, 'pack', '--pack-destination', tarballs], { cwd: join(ROOT, 'packages', name), stdio: 'pipe' })
  const versions = Object.fromEntries(readdirSync(tarballs).map((file) => {
    const name = PACKAGES.find((p) => file.startsWith(`millrace-${p}-`))!
    return [`@millrace/${name}`, `file:tarballs/${file}`]
  }))
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module', dependencies: versions, overrides: versions }))
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--omit=peer'], { cwd: project, stdio: 'pipe' })
}, 300_000)

afterAll(() => rmSync(project, { recursive: true, force: true }))

/** Whoever starts the tests may have told where packages of this repository are. */
const ALONE: NodeJS.ProcessEnv = { ...process.env, NODE_PATH: '' }

function node(script: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: project, encoding: 'utf8', env: ALONE })
}

test.each(PACKAGES)('@millrace/%s imports from an empty project', (name) => {
  expect(Number(node(`console.log(Object.keys(await import('@millrace/${name}')).length)`))).toBeGreaterThan(0)
})

test('no package carries tests, benches or the workspace protocol', () => {
  for (const name of PACKAGES) {
    const folder = join(project, 'node_modules', '@millrace', name)
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    expect(files.filter((file) => /\.(test|bench)\.|tsbuildinfo/.test(file)), name).toEqual([])
    expect(files.some((file) => file.endsWith('.d.ts')), `${name} has types`).toBe(true)
    expect(readFileSync(join(folder, 'package.json'), 'utf8'), name).not.toMatch(/workspace:|catalog:/)
  }
})

test('the command reads a file on two workers', () => {
  const rows = Array.from({ length: 1_000 }, (_, i) => `{"k":"${i % 3}","v":${i}}\n`).join('')
  writeFileSync(join(project, 'rows.ndjson'), rows)
  writeFileSync(join(project, 'job.sql'), `CREATE TABLE r (k STRING, v INT) WITH ('connector' = 'file', 'path' = 'rows.ndjson', 'format' = 'json', 'split-bytes' = '1000');
SELECT k, count(*) AS n, sum(v) AS s FROM r GROUP BY k ORDER BY k;`)
  const output = execFileSync('npx', ['millrace', 'run', 'job.sql', '--workers', '2', '--output', 'ndjson'], { cwd: project, encoding: 'utf8' })
  expect(output).toBe('{"k":"0","n":334,"s":166833}\n{"k":"1","n":333,"s":166167}\n{"k":"2","n":333,"s":166500}\n')
})

// Both load modules of their clients that those do not list.
test.each(['platformatic', 'kafkajs'])('a topic is asked for by %s', (driver) => {
  const run = spawnSync('npx', ['millrace', 'check', '-e', `CREATE TABLE t (v INT) WITH ('connector' = 'kafka', 'topic' = 't', 'format' = 'json', 'driver' = '${driver}',
    'properties.bootstrap.servers' = '127.0.0.1:1'); SELECT * FROM t`], { cwd: project, encoding: 'utf8' })
  expect(run.stderr).toMatch(/^KAFKA_UNAVAILABLE /)
})

test('the library streams rows', () => {
  const output = node(`import { millrace } from '@millrace/runtime'
const sql = "CREATE TABLE g (i INT) WITH ('connector' = 'datagen', 'number-of-rows' = '1000', 'fields.i.kind' = 'sequence'); SELECT sum(i) AS s FROM g"
for await (const row of millrace.query(sql, { workers: 2 })) console.log(String(row.s))`)
  expect(output.trim()).toBe('499500')
})

test('state beyond memory needs a package with native code, which comes with no other', () => {
  const files = readdirSync(join(project, 'node_modules'), { recursive: true, encoding: 'utf8' })
  expect(files.filter((file) => file.includes('lmdb'))).toEqual([])
  const sql = "SET 'state.memory-limit' = '64kb'; CREATE TABLE g (i INT) WITH ('connector' = 'datagen', 'number-of-rows' = '20000', 'fields.i.kind' = 'sequence'); "
    + 'SELECT count(*) AS n FROM (SELECT DISTINCT i FROM g) AS d'
  const script = `import { millrace } from '@millrace/runtime'
try {
  for await (const row of millrace.query(${JSON.stringify(sql)}, { workers: 2 })) console.log(String(row.n))
} catch (error) {
  console.log(error.code)
}`
  expect(node(script).trim()).toBe('STATE_STORE_MISSING')
  execFileSync('npx', [...PNPM, 'pack', '--pack-destination', join(project, 'tarballs')], { cwd: join(ROOT, 'packages', OPTIONAL), stdio: 'pipe' })
  const tarball = readdirSync(join(project, 'tarballs')).find((file) => file.startsWith(`millrace-${OPTIONAL}-`))!
  execFileSync('npm', ['install', '--no-audit', '--no-fund', `file:tarballs/${tarball}`], { cwd: project, stdio: 'pipe' })
  expect(node(script).trim()).toBe('20000')
}, 120_000)
