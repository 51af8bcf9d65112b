import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { resolveConnector } from './resolve-connector.js'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-')))
afterAll(() => rmSync(folder, { recursive: true }))

function addPackage(name: string, exports: unknown): string {
  const root = join(folder, 'node_modules', name)
  mkdirSync(root, { recursive: true })
  writeFileSync(join(root, 'package.json'), JSON.stringify({ name, type: 'module', exports }))
  writeFileSync(join(root, 'entry.js'), 'export const connector = {}')
  return pathToFileURL(join(root, 'entry.js')).href
}

describe('a connector name', () => {
  it('is a built-in one first', () => {
    expect(resolveConnector('memory', [folder])).toEqual({ kind: 'built-in', name: 'memory' })
  })

  it('is @millrace/NAME, then millrace-connector-NAME, then a package', () => {
    const urlOf = (name: string): string => addPackage(name, './entry.js')
    const plain = [urlOf('one'), urlOf('two'), urlOf('three')]
    const community = [urlOf('millrace-connector-two'), urlOf('millrace-connector-three')]
    const own = addPackage('@millrace/three', { '.': { types: './x.d.ts', import: './entry.js' } })
    expect(resolveConnector('one', [folder])).toMatchObject({ url: plain[0], exportName: 'connector' })
    expect(resolveConnector('two', [folder])).toMatchObject({ url: community[0] })
    expect(resolveConnector('three', [folder])).toMatchObject({ url: own, name: 'three' })
  })

  it('names packages and sub-paths for import alone, with an export', () => {
    const url = addPackage('@acme/streams', { './orders': { import: { default: './entry.js' } } })
    const name = '@acme/streams/orders#big'
    expect(resolveConnector(name, [folder])).toEqual({ kind: 'module', name, url, exportName: 'big' })
    expect(() => resolveConnector('@acme/streams', [folder])).toThrow(expect.objectContaining({ code: 'CONNECTOR_UNKNOWN' }))
  })

  it('names files from the first base that has them', () => {
    mkdirSync(join(folder, 'jobs'), { recursive: true })
    writeFileSync(join(folder, 'mine.mjs'), '')
    const url = pathToFileURL(join(folder, 'mine.mjs')).href
    for (const name of ['./mine.mjs', '../mine.mjs', join(folder, 'mine.mjs'), url]) {
      expect(resolveConnector(name, [join(folder, 'jobs'), folder])).toMatchObject({ url })
    }
  })

  it('may be what every object has, which is no connector', () => {
    for (const name of ['constructor', '__proto__']) {
      expect(() => resolveConnector(name, [folder])).toThrow(expect.objectContaining({ code: 'CONNECTOR_UNKNOWN' }))
    }
  })

  it('that is nothing says where it was looked for and what is near', () => {
    expect(() => resolveConnector('blackhloe', [folder])).toThrow(expect.objectContaining({
      code: 'CONNECTOR_UNKNOWN',
      message: expect.stringContaining('millrace-connector-blackhloe'),
      details: expect.objectContaining({ suggestion: 'blackhole' }),
    }))
  })
})
