#!/usr/bin/env node
// Runs every example and compares what it prints with its expected.txt; `--update` writes that file instead.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { kafkaMissing } from '../test/kafka/dist/index.js'

process.chdir(join(dirname(fileURLToPath(import.meta.url)), '..'))
const update = process.argv.includes('--update')

/** Examples for a broker of the user's own; another one runs their files. */
const RUN_BY = { '09-kafka': '10-kafka-by-itself' }
const NEEDS_KAFKA = ['10-kafka-by-itself']

const examples = readdirSync('examples').sort().filter((name) => runsHere(name))
const failed = examples.filter((name) => !passes(name))
console.log(`${examples.length - failed.length} passed, ${failed.length} failed`)
process.exitCode = failed.length === 0 ? 0 : 1

function runsHere(name) {
  if (name in RUN_BY) return false
  const missing = NEEDS_KAFKA.includes(name) ? kafkaMissing() : null
  if (missing !== null) console.log(`${name}: left out, ${missing}`)
  return missing === null
}

function passes(name) {
  const folder = join('examples', name)
  let output = ''
  for (const args of commandsOf(folder)) {
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 120_000 })
    if (status !== 0) {
      console.error(`${name}: ${args.join(' ')} ended with ${status ?? signal}\n${stderr}`)
      return false
    }
    output += stdout
  }
  const expectedPath = join(folder, 'expected.txt')
  if (update) writeFileSync(expectedPath, output)
  else if (!existsSync(expectedPath) || readFileSync(expectedPath, 'utf8') !== output) {
    console.error(`${name}: printed\n${output}\ninstead of what is in ${expectedPath}`)
    return false
  }
  console.log(`${name}: ${update ? 'written' : 'as expected'}`)
  return true
}

/** An example with a program is run by it; the others are SQL files for the command. */
function commandsOf(folder) {
  const files = readdirSync(folder).sort()
  if (files.includes('run.js')) return [[join(folder, 'run.js')]]
  return files.filter((file) => file.endsWith('.sql')).map((file) => ['packages/cli/bin/millrace.js', 'run', join(folder, file), '--quiet'])
}
