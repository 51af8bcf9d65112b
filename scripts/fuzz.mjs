// Tries inputs of every fuzz target: node scripts/fuzz.mjs [--runs 100000] [--seed 1] [--only json,sql] [--keep-going]
import { parseArgs } from 'node:util'
import { batchTarget, manifestTarget, valueTarget } from '../packages/core/dist/fuzz/codec-targets.test.kit.js'
import { conformanceStatements } from '../packages/core/dist/fuzz/corpus.test.kit.js'
import { csvTarget, jsonTarget } from '../packages/core/dist/fuzz/decoder-targets.test.kit.js'
import { fuzz } from '../packages/core/dist/fuzz/fuzz-target.test.kit.js'
import { formatTargets } from './format-targets.mjs'
import { sqlTarget } from '../packages/core/dist/fuzz/sql-target.test.kit.js'

const { values } = parseArgs({ options: {
  runs: { type: 'string', default: '100000' }, seed: { type: 'string' }, only: { type: 'string' }, 'keep-going': { type: 'boolean', default: false },
} })
const runs = Number(values.runs)
const seed = Number(values.seed ?? Date.now() % 1_000_000_000)
const formats = await formatTargets()
const targets = [jsonTarget, csvTarget, ...formats.targets, batchTarget, valueTarget, manifestTarget, sqlTarget(conformanceStatements())]
  .filter(({ name }) => values.only === undefined || values.only.split(',').includes(name))

let failed = false
for (const target of targets) {
  const started = performance.now()
  const report = (done, end) => {
    const seconds = (performance.now() - started) / 1000
    process.stderr.write(`${process.stderr.isTTY && !end ? '\r' : ''}${target.name}: ${done} of ${runs} inputs, ${seconds.toFixed(0)} s, ${Math.round(done / seconds)} a second${process.stderr.isTTY && !end ? '' : '\n'}`)
  }
  let shown = 0
  const failures = []
  const { inputs = 1 } = target
  for (let from = 0; from < runs;) {
    try {
      await fuzz(target, { seed: seed + from / inputs, count: runs - from, nowMs: () => performance.now(), progress: (count) => {
        const done = from + count
        if (done - shown >= Math.max(1000, runs / 20)) report(shown = done, false)
      } })
      from = runs
    } catch (error) {
      failures.push(error.message)
      process.stderr.write(`\n${error.message}\n`)
      // The message says which it was; the next one goes on behind it.
      const at = Number(/the input of seed (\d+)/.exec(error.message)?.[1])
      from = values['keep-going'] && failures.length < 50 ? (at - seed + 1) * inputs : runs
    }
  }
  failed ||= failures.length > 0
  if (failures.length === 0) report(runs, true)
  else process.stderr.write(`${target.name}: ${failures.length} inputs are not treated as they must be; again with --only '${target.name}' --runs 1 --seed …\n`)
}
await formats.close()
process.exitCode = failed ? 1 : 0
