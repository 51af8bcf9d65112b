import { FAULTS } from '@millrace/testing'
import { expect, it } from 'vitest'
import { readPage } from './markdown.js'

it('the guide says of every fault what happens', () => {
  const told = [...readPage('docs/guide/testing.md').matchAll(/^\| `([a-z-]+)` \| (.+\.) \|$/gm)].map(([, name, what]) => [name, what])
  expect(Object.fromEntries(told.filter(([name]) => Object.hasOwn(FAULTS, String(name))))).toEqual(FAULTS)
})
