import type { CheckpointStore } from '@millrace/core'
import { expect, it } from 'vitest'
import { seededRandom } from '../seeded-random.js'
import { VirtualDisk } from './disk.js'
import { type Fault, FaultPlan } from './faults.js'
import { History } from './history.js'
import { MachineClock } from './machine-clock.js'
import { Turns } from './turns.js'

interface Machine {
  readonly disk: VirtualDisk
  readonly turns: Turns
  readonly store: CheckpointStore
}

function machine(seed: number, faults: readonly Fault[]): Machine {
  const random = seededRandom(seed)
  const plan = new FaultPlan(faults, random)
  const disk = new VirtualDisk(new MachineClock(plan, random), plan, random, new History())
  const turns = new Turns(random)
  return { disk, turns, store: disk.store(turns, 'main') }
}

/** Lets turns go until the work is done. */
async function done<T>(turns: Turns, work: Promise<T>): Promise<T> {
  const over: T[] = []
  const settled = work.then((result) => over.push(result))
  while (over.length === 0) if ((await turns.next()) === null) await settled
  return over[0]!
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (got: Uint8Array | null): string | null => (got === null ? null : new TextDecoder().decode(got))

it('has for good what was put, whatever happens then', async () => {
  for (let seed = 1; seed <= 50; seed++) {
    const { disk, turns, store } = machine(seed, ['crash', 'power-loss', 'slow-storage'])
    await done(turns, store.put('a/b', [bytes('one '), bytes('two')]))
    disk.crash(true)
    expect(textOf(await done(turns, store.get('a/b'))), `seed ${seed}`).toBe('one two')
    expect(await done(turns, store.list('a/'))).toEqual(['a/b'])
  }
})

it('has the whole object or what was there before where a crash comes into the middle of a put', async () => {
  const left = new Set<string | null>()
  for (let seed = 1; seed <= 80; seed++) {
    const { disk, turns, store } = machine(seed, ['crash', 'power-loss'])
    await done(turns, store.put('a', [bytes('before')]))
    void store.put('a', [bytes('after')])
    for (let turn = seed % 4; turn > 0; turn--) await turns.next()
    disk.crash(true)
    const next = new Turns(seededRandom(seed))
    left.add(textOf(await done(next, disk.store(next, 'main').get('a'))))
  }
  expect(left).toEqual(new Set(['before', 'after']))
})

it('loses and tears what it has lied about, and only when the power goes', async () => {
  const left = { crash: new Set<string | null>(), 'power loss': new Set<string | null>() }
  for (let seed = 1; seed <= 200; seed++) {
    for (const [how, set] of Object.entries(left)) {
      const { disk, turns, store } = machine(seed, ['lying-storage'])
      await done(turns, store.put('epoch/a', [bytes('all of it')]))
      disk.crash(how === 'power loss')
      set.add(textOf(await done(turns, store.get('epoch/a'))))
    }
  }
  expect(left.crash).toEqual(new Set(['all of it']))
  expect(left['power loss']).toContain(null)
  expect(left['power loss'].size).toBeGreaterThan(5)
})

it('is full for a while, with a code', async () => {
  const codes = new Set<unknown>()
  for (let seed = 1; seed <= 60; seed++) {
    const { turns, store } = machine(seed, ['failing-storage'])
    for (let n = 0; n < 4; n++) codes.add(await done(turns, store.put(`a-${n}`, [bytes('x')]).then(() => 'stored', (error: { code: unknown }) => error.code)))
  }
  expect(codes).toEqual(new Set(['stored', 'CHECKPOINT_UNWRITABLE']))
})
