// Simulates whole jobs under faults, one history for each seed: see docs/guide/testing.md.
//
//   node scripts/simulate.mjs                      MILLRACE_SIMULATIONS histories (1000) from MILLRACE_FIRST_SIMULATION (1) on, of all classes in turn
//   node scripts/simulate.mjs windowed 123         one history again, with its steps
import { checkJob, simulateJob } from '../packages/testing/dist/index.js'
import { CLASS_NAMES, jobOf } from '../packages/testing/dist/simulated-jobs.test.data.js'

const PROGRESS_MS = 10_000
const FAILURES_MAX = 20

const [name, seed] = process.argv.slice(2)
if (name !== undefined) await again(name, Number(seed))
else await all(Number(process.env.MILLRACE_FIRST_SIMULATION ?? 1), Number(process.env.MILLRACE_SIMULATIONS ?? 1_000))

async function all(first, count) {
  const sum = { seeds: 0, starts: 0, crashes: 0, checkpoints: 0, rescales: 0, refused: 0 }
  const failures = []
  const startedAt = performance.now()
  let toldAt = startedAt
  for (let seed = first; seed < first + count && failures.length < FAILURES_MAX; seed++) {
    const name = CLASS_NAMES[seed % CLASS_NAMES.length]
    try {
      const check = await checkJob((own) => jobOf(name, own), { seeds: 1, firstSeed: seed })
      for (const key of Object.keys(sum)) sum[key] += check[key]
    } catch (error) {
      failures.push(`${name} ${seed}`)
      console.log(`FAILED ${name} ${seed}: ${String(error.message).split('\n')[0]}\n  again: node scripts/simulate.mjs ${name} ${seed}`)
    }
    if (performance.now() - toldAt < PROGRESS_MS) continue
    toldAt = performance.now()
    console.log(`${seed - first + 1} of ${count}, ${failures.length} failed, ${Math.round((toldAt - startedAt) / 1_000)} s`)
  }
  const seconds = Math.round((performance.now() - startedAt) / 1_000)
  const told = Object.entries(sum).filter(([key]) => key !== 'seeds').map(([key, value]) => `${value} ${key}`).join(', ')
  console.log(`${failures.length === 0 ? 'passed' : `FAILED ${failures.length}`}: ${sum.seeds} simulated jobs from seed ${first} on, ${told}, ${seconds} s`)
  process.exitCode = failures.length === 0 ? 0 : 1
}

async function again(name, seed) {
  const { outcome: _outcome, mayRefuse: _mayRefuse, counts: _counts, ...job } = jobOf(name, seed)
  console.log(job.sql)
  const trace = await simulateJob({ ...job, seed }).then((history) => history.trace, (error) => error.details?.trace ?? [])
  console.log(trace.join('\n'))
  try {
    console.log('passed', await checkJob((own) => jobOf(name, own), { seeds: 1, firstSeed: seed }))
  } catch (error) {
    console.log(error)
    process.exitCode = 1
  }
}
