import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { findFormat, loadFormat } from './load-format.js'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-')))
afterAll(() => rmSync(folder, { recursive: true }))

const source = (...names: string[]): string => `const format = (name) => ({ name, options: {}, extension: name, check() {}, messageDecoder() {}, encoder() {} })
export const formats = [${names.map((name) => `format('${name}')`).join(', ')}]`

function addModule(path: string, text: string): string {
  mkdirSync(join(folder, path, '..'), { recursive: true })
  writeFileSync(join(folder, path), text)
  return pathToFileURL(join(folder, path)).href
}

function addPackage(name: string, text: string): string {
  addModule(`node_modules/${name}/package.json`, JSON.stringify({ name, type: 'module', exports: './entry.js' }))
  return addModule(`node_modules/${name}/entry.js`, text)
}

describe('a format', () => {
  it('is built in first', async () => {
    expect(await findFormat('ndjson', [folder])).toMatchObject({ address: null, format: { name: 'json' } })
  })

  it('is in @millrace/NAME, then in millrace-format-NAME', async () => {
    const own = addPackage('@millrace/toml', source('toml', 'toml-strict'))
    const other = addPackage('millrace-format-edn', source('edn'))
    expect(await findFormat('toml', [folder])).toMatchObject({ address: `${own}#toml`, format: { name: 'toml' } })
    expect(await findFormat('edn', [folder])).toMatchObject({ address: `${other}#edn` })
    expect(await loadFormat(`${own}#toml-strict`)).toMatchObject({ name: 'toml-strict' })
  })

  it('is in a module, by its name if that has several', async () => {
    const url = addModule('mine.mjs', source('a', 'b'))
    addModule('one.mjs', source('only'))
    expect(await findFormat('./mine.mjs#b', [folder])).toMatchObject({ address: `${url}#b` })
    expect(await findFormat('./one.mjs', [folder])).toMatchObject({ format: { name: 'only' } })
    await expect(findFormat('./mine.mjs', [folder])).rejects.toMatchObject({ code: 'CONNECTOR_INVALID', message: expect.stringContaining('a, b') })
    await expect(findFormat('./mine.mjs#c', [folder])).rejects.toMatchObject({ code: 'CONNECTOR_INVALID' })
  })

  it.each([['jsno', 'OPTION_INVALID'], ['parquet', 'SQL_UNSUPPORTED'], ['./nothing.mjs', 'OPTION_INVALID']])('%s is none', async (name, code) => {
    await expect(findFormat(name, [folder])).rejects.toMatchObject({ code })
  })

  it('of a package that is not there says what to install', async () => {
    await expect(findFormat('avro-confluent', [folder])).rejects.toMatchObject({ code: 'OPTION_INVALID', message: expect.stringContaining('npm install @millrace/avro') })
  })

  it('of a module that exports none is refused', async () => {
    addModule('empty.mjs', 'export const formats = [{ name: "half" }]')
    addModule('broken.mjs', 'throw new Error("no")')
    await expect(findFormat('./empty.mjs', [folder])).rejects.toMatchObject({ code: 'CONNECTOR_INVALID' })
    await expect(findFormat('./broken.mjs', [folder])).rejects.toMatchObject({ code: 'CONNECTOR_INVALID' })
  })

  it('of a module is no business of a confined job', async () => {
    const trust = { confinedTo: join(folder, 'data'), modulesFrom: null }
    mkdirSync(trust.confinedTo)
    await expect(findFormat('./mine.mjs', [folder], trust)).rejects.toMatchObject({ code: 'MODULE_REFUSED' })
    expect(await findFormat('toml', [folder], trust)).toMatchObject({ format: { name: 'toml' } })
  })
})
