#!/usr/bin/env node
// The commands of package.json that must work in a fresh clone with nothing but Node and npm: each makes sure that
// dependencies and build are there before it does its own work.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const PNPM = 'pnpm@10.34.9'
const [task, ...args] = process.argv.slice(2)

const TASKS = {
  start() {
    prepare()
    run(process.execPath, ['packages/cli/bin/millrace.js', 'run', 'examples/01-first-query/market.sql', '--progress', 'on', '--summary', ...args])
  },
  test() {
    prepare()
    run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...args])
  },
  prepare,
}

const chosen = Object.hasOwn(TASKS, task ?? '') ? TASKS[task] : undefined
if (chosen === undefined) {
  console.error(`usage: node scripts/task.mjs ${Object.keys(TASKS).join('|')}`)
  process.exit(2)
}
chosen()

function prepare() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`Millrace needs Node 20.19 or newer; this is ${process.versions.node}`)
    process.exit(1)
  }
  if (!installed()) {
    run('npx', ['--yes', PNPM, 'install', '--frozen-lockfile'], { stdout: 2 })
  }
  run(process.execPath, ['node_modules/typescript/bin/tsc', '-b'], { stdout: 2 })
}

/** pnpm writes the lock file it installed beside the modules: equal means up to date. */
function installed() {
  const theirs = join(root, 'node_modules/.pnpm/lock.yaml')
  if (!existsSync(theirs) || !statSync(theirs).isFile()) return false
  return readFileSync(theirs, 'utf8') === readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')
}

/** Runs a command to its end; set-up output goes to stderr, so that stdout holds results alone. */
function run(command, commandArgs, { stdout = 1 } = {}) {
  const { status, signal, error } = spawnSync(command, commandArgs, {
    cwd: root, stdio: ['ignore', stdout === 2 ? process.stderr : 'inherit', 'inherit'], shell: false,
  })
  if (error) {
    console.error(`cannot run ${command}: ${error.message}`)
    process.exit(1)
  }
  if (signal) process.exit(130)
  if (status !== 0) process.exit(status ?? 1)
}
