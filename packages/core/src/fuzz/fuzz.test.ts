import { describe, expect, it } from 'vitest'
import { fuzzRuns } from '../fuzz-runs.test.kit.js'
import { batchTarget, manifestTarget, valueTarget } from './codec-targets.test.kit.js'
import { conformanceStatements } from './corpus.test.kit.js'
import { csvTarget, jsonTarget } from './decoder-targets.test.kit.js'
import { fuzz, type FuzzTarget } from './fuzz-target.test.kit.js'
import { checkSql, sqlTarget } from './sql-target.test.kit.js'

/** `npm run fuzz -- --runs 1000000` tries more inputs, and tells how far it is. */
const firstSeed = Number(process.env['MILLRACE_FIRST_SEED'] ?? Date.now() % 1_000_000_000)

const corpus = conformanceStatements()
const targets: readonly (readonly [FuzzTarget, number])[] = [
  [jsonTarget, 6_000], [csvTarget, 6_000], [batchTarget, 20_000], [valueTarget, 20_000], [manifestTarget, 8_000], [sqlTarget(corpus), 800],
]

describe('whatever comes', () => {
  it.each(targets.map(([target, normal]) => [target.name, target, normal] as const))('%s gives a result or an error of a known code', async (_, target, normal) => {
    await fuzz(target, { seed: firstSeed, count: fuzzRuns(normal), nowMs: () => performance.now() })
  })

  it('mutates statements that are valid', async () => {
    expect(corpus.length).toBeGreaterThan(500)
    for (const text of corpus.slice(0, 20)) await checkSql(text)
  })

  it('tells of the seed of an input that is not treated as it must be', async () => {
    const target: FuzzTarget = { name: 'x', timeMsMax: 1_000, run: (random) => { if (random.below(10) === 3) throw new Error('no') } }
    await expect(fuzz(target, { seed: 1, count: 1_000, nowMs: () => 0 })).rejects.toThrow(/^x: the input of seed \d+ is not treated as it must be: Error: no/)
    let now = 0
    await expect(fuzz({ ...target, run: () => {} }, { seed: 1, count: 1, nowMs: () => (now += 5_000) })).rejects.toThrow('x: the input of seed 1 took 5000 ms')
  })
})
