import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { STATE_BYTES_IN_FLIGHT_MAX, STATE_OBJECT_BYTES } from '../limits.js'
import type { JobSnapshot, StoredBytes } from '../pipeline-snapshot.js'
import { MANIFEST } from './manifest.test.data.js'
import { MemoryCheckpointStore } from './memory-store.test.kit.js'
import { loadSnapshot, readObject, StateObjects } from './state-objects.js'

function snapshotOf(batches: readonly StoredBytes[]): JobSnapshot {
  const { snapshot } = MANIFEST
  const part = { epoch: 3, rows: 1, batches, slots: batches, removed: batches[0] ?? null }
  return { ...snapshot, workers: [{ ...snapshot.workers[0]!, operators: [{ nodeId: 1, tables: [{ name: 'groups', parts: [part] }] }] }] }
}

describe('state objects', () => {
  it('give back what was written, each at an address that suits any column', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 50 }), { minLength: 1, maxLength: 20 }), async (written) => {
      const store = new MemoryCheckpointStore()
      const objects = new StateObjects(store, 12, 5)
      const references = written.map((bytes) => {
        return objects.write(bytes)
      })
      const stored = await objects.finish()
      const { batches, slots, removed } = (await loadSnapshot(store, snapshotOf(references), stored)).workers[0]!.operators[0]!.tables[0]!.parts[0]!
      expect(batches.map((bytes) => [...(bytes as Uint8Array)])).toEqual(written.map((bytes) => [...bytes]))
      expect(slots).toEqual(batches)
      expect(removed).toEqual(batches[0])
      for (const bytes of batches) expect((bytes as Uint8Array).byteOffset % 8).toBe(0)
    }), { numRuns: 50 })
  })

  it('are of a bounded size and named by epoch, worker and number', async () => {
    const store = new MemoryCheckpointStore()
    const objects = new StateObjects(store, 12, 5)
    const piece = new Uint8Array(STATE_OBJECT_BYTES / 2)
    for (let i = 0; i < 5; i++) objects.write(piece)
    const stored = await objects.finish()
    expect(stored.map(({ name, bytes }) => [name, bytes])).toEqual([
      ['epoch-0000000012/worker-5-0', STATE_OBJECT_BYTES], ['epoch-0000000012/worker-5-1', STATE_OBJECT_BYTES],
      ['epoch-0000000012/worker-5-2', STATE_OBJECT_BYTES / 2],
    ])
  })

  it('have no room while the store is behind', async () => {
    const store = new MemoryCheckpointStore()
    store.hold()
    const objects = new StateObjects(store, 1, 0)
    const piece = new Uint8Array(STATE_OBJECT_BYTES)
    let waiting = 0
    while (objects.hasRoom) {
      objects.write(piece)
      waiting += piece.length
    }
    expect(waiting).toBeLessThanOrEqual(STATE_BYTES_IN_FLIGHT_MAX + piece.length)
    store.release!()
    await objects.finish()
    expect(objects.hasRoom).toBe(true)
  })

  it('tell of a store that fails when they are to be finished', async () => {
    const store = new MemoryCheckpointStore()
    store.failingPuts = 1
    const objects = new StateObjects(store, 1, 0)
    objects.write(new Uint8Array(STATE_OBJECT_BYTES))
    await expect(objects.finish()).rejects.toMatchObject({ code: 'CHECKPOINT_UNWRITABLE' })
  })

  it('are refused when they are cut off, flipped or gone', async () => {
    const store = new MemoryCheckpointStore()
    const objects = new StateObjects(store, 1, 0)
    objects.write(Uint8Array.from({ length: 100 }, (_, i) => i))
    const [object] = await objects.finish()
    const whole = store.objects.get(object!.name)!
    const refused = async (bytes: Uint8Array | null): Promise<void> => {
      if (bytes === null) store.objects.delete(object!.name)
      else store.objects.set(object!.name, bytes)
      await expect(readObject(store, object!)).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT' })
    }
    for (let at = 0; at < whole.length; at++) {
      await refused(whole.subarray(0, at))
      await refused(whole.map((byte, i) => (i === at ? byte ^ 4 : byte)))
    }
    await refused(null)
    store.objects.set(object!.name, whole)
    await expect(readObject(store, object!)).resolves.toEqual(whole)
  })
})
