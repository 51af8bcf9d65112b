import { describe, expect, it } from 'vitest'
import { compile, TABLES } from '../shop.test.data.js'
import type { PhysicalPlan } from '../physical.js'
import { comparePlans } from './compare-plans.js'
import { keepersOf } from './plan-identity.js'

async function planOf(sql: string, environment: Parameters<typeof compile>[1] = {}, tables?: string): Promise<PhysicalPlan> {
  return (await compile(sql, environment, tables)).jobs[0]!.plan
}

/** What an edit does, a line each: `=` survives, `-` is lost, `*` begins empty, `+` begins with its tables, `x` is not written any more. */
async function edit(before: string, after: string, environment: Parameters<typeof compile>[1] = {}, tables?: string): Promise<string[]> {
  const { survives, lost, fresh, added, removed } = comparePlans(await planOf(before), await planOf(after, environment, tables))
  const why = (reasons: readonly string[]): string => (reasons.length === 0 ? '' : `: ${reasons.join('; ')}`)
  return [
    ...survives.map(({ label }) => `= ${label}`), ...lost.map((s) => `- ${s.label}${why(s.why)}`), ...fresh.map((s) => `* ${s.label}${why(s.why)}`),
    ...added.map(({ label }) => `+ ${label}`), ...removed.map(({ label }) => `x ${label}`),
  ]
}

/** True if everything of the old plan goes on and nothing begins empty. */
async function survives(before: string, after: string, environment: Parameters<typeof compile>[1] = {}): Promise<boolean> {
  const { lost, fresh, removed } = comparePlans(await planOf(before), await planOf(after, environment))
  return lost.length === 0 && fresh.length === 0 && removed.length === 0
}

const GROUPED = 'INSERT INTO changes SELECT symbol, count(*) AS n FROM bare GROUP BY symbol'

describe('state survives', () => {
  it.each([
    ['another alias', 'INSERT INTO changes SELECT symbol AS name, count(*) AS how_many FROM bare AS b GROUP BY symbol'],
    ['a comment and white space', `-- counts\nINSERT INTO changes\n  SELECT symbol, count(*) AS n /* all */ FROM bare GROUP BY symbol`],
    ['a sub-query in between', 'INSERT INTO changes SELECT s, count(*) FROM (SELECT symbol AS s, price FROM bare) AS t GROUP BY s'],
    ['a filter behind the aggregate', 'INSERT INTO changes SELECT symbol, n FROM (SELECT symbol, count(*) AS n FROM bare GROUP BY symbol) AS t WHERE n > 10'],
    ['HAVING', `${GROUPED} HAVING count(*) > 10`],
    ['another expression over the result', 'INSERT INTO changes SELECT upper(symbol), count(*) * 2 FROM bare GROUP BY symbol'],
  ])('%s', async (_what, after) => expect(await survives(GROUPED, after)).toBe(true))

  it('at another number of workers, with other settings, in another order of statements', async () => {
    const other = 'INSERT INTO out SELECT symbol, quantity FROM ticks'
    expect(await survives(GROUPED, GROUPED, { workerCount: 16 })).toBe(true)
    expect(await survives(GROUPED, GROUPED, { settings: { compile: false, batchRows: 7, seed: 9, timeZone: 'Europe/Berlin' } })).toBe(true)
    expect(await survives(`${GROUPED}; ${other}`, `${other}; ${GROUPED}`)).toBe(true)
  })

  it('a column more that is read and not grouped', async () => {
    const before = `${GROUPED}; INSERT INTO out SELECT symbol, quantity FROM bare`
    expect(await survives(before, `${GROUPED}; INSERT INTO out SELECT symbol, quantity + small FROM bare WHERE price > 1`)).toBe(true)
  })

  it('another HAVING, one that goes by the key of the groups goes in front of them', async () => {
    expect(await survives(`${GROUPED} HAVING count(*) > 1`, `${GROUPED} HAVING count(*) > 2 AND max(price) > 3`)).toBe(false)
    expect(await edit(GROUPED, `${GROUPED} HAVING symbol <> 'a'`)).toContainEqual(expect.stringContaining('filter in front changed'))
  })

  it('what a policy says of rows that fail, and a watermark', async () => {
    const tables = TABLES.replace("CREATE TABLE bare (", "CREATE TABLE bare (").replace(/(CREATE TABLE bare [^;]*'connector' = 'stream')/, "$1, 'on-error' = 'skip'")
    expect(tables).not.toBe(TABLES)
    expect((await edit(GROUPED, GROUPED, {}, tables)).every((line) => line.startsWith('='))).toBe(true)
  })
})

describe('state does not survive', () => {
  it.each([
    ['another key', 'INSERT INTO changes SELECT symbol, count(*) FROM bare GROUP BY symbol, day', 'GROUP BY key changed: + day'],
    ['the order of keys', 'INSERT INTO changes SELECT symbol, count(*) FROM bare GROUP BY day, symbol', 'GROUP BY key changed: + day'],
    ['a call more', 'INSERT INTO changes SELECT symbol, count(*) + sum(quantity) FROM bare GROUP BY symbol', 'aggregate calls changed: + sum(quantity)'],
    ['a call that is DISTINCT now', 'INSERT INTO changes SELECT symbol, count(DISTINCT day) FROM bare GROUP BY symbol', 'aggregate calls changed'],
    ['a filter in front', 'INSERT INTO changes SELECT symbol, count(*) FROM bare WHERE price > 10 GROUP BY symbol', 'filter in front changed: + price > 10'],
    ['another table', 'INSERT INTO changes SELECT symbol, count(*) FROM ticks GROUP BY symbol', 'input changed: + ticks, - bare'],
  ])('%s', async (_what, after, why) => {
    const lines = await edit(GROUPED, after)
    expect(lines.filter((line) => line.startsWith('-') || line.startsWith('*'))).toContainEqual(expect.stringContaining(why))
  })

  it('says what is lost and what begins empty', async () => {
    expect(await edit(GROUPED, 'INSERT INTO changes SELECT symbol, sum(quantity) AS n FROM bare WHERE price > 10 GROUP BY symbol')).toMatchInlineSnapshot(`
      [
        "= Read bare (stream)  columns=symbol, price, quantity",
        "= Insert into changes (log, retract)",
        "- Aggregate final  key=symbol  emit=changes: filter in front changed: + price > 10; aggregate calls changed: + sum(quantity), - count(*)",
        "* Aggregate final  key=symbol  emit=changes: filter in front changed: + price > 10; aggregate calls changed: + sum(quantity), - count(*)",
      ]
    `)
  })

  it('behind what has lost it', async () => {
    const nested = (call: string): string => `INSERT INTO changes SELECT symbol, max(n) FROM (SELECT symbol, day, ${call} AS n FROM bare GROUP BY symbol, day) AS t GROUP BY symbol`
    expect((await edit(nested('count(*)'), nested('sum(quantity)'))).filter((line) => line.startsWith('* '))).toHaveLength(2)
  })
})

describe('tables', () => {
  const withOptions = (options: string): string => `CREATE TABLE files (symbol STRING, price DOUBLE) WITH ('connector' = 'file', ${options});`
  const query = 'INSERT INTO out SELECT symbol, count(*) FROM files GROUP BY symbol'
  const between = async (a: string, b: string): Promise<string[]> => {
    const { survives: kept, lost } = comparePlans(await planOf(query, {}, TABLES + withOptions(a)), await planOf(query, {}, TABLES + withOptions(b)))
    return [...kept.map(({ kind }) => `= ${kind}`), ...lost.map(({ kind, why }) => `- ${kind} ${why.join()}`)]
  }

  it('go on with other secrets and other ways to read', async () => {
    expect(await between("'path' = 'a.json', 'password' = '1'", "'path' = 'a.json', 'password' = '2'")).toEqual(['= scan', '= operator', '= sink'])
  })

  it('are others with other contents', async () => {
    const lines = await between("'path' = 'a.json'", "'path' = 'b.json'")
    expect(lines[0]).toBe('= sink')
    expect(lines[1]).toContain("options changed: + 'path' = ")
  })

  it('may declare more columns', async () => {
    const more = TABLES.replace('CREATE TABLE bare (', 'CREATE TABLE bare (extra STRING, ')
    expect((await edit(GROUPED, GROUPED, {}, more)).every((line) => line.startsWith('='))).toBe(true)
  })

  it('whose column is of another type are another input', async () => {
    const other = TABLES.replace('CREATE TABLE bare (symbol STRING', 'CREATE TABLE bare (symbol BIGINT')
    expect(await edit(GROUPED, GROUPED.replace('symbol, count', 'CAST(symbol AS STRING), count'), {}, other)).toContainEqual(expect.stringContaining('GROUP BY key changed'))
  })

  it('that are written elsewhere begin there', async () => {
    expect(await edit(GROUPED, GROUPED.replace('changes', 'latest'))).toEqual([
      '= Read bare (stream)  columns=symbol', '= Aggregate final  key=symbol  emit=changes',
      '* Insert into latest (table, upsert): table changed: + latest, - changes; connector changed: + table, - log; PRIMARY KEY changed: + symbol',
      'x Insert into changes (log, retract)',
    ])
  })
})

describe('several queries', () => {
  it('go on when another is added, which begins where they are', async () => {
    const lines = await edit(GROUPED, `${GROUPED}; INSERT INTO log SELECT symbol, max(quantity) FROM bare GROUP BY symbol`.replace('INTO log', 'INTO latest'))
    expect(lines.filter((line) => line.startsWith('='))).toHaveLength(3)
    expect(lines.filter((line) => line.startsWith('*'))).toHaveLength(2)
  })

  it('that are equal go on each with its own', async () => {
    const one = (table: string, alias: string): string => `INSERT INTO ${table} SELECT symbol, count(*) AS ${alias} FROM bare GROUP BY symbol`
    const set = { 'share-reads': 'false' }
    const before = await planOf(`${one('changes', 'n')}; ${one('latest', 'm')}`, { set })
    const after = await planOf(`${one('latest', 'm')}; ${one('changes', 'n')}`, { set })
    expect(keepersOf(before).map(({ identity }) => identity).sort()).toEqual(keepersOf(after).map(({ identity }) => identity).sort())
    expect(comparePlans(before, after)).toMatchObject({ lost: [], fresh: [], added: [], removed: [] })
  })

  it('read once what they have read apart, if they had come equally far', async () => {
    const two = `${GROUPED}; INSERT INTO latest SELECT symbol, max(quantity) FROM bare WHERE ok GROUP BY symbol`
    const apart = await planOf(two, { set: { 'share-reads': 'false' } })
    const shared = await planOf(two)
    const merging = comparePlans(apart, shared)
    expect(merging).toMatchObject({ lost: [], fresh: [], added: [] })
    expect(merging.survives.filter(({ mergedNodeIds }) => mergedNodeIds.length > 0)).toHaveLength(1)
    expect(comparePlans(shared, apart)).toMatchObject({ lost: [], fresh: [], added: [] })
  })
})

describe('identities', () => {
  it('of whatever keeps state stand still while names change', async () => {
    const pairs: [string, string][] = [
      ['SELECT a.symbol, b.price FROM ticks AS a JOIN ticks AS b ON a.symbol = b.symbol AND a.ts BETWEEN b.ts - INTERVAL \'1\' MINUTE AND b.ts', 'SELECT x.symbol AS s, y.price AS p FROM ticks AS x JOIN ticks AS y ON x.symbol = y.symbol AND x.ts BETWEEN y.ts - INTERVAL \'1\' MINUTE AND y.ts'],
      ['SELECT window_end, symbol, count(*) FROM TABLE(HOP(TABLE ticks, DESCRIPTOR(ts), INTERVAL \'1\' MINUTE, INTERVAL \'5\' MINUTE)) GROUP BY window_start, window_end, symbol', 'SELECT symbol AS s, count(*) AS n, window_end AS e FROM TABLE(HOP(TABLE ticks, DESCRIPTOR(ts), INTERVAL \'1\' MINUTE, INTERVAL \'5\' MINUTE)) GROUP BY window_start, window_end, symbol'],
      ['SELECT symbol, count(*) FROM TABLE(SESSION(TABLE ticks PARTITION BY symbol, DESCRIPTOR(ts), INTERVAL \'1\' MINUTE)) GROUP BY window_start, window_end, symbol', 'SELECT count(*) AS n, symbol AS s FROM TABLE(SESSION(TABLE ticks PARTITION BY symbol, DESCRIPTOR(ts), INTERVAL \'1\' MINUTE)) GROUP BY window_start, window_end, symbol'],
      ['SELECT symbol, sum(quantity) OVER (PARTITION BY symbol ORDER BY ts) FROM ticks', 'SELECT symbol AS s, sum(quantity) OVER (PARTITION BY symbol ORDER BY ts) AS total FROM ticks'],
      ['SELECT symbol, price FROM (SELECT symbol, price, row_number() OVER (PARTITION BY symbol ORDER BY price DESC) AS r FROM bare) AS t WHERE r <= 3', 'SELECT symbol AS s, price AS p FROM (SELECT symbol, price, row_number() OVER (PARTITION BY symbol ORDER BY price DESC) AS place FROM bare) AS u WHERE place <= 3'],
      ['SELECT symbol, count(DISTINCT small), count(*) FROM bare GROUP BY symbol', 'SELECT symbol AS s, count(DISTINCT small) AS n, count(*) AS m FROM bare GROUP BY symbol'],
      ['SELECT symbol FROM trades UNION ALL SELECT symbol FROM plain ORDER BY symbol LIMIT 3', 'SELECT symbol AS s FROM trades UNION ALL SELECT symbol FROM plain ORDER BY s LIMIT 3'],
      ['SELECT symbol, small, count(*) FROM bare GROUP BY GROUPING SETS ((symbol), (small))', 'SELECT symbol AS s, small AS t, count(*) FROM bare GROUP BY GROUPING SETS ((symbol), (small))'],
      ['SELECT symbol FROM ticks LIMIT 3', 'SELECT symbol AS s FROM ticks LIMIT 3'],
    ]
    for (const [before, after] of pairs) {
      const [a, b] = [keepersOf(await planOf(before)), keepersOf(await planOf(after, { workerCount: 2 }))]
      expect(a.some(({ kind }) => kind === 'operator'), before).toBe(true)
      expect(a.map(({ identity }) => identity), before).toEqual(b.map(({ identity }) => identity))
    }
  })

  it('of joins change with columns that have to be kept', async () => {
    const join = (columns: string): string => `INSERT INTO changes SELECT a.symbol, ${columns} FROM bare AS a JOIN ticks AS b ON a.symbol = b.symbol`
    expect(await survives(join('b.quantity'), join('b.quantity + 1'))).toBe(true)
    expect(await edit(join('b.quantity'), join('b.quantity + b.small'))).toContainEqual(expect.stringContaining('columns kept of the right input changed: + small'))
  })
})
