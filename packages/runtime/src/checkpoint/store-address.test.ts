import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openStore } from './open-store.js'
import { resolveStore } from './store-address.js'

const root = mkdtempSync(join(tmpdir(), 'millrace-address-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const STORE = `
  const objects = new Map()
  export const checkpointStore = { open: async (address) => ({
    put: async (name, parts) => void objects.set(address + name, Buffer.concat(parts)), get: async (name) => objects.get(address + name) ?? null,
    list: async () => [], remove: async () => {}, close: async () => {},
  }) }`

beforeAll(() => {
  const install = (name: string, text: string): void => {
    const folder = join(root, 'node_modules', ...name.split('/'))
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, type: 'module', exports: './index.js' }))
    writeFileSync(join(folder, 'index.js'), text)
  }
  install('@millrace/far', STORE)
  install('millrace-checkpoints-empty', 'export const other = 1')
})

it('a path or file: URL is a directory', () => {
  expect(resolveStore('ck', [root], '/data')).toEqual({ kind: 'directory', path: '/data/ck' })
  expect(resolveStore('/abs/ck', [root], '/data')).toEqual({ kind: 'directory', path: '/abs/ck' })
  expect(resolveStore(pathToFileURL('/abs/ck').href, [root], '/data')).toEqual({ kind: 'directory', path: '/abs/ck' })
})

it('another scheme is kept by the package of its name', async () => {
  const store = await openStore(resolveStore('far://place/', [root], '/'))
  await store.put('a', [Uint8Array.of(1), Uint8Array.of(2)])
  expect(new Uint8Array((await store.get('a'))!)).toEqual(Uint8Array.of(1, 2))
})

it('a scheme that nothing keeps says what to install', () => {
  expect(() => resolveStore('s4://bucket/path', [root], '/')).toThrow(/install one of '@millrace\/s4', 'millrace-checkpoints-s4'/)
  expect(() => resolveStore('', [root], '/')).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }) as Error)
})

it('a package that keeps nothing is refused', async () => {
  await expect(openStore(resolveStore('empty://x', [root], '/'))).rejects.toMatchObject({ code: 'OPTION_INVALID' })
})
