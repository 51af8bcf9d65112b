import { expect, it } from 'vitest'
import { CHECKPOINT_TRIES_MAX } from '../limits.js'
import { MemoryCheckpointStore } from './memory-store.test.kit.js'
import { retryingStore } from './retrying-store.js'

function retrying(isWanted?: () => boolean) {
  const store = new MemoryCheckpointStore()
  const waits: number[] = []
  return { store, waits, retried: retryingStore(store, async (ms) => void waits.push(ms), isWanted) }
}

it('asks again, each time after twice as long', async () => {
  const { store, waits, retried } = retrying()
  store.failingPuts = 3
  await retried.put('a', [Uint8Array.of(1)])
  expect(store.objects.get('a')).toEqual(Uint8Array.of(1))
  expect(waits).toEqual([200, 400, 800])
})

it('gives up in the end', async () => {
  const { store, waits, retried } = retrying()
  store.failingPuts = Infinity
  await expect(retried.put('a', [])).rejects.toMatchObject({ code: 'CHECKPOINT_UNWRITABLE' })
  expect(store.calls).toHaveLength(CHECKPOINT_TRIES_MAX)
  expect(waits).toHaveLength(CHECKPOINT_TRIES_MAX - 1)
})

it('does not ask again for what will not pass, or what nobody waits for', async () => {
  const { store, waits, retried } = retrying(() => false)
  store.failingPuts = 1
  await expect(retried.put('a', [])).rejects.toMatchObject({ code: 'CHECKPOINT_UNWRITABLE' })
  store.get = async () => {
    throw new Error('a defect')
  }
  await expect(retrying().retried.get('a')).resolves.toBeNull()
  await expect(retried.get('a')).rejects.toThrow('a defect')
  expect(waits).toEqual([])
})
