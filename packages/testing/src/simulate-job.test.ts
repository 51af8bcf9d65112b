import { expect, it } from 'vitest'
import { foldChanges } from './fold-changes.js'
import { memoryConnector } from './memory-connector.js'
import { simulate } from './simulate.js'
import { simulateJob } from './simulate-job.js'
import { ledgerConnector } from './simulation/ledger-connector.js'

const TABLES = `
  CREATE TABLE trades (symbol STRING, amount BIGINT) WITH ('connector' = 'memory');
  CREATE TABLE totals (symbol STRING, n BIGINT, total BIGINT) WITH ('connector' = 'ledger');
`
const rows = Array.from({ length: 60 }, (_, i) => [`S${i % 7}`, BigInt(i)])

it('x', async () => {
  const expected = (await simulate({ sql: TABLES + 'SELECT symbol, count(*), sum(amount) FROM trades GROUP BY symbol', connectors: [memoryConnector({ tables: { trades: { rows } } }), ledgerConnector()] })).folded
  const t = performance.now()
  let crashes = 0, checkpoints = 0, steps = 0
  for (let seed = 1; seed <= 200; seed++) {
    const ledger = ledgerConnector()
    const h = await simulateJob({ sql: TABLES + 'INSERT INTO totals SELECT symbol, count(*), sum(amount) FROM trades GROUP BY symbol', connectors: [memoryConnector({ tables: { trades: { rows, splits: 5 } } }), ledger], seed }).catch((e) => { console.log(e.details.trace.slice(-60).join('\n')); throw e })
    crashes += h.crashes; checkpoints += h.checkpoints; steps += h.trace.length
    const table = ledger.tables.get('totals')!
    expect(foldChanges(table.changes, table.schema), `seed ${seed}`).toEqual(expected)
  }
  console.log(performance.now() - t, crashes, checkpoints, steps)
})
