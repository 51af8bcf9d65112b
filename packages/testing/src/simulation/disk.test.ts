import type { CheckpointStore } from '@millrace/core'
import { describeCheckpointStore } from '../describe-checkpoint-store.js'
import { seededRandom } from '../seeded-random.js'
import { VirtualDisk } from './disk.js'
import { FaultPlan } from './faults.js'
import { History } from './history.js'
import { MachineClock } from './machine-clock.js'
import { Turns } from './turns.js'

describeCheckpointStore('the disk of simulations', () => {
  const random = seededRandom(1)
  const faults = new FaultPlan([], random)
  const disk = new VirtualDisk(new MachineClock(faults, random), faults, random, new History())
  const turns = new Turns(random)
  return { open: () => pumped(disk.store(turns, 'test'), turns) }
})

/** Turns are given until what was asked for is done. */
function pumped(store: CheckpointStore, turns: Turns): CheckpointStore {
  const done = async <T>(work: Promise<T>): Promise<T> => {
    const state = { isDone: false }
    const settled = work.finally(() => { state.isDone = true })
    settled.catch(() => {})
    while (!state.isDone) await turns.next()
    return settled
  }
  return {
    put: (name, parts) => done(store.put(name, parts)),
    get: (name) => done(store.get(name)),
    list: (prefix) => done(store.list(prefix)),
    remove: (names) => done(store.remove(names)),
    close: () => store.close(),
  }
}
