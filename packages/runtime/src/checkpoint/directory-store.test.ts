import { describeCheckpointStore } from '@millrace/testing/contract'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { openDirectoryStore, sweepDirectory } from './directory-store.js'

const root = mkdtempSync(join(tmpdir(), 'millrace-store-'))
let path: string
let made = 0
beforeEach(() => (path = join(root, String(made++), 'deep', 'down')))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

describeCheckpointStore('a directory', () => ({ open: () => openDirectoryStore(path) }))

describe('a directory of checkpoints', () => {
  it('is made, with those above it', async () => {
    await openDirectoryStore(path)
    expect(existsSync(path)).toBe(true)
  })

  it('keeps objects by name', async () => {
    const store = await openDirectoryStore(path)
    await store.put('epoch-0000000001/worker-0-0', [bytes(1, 2), bytes(), bytes(3)])
    await store.put('epoch-0000000001/manifest', [bytes(9)])
    await store.put('job', [])
    expect(new Uint8Array((await store.get('epoch-0000000001/worker-0-0'))!)).toEqual(bytes(1, 2, 3))
    expect(new Uint8Array((await store.get('job'))!)).toEqual(bytes())
    expect(await store.get('epoch-0000000002/manifest')).toBeNull()
    expect(await store.list('epoch-')).toEqual(['epoch-0000000001/manifest', 'epoch-0000000001/worker-0-0'])
    expect(await store.list('')).toEqual(['epoch-0000000001/manifest', 'epoch-0000000001/worker-0-0', 'job'])
  })

  it('puts a new object in the place of an old one', async () => {
    const store = await openDirectoryStore(path)
    await store.put('a', [bytes(1)])
    await store.put('a', [bytes(2)])
    expect(new Uint8Array((await store.get('a'))!)).toEqual(bytes(2))
    expect(readdirSync(path)).toEqual(['a'])
  })

  it('does not show what was never written to its end, and sweeps it away', async () => {
    const store = await openDirectoryStore(path)
    await store.put('epoch-0000000001/manifest', [bytes(1)])
    writeFileSync(join(path, 'epoch-0000000001', '.tmp-x'), 'half')
    writeFileSync(join(path, '.tmp-y'), 'half')
    mkdirSync(join(path, 'epoch-0000000002'))
    writeFileSync(join(path, 'epoch-0000000002', '.tmp-z'), 'half')
    expect(await store.list('')).toEqual(['epoch-0000000001/manifest'])
    await sweepDirectory(path)
    expect(readdirSync(path, { recursive: true }).sort()).toEqual(['epoch-0000000001', join('epoch-0000000001', 'manifest')])
  })

  it('removes objects, folders of which nothing is left, and nothing else', async () => {
    const store = await openDirectoryStore(path)
    await store.put('epoch-0000000001/manifest', [bytes(1)])
    await store.put('epoch-0000000002/manifest', [bytes(1)])
    await store.put('epoch-0000000002/worker-0-0', [bytes(1)])
    await store.remove(['epoch-0000000001/manifest', 'epoch-0000000002/manifest', 'epoch-0000000009/none'])
    expect(await store.list('')).toEqual(['epoch-0000000002/worker-0-0'])
    expect(readdirSync(path)).toEqual(['epoch-0000000002'])
  })

  it.each(['../a', '/etc/passwd', 'a/../../b', '.hidden', 'a//b', 'a/.b', '', 'A', 'a\0b'])('knows no object called %j', async (name) => {
    const store = await openDirectoryStore(path)
    expect(() => store.put(name, [])).toThrow(expect.objectContaining({ code: 'INTERNAL' }) as Error)
    expect(() => store.get(name)).toThrow(expect.objectContaining({ code: 'INTERNAL' }) as Error)
  })

  it('says what cannot be written or read', async () => {
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, 'a file')
    await expect(openDirectoryStore(path)).rejects.toMatchObject({ code: 'CHECKPOINT_UNWRITABLE' })
    const other = `${path}-2`
    const store = await openDirectoryStore(other)
    mkdirSync(join(other, 'a'))
    await expect(store.get('a')).rejects.toMatchObject({ code: 'CHECKPOINT_UNREADABLE' })
    await expect(store.put('a', [bytes(1)])).rejects.toMatchObject({ code: 'CHECKPOINT_UNWRITABLE' })
    expect(readdirSync(other)).toEqual(['a'])
  })

  it.skipIf(process.getuid?.() === 0)('says that it may not write', async () => {
    const store = await openDirectoryStore(path)
    chmodSync(path, 0o500)
    await expect(store.put('a', [bytes(1)])).rejects.toMatchObject({ code: 'CHECKPOINT_UNWRITABLE' })
    chmodSync(path, 0o700)
  })
})
