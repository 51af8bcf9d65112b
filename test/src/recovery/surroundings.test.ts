import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { millraceCommand } from '../cli/command.js'

const root = mkdtempSync(join(tmpdir(), 'millrace-'))
const mounted: string[] = []
let folder: string
beforeEach(() => { folder = mkdtempSync(join(root, 'job-')) })
afterEach(() => { for (const path of mounted.splice(0)) execFileSync('umount', [path]) })
afterAll(() => rmSync(root, { recursive: true }))

/** A file system of its own; only the superuser may make one. */
function mount(path: string, options: string): void {
  mkdirSync(path)
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'pipe' })
  mounted.push(path)
}

const mayMount = ((): boolean => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const path = mkdtempSync(join(root, 'mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path], { stdio: 'pipe' })
    execFileSync('umount', [path])
    return true
  } catch {
    return false
  }
})()
if (!mayMount) process.stderr.write('full and read-only disks are not tested: that takes a Linux and the right to mount a file system\n')

const ROWS = 20_000

/** Every row that is read is written. */
function script(output: string): string {
  const path = `${folder}/in.ndjson`
  writeFileSync(path, Array.from({ length: ROWS }, (_, n) => `{"n":${n}}\n`).join(''))
  return `CREATE TABLE i (n BIGINT) WITH ('connector' = 'file', 'path' = '${path}', 'format' = 'json');
    CREATE TABLE o (n BIGINT) WITH ('connector' = 'file', 'path' = '${output}', 'format' = 'csv');
    INSERT INTO o SELECT n FROM i`
}

function written(output: string): number[] {
  return readdirSync(output).filter((name) => name.startsWith('part-'))
    .flatMap((name) => readFileSync(`${output}/${name}`, 'utf8').trim().split('\n').map(Number)).sort((a, b) => a - b)
}

const ALL = Array.from({ length: ROWS }, (_, n) => n)

test.skipIf(!mayMount)('a disk that is full of something else is waited for', async () => {
  const disk = `${folder}/disk`
  mount(disk, 'size=512k')
  writeFileSync(`${disk}/ballast`, Buffer.alloc(500 * 1_024))
  const args = ['run', '-e', script(`${disk}/out`), '--workers', '2', '--checkpoint', `${folder}/checkpoints`, '--checkpoint-interval', '50ms']
  const { code, stderr } = await millraceCommand(args, {
    onStderr: (text) => { if (text.includes('ENOSPC')) rmSync(`${disk}/ballast`, { force: true }) },
  })
  expect(stderr).toMatch(/SINK_UNWRITABLE: .*ENOSPC.*going on from the last checkpoint/)
  expect(code).toBe(0)
  expect(written(`${disk}/out`)).toEqual(ALL)
})

test.skipIf(!mayMount)('a disk that stays full ends the job in a code, and leaves nothing half written to be seen', async () => {
  const disk = `${folder}/disk`
  mount(disk, 'size=64k')
  const args = ['run', '-e', script(`${disk}/out`), '--workers', '2', '--checkpoint', `${folder}/checkpoints`, '--checkpoint-interval', '50ms', '--restart-limit', '1']
  const { code, stderr } = await millraceCommand(args)
  expect(code).toBe(1)
  expect(stderr).toMatch(/SINK_UNWRITABLE/)
  expect(stderr).toMatch(/given up after 2 failures without a checkpoint between them/)
  expect(written(`${disk}/out`)).toEqual([])
})

test.skipIf(!mayMount)('checkpoints on a disk that is full for a while hold nothing up', async () => {
  const disk = `${folder}/disk`
  mount(disk, 'size=64k')
  writeFileSync(`${disk}/ballast`, Buffer.alloc(60 * 1_024))
  const room = setTimeout(() => rmSync(`${disk}/ballast`), 1_000)
  const { code, stderr } = await millraceCommand(['run', '-e', script(`${folder}/out`), '--workers', '2', '--checkpoint', `${disk}/checkpoints`, '--checkpoint-interval', '50ms'])
  clearTimeout(room)
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(written(`${folder}/out`)).toEqual(ALL)
})

test.skipIf(!mayMount)('a disk that can only be read ends the job at once', async () => {
  const disk = `${folder}/disk`
  mount(disk, 'size=64k,ro')
  const started = performance.now()
  const toSink = await millraceCommand(['run', '-e', script(`${disk}/out`), '--checkpoint', `${folder}/checkpoints`])
  expect(toSink).toMatchObject({ code: 1, stderr: expect.stringMatching(/^SINK_UNWRITABLE/m) })
  const toCheckpoints = await millraceCommand(['run', '-e', script(`${folder}/out`), '--checkpoint', `${disk}/checkpoints`])
  expect(toCheckpoints).toMatchObject({ code: 1, stderr: expect.stringMatching(/^CHECKPOINT_UNWRITABLE/m) })
  expect(performance.now() - started).toBeLessThan(20_000)
})

test('a file in the place of the directory for checkpoints is told of at once', async () => {
  writeFileSync(`${folder}/checkpoints`, '')
  const { code, stderr } = await millraceCommand(['run', '-e', script(`${folder}/out`), '--checkpoint', `${folder}/checkpoints`])
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/CHECKPOINT_UNWRITABLE/) })
})
