import { expect, it } from 'vitest'
import { findSpillModule, importSpill } from './spill-module.js'

/** That it says how to get the package where it is not there is tested among installed packages (`test/src/packaging`). */
it('finds the package that keeps state beyond memory', async () => {
  expect(typeof (await importSpill(findSpillModule([import.meta.dirname]))).open).toBe('function')
  await expect(importSpill('file:///nowhere/index.js')).rejects.toMatchObject({ code: 'STATE_STORE_MISSING' })
})
