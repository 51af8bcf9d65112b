import { Simulation } from './simulate.js'
import type { RestoreOptions, SimulationCheckpoint, SimulationOptions, SimulationResult } from './simulate.js'
import { seededRandom } from './seeded-random.js'

export interface Restarts {
  /** Times that the job crashes, at most: it may come to its end before. Default 3. */
  readonly crashes?: number
  /** Numbers of workers to pick from at each start. Default 1, 2, 4 and 8. */
  readonly workers?: readonly number[]
  /** Rounds of steps between two crashes, at most. Default 64; which number it is is chosen evenly by its magnitude. */
  readonly rounds?: number
}

/**
 * {@link simulate}, but the job crashes now and then, at moments of the seed's choosing, and goes on from its last checkpoint at some
 * other number of workers. What it gave between the checkpoint and the crash is thrown away, as a sink that commits by epoch does it.
 * The result is that of the whole job; it must fold to the same as without crashes.
 */
export async function simulateWithRestarts(options: SimulationOptions, restarts: Restarts = {}): Promise<SimulationResult> {
  const { crashes = 3, workers = [1, 2, 4, 8], rounds = 64 } = restarts
  const random = seededRandom(options.seed ?? 1)
  const someRounds = (): number => Math.floor(rounds ** random.next()) - 1
  const { sql: _sql, plan: _plan, params: _params, set: _set, strategy: _strategy, ...kept } = options
  let simulation = await Simulation.open({ ...options, rescalable: true, workers: random.pick(workers) })
  let checkpoint: SimulationCheckpoint | null = null
  for (let crash = 0; crash < crashes && !simulation.ended; crash++) {
    await simulation.run(someRounds())
    checkpoint = await simulation.checkpoint()
    await simulation.run(someRounds())
    await simulation.close()
    const restore: RestoreOptions = { ...kept, workers: random.pick(workers), seed: random.below(2 ** 31) }
    simulation = await Simulation.restore(checkpoint, restore)
  }
  const result = await simulation.finish()
  const changes = [...(checkpoint?.changes ?? []), ...result.changes]
  return { ...result, changes, rows: changes.map(({ values }) => values) }
}

