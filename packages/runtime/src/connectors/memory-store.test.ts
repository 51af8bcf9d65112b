import { batchFromRows, BIGINT, STRING, UPDATE_AFTER } from '@millrace/core'
import type { TableDefinition, Value } from '@millrace/core'
import { expect, it } from 'vitest'
import { MemoryStore } from './memory-store.js'

const table = (primaryKey: readonly string[] = []): TableDefinition => ({
  name: 'Sums', connector: 'memory', options: {}, primaryKey, partitionedBy: [], baseDirectory: '/',
  columns: [{ name: 'name', type: STRING, nullable: true, metadata: null }, { name: 'n', type: BIGINT, nullable: true, metadata: null }],
})
const rows = (...values: Value[][]): ReturnType<typeof batchFromRows> => batchFromRows(values, table().columns)

it('shows the rows of committed epochs alone, each once', () => {
  const store = new MemoryStore()
  const sums = table()
  store.stage(sums, 0, rows(['a', 1n]))
  store.stage(sums, 1, rows(['b', 1n]))
  store.endEpoch(sums, 0, 1)
  // Already of the next, though worker 1 has not ended this one.
  store.stage(sums, 0, rows(['a', 2n]))
  store.stage(sums, 1, rows(['b', 2n]))
  store.endEpoch(sums, 1, 1)
  store.commit(sums, 1)
  store.commit(sums, 1)
  expect(store.read('sums').rows).toEqual([['a', 1n], ['b', 1n], ['b', 2n]])
  store.endEpoch(sums, 0, 2)
  store.endEpoch(sums, 1, 2)
  store.commit(sums, 2)
  expect(store.read('sums').rows).toHaveLength(4)
})

it('forgets what a lost attempt wrote behind its checkpoint', () => {
  const store = new MemoryStore()
  const sums = table(['name'])
  store.stage(sums, 0, rows(['a', 1n], ['b', 1n]))
  store.endEpoch(sums, 0, 1)
  store.stage(sums, 0, rows(['c', 9n]))
  store.endEpoch(sums, 0, 2)
  store.stage(sums, 0, rows(['d', 9n]))
  store.commit(sums, 1)
  store.recover(sums, 1)
  store.stage(sums, 0, batchFromRows([['a', 2n]], sums.columns, Uint8Array.of(UPDATE_AFTER)))
  store.endEpoch(sums, 0, 3)
  store.commit(sums, 3)
  expect(store.read('sums').rows).toEqual([['a', 2n], ['b', 1n]])
})

it('does not go on without the rows of an earlier process', () => {
  const store = new MemoryStore()
  store.recover(table(), 0)
  expect(() => store.recover(table(), 4)).toThrow(expect.objectContaining({ code: 'RESTORE_MISMATCH' }))
})
