import { describe, expect, it } from 'vitest'
import { guaranteeOf, guaranteesOf, guaranteesText } from './guarantee.js'
import type { Guarantee, PositionsKept } from './guarantee.js'
import { compile, explain } from './shop.test.data.js'

describe('the guarantee of a sink', () => {
  it.each<[PositionsKept, boolean, 'none' | 'at-least-once' | 'exactly-once', boolean, Guarantee]>([
    // positions, replayable, sink, keys stay
    ['directory', true, 'exactly-once', false, 'exactly-once'],
    ['directory', true, 'exactly-once', true, 'exactly-once'],
    ['directory', true, 'at-least-once', false, 'at-least-once'],
    ['directory', true, 'at-least-once', true, 'effectively-once'],
    ['directory', true, 'none', false, 'none'],
    ['directory', true, 'none', true, 'none'],
    ['directory', false, 'exactly-once', true, 'none'],
    ['directory', false, 'at-least-once', true, 'none'],
    ['nowhere', true, 'exactly-once', false, 'all-or-nothing'],
    ['nowhere', false, 'exactly-once', true, 'all-or-nothing'],
    ['nowhere', true, 'at-least-once', true, 'none'],
    ['nowhere', true, 'none', false, 'none'],
    ['process', true, 'exactly-once', true, 'none'],
    ['process', true, 'at-least-once', true, 'none'],
  ])('with positions in the %s, replayable sources %s, a sink that gives %s, keys that stay %s: %s', (positions, isReplayable, sink, keysStay, expected) => {
    expect(guaranteeOf({ positions, isReplayable, sink, keysStay, isStateless: true, holdsPositions: true })).toBe(expected)
  })

  it.each<[boolean, boolean, 'none' | 'at-least-once' | 'exactly-once', Guarantee]>([
    // stateless, holds positions, sink
    [true, true, 'exactly-once', 'exactly-once'],
    [true, false, 'exactly-once', 'at-least-once'],
    [true, false, 'at-least-once', 'at-least-once'],
    [true, false, 'none', 'none'],
    [false, false, 'exactly-once', 'none'],
    [false, false, 'at-least-once', 'none'],
  ])('of a group that keeps positions, stateless %s, positions with the rows %s, a sink that gives %s: %s', (isStateless, holdsPositions, sink, expected) => {
    expect(guaranteeOf({ positions: 'group', isReplayable: true, sink, keysStay: true, isStateless, holdsPositions })).toBe(expected)
    expect(guaranteeOf({ positions: 'group', isReplayable: false, sink, keysStay: true, isStateless, holdsPositions })).toBe('none')
  })
})

const SINKS = `CREATE TABLE lines (symbol STRING) WITH ('connector' = 'socket');
  CREATE TABLE kept (symbol STRING, n BIGINT, PRIMARY KEY (symbol) NOT ENFORCED) WITH ('connector' = 'store');`

const textOf = async (sql: string, hasCheckpoints = true): Promise<string> =>
  guaranteesText(guaranteesOf((await compile(SINKS + sql)).jobs[0]!.plan, hasCheckpoints))

describe('what a job promises', () => {
  it('is told for each of its tables', async () => {
    const sql = 'INSERT INTO one SELECT symbol, quantity FROM trades; INSERT INTO kept SELECT symbol, count(*) FROM ticks GROUP BY symbol; INSERT INTO one2 SELECT symbol, 1 FROM trades'
    const one2 = "CREATE TABLE one2 (symbol STRING, quantity INT) WITH ('connector' = 'onefile');"
    expect(await textOf(one2 + sql)).toBe('exactly-once into one (onefile), into one2 (onefile); effectively-once into kept (store)')
    expect(await textOf(one2 + sql, false)).toBe('all-or-nothing into one (onefile), into one2 (onefile); no guarantee into kept (store)')
  })

  it('is nothing where a source cannot be read again', async () => {
    expect(await textOf('INSERT INTO one SELECT symbol, 1 FROM lines; INSERT INTO kept SELECT symbol, count(*) FROM ticks GROUP BY symbol'))
      .toBe('no guarantee into one (onefile); effectively-once into kept (store)')
    expect(await textOf('INSERT INTO one SELECT symbol, 1 FROM (SELECT symbol FROM trades UNION ALL SELECT symbol FROM lines) AS both')).toBe('no guarantee into one (onefile)')
  })

  it.each<[string, Guarantee]>([
    ['SELECT symbol, count(*) FROM ticks GROUP BY symbol', 'effectively-once'],
    ['SELECT symbol, count(*) FROM trades GROUP BY symbol', 'effectively-once'],
    ['SELECT upper(symbol), 1 FROM trades WHERE quantity > 3', 'effectively-once'],
    ['SELECT symbol, n FROM (SELECT symbol, count(*) AS n FROM ticks GROUP BY symbol) AS g', 'effectively-once'],
    // A group passes the filter for a moment and no longer.
    ['SELECT symbol, count(*) FROM ticks GROUP BY symbol HAVING count(*) < 3', 'at-least-once'],
    ['SELECT symbol, CAST(rand() * 9 AS BIGINT) FROM trades', 'at-least-once'],
    ['SELECT symbol, quantity FROM trades LIMIT 3', 'at-least-once'],
  ])('by key, if keys that were written stay: %s', async (query, expected) => {
    const { jobs } = await compile(`${SINKS} INSERT INTO kept ${query}`)
    expect(guaranteesOf(jobs[0]!.plan, true)).toEqual([{ table: 'kept', connector: 'store', guarantee: expected }])
  })

  it('stands in EXPLAIN, as it is with checkpoints', async () => {
    expect(await explain(`${SINKS} INSERT INTO kept SELECT symbol, count(*) FROM ticks GROUP BY symbol`)).toContain('Insert into kept (store, upsert, effectively-once)')
    expect(await explain(`${SINKS} INSERT INTO one SELECT symbol, 1 FROM lines`)).toContain('Insert into one (onefile, append)')
  })
})
