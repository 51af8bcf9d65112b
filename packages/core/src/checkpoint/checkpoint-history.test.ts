import { beforeEach, describe, expect, it } from 'vitest'
import { encodeFramed, MANIFEST_FORMAT } from './manifest-codec.js'
import { CheckpointHistory } from './checkpoint-history.js'
import { crc32 } from './crc32.js'
import type { CheckpointManifest } from './manifest.js'
import { MANIFEST, partOf } from './manifest.test.data.js'
import { MemoryCheckpointStore } from './memory-store.test.kit.js'
import { manifestName, stateObjectName } from './object-names.js'

let store: MemoryCheckpointStore
beforeEach(() => (store = new MemoryCheckpointStore()))

const STATE = Uint8Array.from({ length: 16 }, (_, i) => i)

/** A checkpoint whose state was stored at the epochs `from`. */
async function add(history: CheckpointHistory, epoch: number, from: readonly number[] = [epoch]): Promise<CheckpointManifest> {
  const objects = from.map((of) => ({ name: stateObjectName(of, 0, 0), bytes: STATE.length, crc32: crc32(STATE) }))
  if (from.includes(epoch)) store.objects.set(stateObjectName(epoch, 0, 0), STATE)
  const parts = objects.map(({ name }, i) => ({ epoch: from[i]!, rows: 3, batches: [{ object: name, at: 0, length: 10 }], slots: null, removed: null }))
  const worker = { ...partOf(epoch, 0), operators: [{ nodeId: 1, tables: [{ name: 'groups', parts }] }] }
  return history.add({ ...MANIFEST, snapshot: { ...MANIFEST.snapshot, epoch, workers: [worker] }, objects })
}

const newest = async (keep = 3) => new CheckpointHistory(store, keep).find()

describe('the newest whole checkpoint', () => {
  it('is the last one', async () => {
    const history = new CheckpointHistory(store, 3)
    for (const epoch of [1, 2, 3]) await add(history, epoch)
    const found = await newest()
    expect(found.manifest!.snapshot.epoch).toBe(3)
    expect(found.damaged).toEqual([])
  })

  it('is none where there is nothing, or nothing complete; what is half there says how far epochs have come', async () => {
    expect(await newest()).toEqual({ manifest: null, damaged: [], lastEpoch: 0 })
    store.objects.set(stateObjectName(4, 0, 0), STATE)
    store.objects.set('epoch-x/manifest', STATE)
    expect(await newest()).toEqual({ manifest: null, damaged: [], lastEpoch: 4 })
  })

  it.each<[string, () => void]>([
    ['its manifest is damaged', () => store.objects.get(manifestName(3))![30]! ^= 1],
    ['its manifest is empty', () => store.objects.set(manifestName(3), new Uint8Array())],
    ['its manifest is that of another epoch', () => store.objects.set(manifestName(3), store.objects.get(manifestName(1))!)],
    ['an object is damaged', () => store.objects.set(stateObjectName(3, 0, 0), STATE.map((byte) => byte ^ 1))],
    ['an object is cut off', () => store.objects.set(stateObjectName(3, 0, 0), STATE.subarray(1))],
    ['an object is gone', () => store.objects.delete(stateObjectName(3, 0, 0))],
  ])('is the one before where %s', async (_what, damage) => {
    const history = new CheckpointHistory(store, 3)
    for (const epoch of [1, 2, 3]) await add(history, epoch)
    damage()
    const found = await newest()
    expect(found.manifest!.snapshot.epoch).toBe(2)
    expect(found.damaged.map(({ epoch }) => epoch)).toEqual([3])
    expect(found.lastEpoch).toBe(3)
  })

  it('is refused where none is whole', async () => {
    const history = new CheckpointHistory(store, 3)
    for (const epoch of [1, 2]) await add(history, epoch, [1])
    store.objects.delete(stateObjectName(1, 0, 0))
    await expect(newest()).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT' })
  })

  it('is never older than one of a version that is newer than this', async () => {
    await add(new CheckpointHistory(store, 3), 1)
    store.objects.set(manifestName(2), encodeFramed(MANIFEST_FORMAT + 1, {}))
    await expect(newest()).rejects.toMatchObject({ code: 'CHECKPOINT_FORMAT' })
  })
})

describe('pruning', () => {
  it('keeps the newest, with all they refer to', async () => {
    const history = new CheckpointHistory(store, 2)
    await add(history, 1)
    await add(history, 2)
    await add(history, 3, [1, 3])
    await add(history, 4, [1, 3, 4])
    await history.prune()
    expect([...store.objects.keys()].sort()).toEqual([
      stateObjectName(1, 0, 0), manifestName(3), stateObjectName(3, 0, 0), manifestName(4), stateObjectName(4, 0, 0),
    ])
  })

  it('leaves what is under way, and removes it before a job starts', async () => {
    const history = new CheckpointHistory(store, 2)
    await add(history, 1)
    store.objects.set(stateObjectName(2, 0, 0), STATE)
    await history.prune()
    expect(store.objects.has(stateObjectName(2, 0, 0))).toBe(true)
    const next = new CheckpointHistory(store, 2)
    await next.find()
    await next.prune(true)
    expect([...store.objects.keys()].sort()).toEqual([manifestName(1), stateObjectName(1, 0, 0)])
  })

  it('removes a manifest before its objects, so that one that is there has them', async () => {
    const history = new CheckpointHistory(store, 1)
    await add(history, 1)
    await add(history, 2)
    await history.prune()
    expect(store.calls.filter((call) => call.startsWith('remove'))).toEqual([`remove ${manifestName(1)}`, `remove ${stateObjectName(1, 0, 0)}`])
  })

  it('after a restore keeps older ones that can be read', async () => {
    const history = new CheckpointHistory(store, 3)
    for (const epoch of [1, 2, 3]) await add(history, epoch)
    store.objects.set(manifestName(1), Uint8Array.of(1))
    const next = new CheckpointHistory(store, 3)
    await next.find()
    await next.prune(true)
    expect((await store.list('')).filter((name) => name.endsWith('manifest'))).toEqual([manifestName(2), manifestName(3)])
  })

  it('can remove all', async () => {
    const history = new CheckpointHistory(store, 3)
    await history.nameJob(null, 'job')
    await add(history, 1)
    await history.clear()
    expect(store.objects.size).toBe(0)
  })
})

it('knows the job by its id, from before the first checkpoint', async () => {
  const named = (newJobId: string) => new CheckpointHistory(store, 3).nameJob(null, newJobId)
  expect(await named('a1b2c3')).toEqual({ jobId: 'a1b2c3', isNew: true })
  expect(await named('other')).toEqual({ jobId: 'a1b2c3', isNew: false })
  store.objects.get('job')![25]! ^= 1
  expect(await named('other')).toEqual({ jobId: 'other', isNew: true })
  expect(await new CheckpointHistory(store, 3).nameJob({ ...MANIFEST, jobId: 'restored' }, 'new')).toEqual({ jobId: 'restored', isNew: false })
})

it('stores the id of the job again, which a crash may have left there without its being durable', async () => {
  await new CheckpointHistory(store, 3).nameJob(null, 'a1b2c3')
  store.calls.length = 0
  await new CheckpointHistory(store, 3).nameJob(null, 'other')
  expect(store.calls).toEqual(['put job'])
})

it('lets only the attempt that claimed it last complete checkpoints', async () => {
  const history = new CheckpointHistory(store, 3)
  await history.claim('one')
  await add(history, 1)
  const next = new CheckpointHistory(store, 3)
  await next.find()
  await next.claim('two')
  await expect(add(history, 2)).rejects.toMatchObject({ code: 'CHECKPOINT_TAKEN' })
  await add(next, 3)
  expect((await newest()).manifest!.snapshot.epoch).toBe(3)
})
