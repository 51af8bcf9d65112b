import { DELETE, INSERT, INT, STRING, UPDATE_AFTER } from '@millrace/core'
import type { Value } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { describeWriter } from './contract.js'
import { sortRows } from './fold-changes.js'
import { KeyedService } from './keyed-service.test.kit.js'
import { memoryConnector } from './memory-connector.js'
import { seededRandom } from './seeded-random.js'
import { simulate, Simulation } from './simulate.js'
import { tableOf } from './table.js'

const columns = { item: STRING, n: INT }
let tables = 0

for (const delivery of ['direct', 'staged'] as const) {
  const service = new KeyedService()
  describeWriter(service.connector(delivery), [{
    title: `of the last row of each key, ${delivery}`,
    make: () => {
      const table = tableOf(`t${tables++}`, 'service', columns, {}, { primaryKey: ['item'] })
      const change = (kind: typeof INSERT | typeof UPDATE_AFTER | typeof DELETE, item: string, n: number): { kind: typeof kind; values: Value[] } => ({ kind, values: [item, n] })
      return {
        table,
        changes: [
          change(INSERT, 'a', 1), change(INSERT, 'b', 1), change(UPDATE_AFTER, 'a', 2), change(INSERT, 'c', 1), change(DELETE, 'b', 1),
          change(UPDATE_AFTER, 'a', 3), change(INSERT, 'd', 7), change(DELETE, 'c', 1), change(INSERT, 'b', 5),
        ],
        visible: async () => service.rows(table.name),
      }
    },
  }])
}

const CREATE = `CREATE TABLE orders (id INT, item STRING, amount INT) WITH ('connector' = 'memory');
  CREATE TABLE totals (item STRING, n INT, PRIMARY KEY (item) NOT ENFORCED) WITH ('connector' = 'service');`

/** Crashes at moments of the seed's choosing; what was sent behind the last checkpoint has been sent, and is sent again. */
async function outcomeOf(query: string, delivery: 'direct' | 'staged', seed: number): Promise<{ rows: Value[][]; expected: readonly (readonly Value[])[] }> {
  const service = new KeyedService()
  const random = seededRandom(seed)
  const rows = Array.from({ length: 60 }, (_, id): Value[] => [id, random.pick(['a', 'b', 'c', 'd']), random.below(9)])
  const connectors = [memoryConnector({ tables: { orders: { rows, splits: 3 } } }), service.connector(delivery)]
  const sql = `${CREATE} INSERT INTO totals ${query} EMIT CHANGES`
  let simulation = await Simulation.open({ sql, connectors, rescalable: true, workers: random.pick([1, 2, 4]), batchRows: 2, seed })
  for (let crash = 0; crash < 3; crash++) {
    await simulation.run(random.below(12))
    const checkpoint = await simulation.checkpoint()
    await simulation.run(random.below(12))
    await simulation.close()
    simulation = await Simulation.restore(checkpoint, { connectors, workers: random.pick([1, 2, 4]), batchRows: random.pick([1, 3, 8]), seed: seed + crash })
  }
  await simulation.finish()
  const { schema, folded } = await simulate({ sql: `${CREATE} ${query}`, connectors: [memoryConnector({ tables: { orders: { rows } } }), service.connector('direct')] })
  return { rows: sortRows(service.rows('totals'), schema), expected: folded }
}

describe('a table of the last row of each key is what it would be without crashes', () => {
  const GROUPS = 'SELECT item, CAST(sum(amount) AS INT) AS n FROM orders GROUP BY item'
  const PASSING = 'SELECT item, CAST(count(*) AS INT) AS n FROM orders GROUP BY item HAVING count(*) % 5 <> 0'

  it('when rows are sent at once and their keys stay', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { rows, expected } = await outcomeOf(GROUPS, 'direct', seed)
      expect(expected).not.toEqual([])
      expect(rows, `seed ${seed}`).toEqual(expected)
    }
  })

  it('when rows are sent by commit, whatever the query', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      for (const query of [GROUPS, PASSING]) {
        const { rows, expected } = await outcomeOf(query, 'staged', seed)
        expect(rows, `seed ${seed}`).toEqual(expected)
      }
    }
  })

  it('but not when rows are sent at once and a key may be there for a moment alone, which is why no more than at-least-once is promised', async () => {
    const { rows, expected } = await outcomeOf(PASSING, 'direct', 13)
    expect(rows.length).toBe(expected.length + 1)
    expect(expected.every((row) => rows.some((other) => String(other) === String(row)))).toBe(true)
  })
})
