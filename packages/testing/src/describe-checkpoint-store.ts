import type { CheckpointStore } from '@millrace/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

/** A place for checkpoints, empty at first and fresh for every test. */
export interface CheckpointPlace {
  /** A store there: several at once are those of the main thread and of workers. */
  readonly open: () => Promise<CheckpointStore> | CheckpointStore
  readonly cleanUp?: () => Promise<void> | void
}

/** Names are told apart whatever they share; sorted as they are sorted here. */
const NAMES = [
  'epoch-0000000001/manifest', 'epoch-0000000001/worker-0-0', 'epoch-0000000001/worker-10-0', 'epoch-0000000010/manifest', 'job',
]

const BAD_NAMES = ['', '/job', 'job/', '../job', 'a/../../job', 'a//b', './job', '.job', 'a/.job', 'Job', 'job?', 'a\\b', 'a b', 'é']

/**
 * The suite that everything must pass that keeps checkpoints, as tests of vitest: objects come back as they were put, whoever asks;
 * lists are whole, sorted, and of objects alone; what was removed is gone; no name leads out of the place.
 */
export function describeCheckpointStore(title: string, make: () => Promise<CheckpointPlace> | CheckpointPlace): void {
  describe(`${title} keeps checkpoints`, () => {
    let place: CheckpointPlace
    let store: CheckpointStore

    beforeEach(async () => {
      place = await make()
      store = await place.open()
    })

    afterEach(async () => {
      await store.close()
      await place.cleanUp?.()
    })

    it('gives an object back as it was put together', async () => {
      const parts = [bytes(1_000, 1), new Uint8Array(0), bytes(70_000, 2).subarray(10, 60_000), Buffer.from('text')]
      await store.put('epoch-0000000001/worker-0-0', parts)
      expect(Buffer.compare(await got(store, 'epoch-0000000001/worker-0-0'), Buffer.concat(parts))).toBe(0)
    })

    it.each([0, 1, 65_536, 3_000_001])('keeps an object of %i bytes', async (length) => {
      await store.put('job', [bytes(length, 3)])
      expect(Buffer.compare(await got(store, 'job'), bytes(length, 3))).toBe(0)
    })

    it('has nothing under a name that was not put', async () => {
      expect(await store.get('job')).toBe(null)
      expect(await store.list('')).toEqual([])
      await store.put('epoch-0000000001/manifest', [bytes(1, 1)])
      expect(await store.get('epoch-0000000001/manifes')).toBe(null)
    })

    it('takes the last of several of one name', async () => {
      await store.put('job', [bytes(5_000, 1)])
      await store.put('job', [bytes(3, 2)])
      expect(Buffer.compare(await got(store, 'job'), bytes(3, 2))).toBe(0)
      expect(await store.list('')).toEqual(['job'])
    })

    it('lists names in order, by whatever they begin with', async () => {
      for (const name of NAMES.toReversed()) await store.put(name, [bytes(1, 1)])
      expect(await store.list('')).toEqual(NAMES)
      expect(await store.list('epoch-0000000001/')).toEqual(NAMES.slice(0, 3))
      expect(await store.list('epoch-0000000001/worker-1')).toEqual([NAMES[2]])
      expect(await store.list('epoch-00000000')).toEqual(NAMES.slice(0, 4))
      expect(await store.list('epoch-2')).toEqual([])
    })

    it('lists more names than fit into one answer', async () => {
      const names = Array.from({ length: 40 }, (_, i) => `epoch-0000000001/worker-0-${i}`).sort()
      await Promise.all(names.map((name) => store.put(name, [bytes(1, 1)])))
      expect(await store.list('epoch-')).toEqual(names)
    })

    it('removes what it is told to, and passes over what is not there', async () => {
      for (const name of NAMES) await store.put(name, [bytes(1, 1)])
      await store.remove([NAMES[1]!, 'epoch-0000000007/manifest', NAMES[3]!])
      await store.remove([])
      expect(await store.list('')).toEqual([NAMES[0], NAMES[2], NAMES[4]])
      expect(await store.get(NAMES[1]!)).toBe(null)
      await store.put(NAMES[1]!, [bytes(2, 2)])
      expect((await got(store, NAMES[1]!)).length).toBe(2)
      await store.remove(await store.list(''))
      expect(await store.list('')).toEqual([])
    })

    it('is one place for all that open it, at once and later', async () => {
      const worker = await place.open()
      await Promise.all([
        worker.put('epoch-0000000001/worker-0-0', [bytes(10, 1)]), store.put('epoch-0000000001/worker-1-0', [bytes(20, 2)]),
      ])
      expect((await got(store, 'epoch-0000000001/worker-0-0')).length).toBe(10)
      await worker.close()
      const later = await place.open()
      expect(await later.list('epoch-')).toEqual(['epoch-0000000001/worker-0-0', 'epoch-0000000001/worker-1-0'])
      await later.close()
    })

    it('keeps bytes of its own', async () => {
      const given = bytes(100, 1)
      await store.put('job', [given])
      given.fill(0)
      const first = await got(store, 'job')
      first.fill(7)
      expect(Buffer.compare(await got(store, 'job'), bytes(100, 1))).toBe(0)
    })

    it.each(BAD_NAMES)('refuses the name %j', async (name) => {
      await expect(async () => store.put(name, [bytes(1, 1)])).rejects.toThrow('name')
      await expect(async () => store.get(name)).rejects.toThrow('name')
      await expect(async () => store.remove([name])).rejects.toThrow('name')
      expect(await store.list('')).toEqual([])
    })
  })
}

async function got(store: CheckpointStore, name: string): Promise<Uint8Array> {
  const object = await store.get(name)
  expect(object, name).not.toBe(null)
  return object!
}

/** All values of a byte, in an order that the seed says. */
function bytes(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 17 + (i >> 8)) & 0xff)
}
