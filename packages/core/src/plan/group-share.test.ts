import { describe, expect, it } from 'vitest'
import { groupShareOf, positionHoldersOf, scansHeldBy } from './group-share.js'
import { groupText, guaranteesOf, guaranteesText } from './guarantee.js'
import type { PhysicalPlan, SinkNode } from './physical.js'
import { compile, explain } from './shop.test.data.js'

const TABLES = `
  CREATE TABLE orders (id BIGINT, symbol STRING, tags ARRAY<STRING>) WITH ('connector' = 'topics');
  CREATE TABLE other_orders (id BIGINT, symbol STRING) WITH ('connector' = 'topics');
  CREATE TABLE symbols (symbol STRING, name STRING) WITH ('connector' = 'plain');
  CREATE TABLE parts (id BIGINT, symbol STRING) WITH ('connector' = 'parts');
  CREATE TABLE sent (id BIGINT, symbol STRING) WITH ('connector' = 'topics');
  CREATE TABLE sent_too (id BIGINT, symbol STRING) WITH ('connector' = 'topics');
  CREATE TABLE elsewhere (id BIGINT, symbol STRING) WITH ('connector' = 'others');
  CREATE TABLE staged (id BIGINT, symbol STRING) WITH ('connector' = 'parts');
  CREATE TABLE plain_out (id BIGINT, symbol STRING) WITH ('connector' = 'plain');
  CREATE TABLE kept (id BIGINT, symbol STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'store');
`

const planOf = async (sql: string, workerCount = 4): Promise<PhysicalPlan> => (await compile(TABLES + sql, { workerCount })).jobs[0]!.plan

const namesOf = ({ nodes }: PhysicalPlan, ids: ReadonlySet<number>): string[] =>
  nodes.filter(({ id }) => ids.has(id)).map((node) => (node.kind === 'sink' ? node.table.name : node.kind === 'scan' ? node.spec.table.name : ''))

describe('what the processes of a group share', () => {
  it.each<[string, string]>([
    ['INSERT INTO sent SELECT id, upper(symbol) FROM orders WHERE id > 3', ''],
    ['INSERT INTO sent SELECT id, tag FROM orders CROSS JOIN UNNEST(tags) AS t(tag)', ''],
    ['INSERT INTO sent SELECT id, symbol FROM orders UNION ALL SELECT id, symbol FROM other_orders', ''],
    ['INSERT INTO plain_out SELECT id, symbol FROM orders', ''],
    ['INSERT INTO elsewhere SELECT id, symbol FROM orders', ''],
    ['SELECT id FROM orders', ''],
    ['INSERT INTO sent SELECT count(*), symbol FROM orders GROUP BY symbol', 'aggregate keeps state'],
    ['INSERT INTO sent SELECT o.id, s.name FROM orders o JOIN symbols s ON o.symbol = s.symbol', 'symbols is not read by a group'],
    ['INSERT INTO sent SELECT id, symbol FROM orders UNION ALL SELECT id, symbol FROM parts', 'parts is not read by a group'],
    ["INSERT INTO sent SELECT id, symbol FROM orders UNION ALL VALUES (1, 'a')", 'VALUES belong to no split'],
    ['SELECT id FROM orders LIMIT 3', 'LIMIT is over all rows'],
    ['INSERT INTO staged SELECT id, symbol FROM orders', 'staged commits rows without their positions'],
    ['INSERT INTO kept SELECT id, symbol FROM orders', 'rows move between workers'],
  ])('%s', async (sql, reason) => {
    const plans = [await planOf(sql), await planOf(sql, 1)]
    for (const plan of plans) expect(groupShareOf(plan), `${plan.workerCount} workers`).toEqual({ share: reason === '' ? 'shared' : 'whole', reason })
  })

  it('is asked only of tables that a group reads', async () => {
    expect(groupShareOf(await planOf('INSERT INTO sent SELECT id, symbol FROM parts'))).toBeNull()
    expect(groupShareOf(await planOf("INSERT INTO sent SELECT 1, 'a'"))).toBeNull()
  })

  it('is planned with one worker as with several, and never read by the coordinator', async () => {
    const plan = await planOf('INSERT INTO sent SELECT count(*), symbol FROM parts GROUP BY symbol', 1)
    expect(plan).toMatchObject({ workerCount: 1, rescalable: true, strategy: 'pipelines' })
    expect(plan.nodes.some(({ kind }) => kind === 'exchange')).toBe(true)
    await expect(compile(`${TABLES} INSERT INTO sent SELECT id, symbol FROM parts`, { strategy: 'coordinator' })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  })
})

describe('who commits positions', () => {
  const holders = async (sql: string): Promise<string[]> => {
    const plan = await planOf(sql)
    return namesOf(plan, positionHoldersOf(plan))
  }

  it.each<[string, string[]]>([
    ['INSERT INTO sent SELECT id, symbol FROM orders', ['sent']],
    // One for what hangs together: the other's rows could be lost between two commits.
    ['INSERT INTO sent SELECT id, symbol FROM orders; INSERT INTO sent_too SELECT id, symbol FROM orders', ['sent']],
    ['INSERT INTO sent SELECT id, symbol FROM orders; INSERT INTO sent_too SELECT id, symbol FROM other_orders', ['sent', 'sent_too']],
    ['INSERT INTO elsewhere SELECT id, symbol FROM orders', []],
    ['INSERT INTO plain_out SELECT id, symbol FROM orders', []],
    ['INSERT INTO sent SELECT id, symbol FROM orders UNION ALL SELECT id, symbol FROM parts', []],
    ['INSERT INTO sent SELECT count(*), symbol FROM orders GROUP BY symbol', []],
  ])('%s', async (sql, expected) => {
    expect(await holders(sql)).toEqual(expected)
  })

  it('commits those of all tables that hang together with it', async () => {
    const plan = await planOf(`INSERT INTO sent SELECT id, symbol FROM orders UNION ALL SELECT id, symbol FROM other_orders`)
    const sink = plan.nodes.find((node): node is SinkNode => node.kind === 'sink')!
    expect(namesOf(plan, scansHeldBy(plan, sink.id))).toEqual(['orders', 'other_orders'])
  })
})

describe('what is told', () => {
  const told = async (sql: string, hasCheckpoints: boolean): Promise<string> => {
    const plan = await planOf(sql)
    return `${guaranteesText(guaranteesOf(plan, hasCheckpoints))}; ${groupText(plan, hasCheckpoints)}`
  }

  it('of a job that is shared', async () => {
    const sql = 'INSERT INTO sent SELECT id, symbol FROM orders; INSERT INTO sent_too SELECT id, symbol FROM orders'
    expect(await told(sql, false)).toBe('exactly-once into sent (topics); at-least-once into sent_too (topics); '
      + 'shared among the processes of the group, which keeps the positions, committed with the rows')
    expect(await told(sql, true)).toBe('exactly-once into sent (topics), into sent_too (topics); '
      + 'one process of the group is active and goes on from the checkpoints, the others stand by')
  })

  it('of one that is not', async () => {
    expect(await told('INSERT INTO sent SELECT count(*), symbol FROM orders GROUP BY symbol', false)).toBe('no guarantee into sent (topics); '
      + 'one process of the group is active, because aggregate keeps state; the others stand by, and its state is lost with it: --checkpoint DIR keeps it')
    expect(await told('INSERT INTO sent SELECT id, symbol FROM parts', false)).toBe('no guarantee into sent (topics); null')
  })

  it('by EXPLAIN', async () => {
    expect(await explain(`${TABLES} INSERT INTO sent SELECT id, symbol FROM orders`)).toMatch(/sent \(topics, append, exactly-once\)[^]*shared among the processes of its group/)
    const counts = await explain(`${TABLES} INSERT INTO sent SELECT count(*), symbol FROM orders GROUP BY symbol`)
    expect(counts).toMatch(/exactly-once with checkpoints, no guarantee without\)[^]*by one process of its group: aggregate keeps state/)
  })
})
