import { describe, expect, it } from 'vitest'
import { explain } from '../shop.test.data.js'

const plan = async (sql: string): Promise<string> => `\n${await explain(sql, { workerCount: 1 })}\n`

describe('the value that a condition leaves to a column', () => {
  it('decides what is computed of it', async () => {
    expect(await plan("SELECT CASE small WHEN 1 THEN symbol ELSE CAST(price AS STRING) END AS s, small FROM plain WHERE small = 1")).toMatchInlineSnapshot(`
      "
      Select                              1 worker
      └─ Project symbol AS s, 1 AS small  local
         └─ Filter small = 1              local
            └─ Read plain (plain)  columns=symbol, small
      "
    `)
  })

  it('is known to the other parts of the condition and to groups', async () => {
    expect(await plan('SELECT small, count(*) AS n FROM plain WHERE small = 1 AND quantity > small + 1 GROUP BY small')).toMatchInlineSnapshot(`
      "
      Select                                   1 worker
      └─ Aggregate  key=1  count(*)            local
         └─ Filter small = 1 AND quantity > 2  local
            └─ Read plain (plain)  columns=quantity, small
      "
    `)
  })

  it('is not known of types whose equal values can differ, nor beside OR', async () => {
    expect(await plan('SELECT price, small FROM plain WHERE price = 0.0 AND (small = 1 OR small = 2)')).toMatchInlineSnapshot(`
      "
      Select                                            1 worker
      └─ Filter price = 0 AND (small = 1 OR small = 2)  local
         └─ Read plain (plain)  columns=price, small
      "
    `)
  })
})
