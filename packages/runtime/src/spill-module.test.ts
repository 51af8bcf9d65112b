import { expect, it } from 'vitest'
import { findSpillModule, importSpill } from './spill-module.js'

it('finds the package that keeps state beyond memory, and says how to get it where it is not', async () => {
  const url = findSpillModule([import.meta.dirname])
  expect(typeof (await importSpill(url)).open).toBe('function')
  expect(() => findSpillModule(['/'])).toThrow(expect.objectContaining({ code: 'STATE_STORE_MISSING', message: expect.stringContaining('npm install @millrace/lmdb') }))
  await expect(importSpill('file:///nowhere/index.js')).rejects.toMatchObject({ code: 'STATE_STORE_MISSING' })
})
