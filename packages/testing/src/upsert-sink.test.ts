import fc from 'fast-check'
import { DELETE, UPDATE_AFTER, UPDATE_BEFORE } from '@millrace/core'
import type { Value } from '@millrace/core'
import { expect, it } from 'vitest'
import { foldChanges } from './fold-changes.js'
import { memoryConnector } from './memory-connector.js'
import type { MemoryRow } from './memory-connector.js'
import { simulate } from './simulate.js'

const CREATE = `CREATE TABLE orders (id INT, item STRING, amount INT) WITH ('connector' = 'memory');
  CREATE TABLE totals (item STRING, n BIGINT, total BIGINT, PRIMARY KEY (item) NOT ENFORCED) WITH ('connector' = 'memory', 'accepts' = 'upsert');`
const QUERIES = [
  'SELECT item, count(*) AS n, sum(amount) AS total FROM orders WHERE item IS NOT NULL GROUP BY item',
  'SELECT item, count(*) AS n, sum(amount) AS total FROM orders WHERE item IS NOT NULL GROUP BY item HAVING sum(amount) > 3',
  'SELECT item, n, total FROM (SELECT item, count(*) AS n, CAST(max(amount) AS BIGINT) AS total FROM orders GROUP BY item) AS t WHERE total % 2 = 1 AND item IS NOT NULL',
]

const step = fc.record({ item: fc.constantFrom<Value>('a', 'b', 'c', null), amount: fc.constantFrom<Value>(1, 2, 3, 4), old: fc.option(fc.nat(20), { freq: 3 }), goes: fc.boolean() })

function logOf(steps: readonly { item: Value; amount: Value; old: number | null; goes: boolean }[]): { log: MemoryRow[]; left: Value[][] } {
  const log: MemoryRow[] = []
  const left: Value[][] = []
  steps.forEach(({ item, amount, old, goes }, id) => {
    const row: Value[] = [id, item, amount]
    const at = old === null || left.length === 0 ? -1 : old % left.length
    if (at === -1) log.push(left[left.push(row) - 1]!)
    else if (goes) log.push({ kind: DELETE, values: left.splice(at, 1)[0]! })
    else {
      log.push({ kind: UPDATE_BEFORE, values: left[at]! }, { kind: UPDATE_AFTER, values: row })
      left[at] = row
    }
  })
  return { log, left }
}

for (const query of QUERIES) {
  it(`a table that keeps the last row of each key ends up right: ${query}`, async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.constantFrom(1, 2, 4), fc.constantFrom(1, 3, 1_024), fc.boolean(), fc.integer(), async (steps, workers, batchRows, compile, seed) => {
      const { log, left } = logOf(steps)
      const connector = memoryConnector({ tables: { orders: { rows: log, changes: true } } })
      await simulate({ sql: `${CREATE} INSERT INTO totals ${query} EMIT CHANGES`, connectors: [connector], workers, batchRows, compile, seed })
      const written = connector.written('totals')
      expect(written.filter(({ kind }) => kind === UPDATE_BEFORE)).toEqual([])
      const answer = await simulate({ sql: `${CREATE} ${query}`, connectors: [memoryConnector({ tables: { orders: { rows: left } } })], compile: false })
      expect(foldChanges(written, answer.schema, ['item'])).toEqual(answer.folded)
    }), { numRuns: Math.min(Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 40), 400) })
  })
}
