import { describe, expect, it } from 'vitest'
import { explain, failure } from './shop.test.data.js'

const windowed = (table: string): string => `(SELECT * FROM TABLE(TUMBLE(TABLE ${table}, DESCRIPTOR(ts), INTERVAL '1' MINUTE)))`
const grouped = (table: string): string => `(SELECT symbol, count(*) AS n, window_start, window_end
  FROM TABLE(TUMBLE(TABLE ${table}, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY symbol, window_start, window_end)`

/** The lines of a plan that speak of joins and exchanges. */
async function joinsOf(sql: string): Promise<string[]> {
  return (await explain(sql)).split('\n').filter((line) => /Join|Exchange/.test(line)).map((line) => line.replace(/^[ │├└─]+/, '').replaceAll(/ {2,}/g, '  '))
}

const EXCHANGED = 'Exchange hash(symbol)  rows: equal keys meet on one worker'

describe('where the rows of a join meet', () => {
  it('at the owners of their keys', async () => {
    expect(await joinsOf('SELECT a.symbol, b.price FROM trades a JOIN plain b ON a.symbol = b.symbol AND a.price < b.price')).toEqual([
      'Join inner symbol = symbol  where price < price  local: equal keys are here', EXCHANGED, EXCHANGED,
    ])
  })

  it('where they are, if both sides are shared out by the keys already', async () => {
    expect(await joinsOf(`SELECT a.symbol, a.n, b.n FROM ${grouped('ticks')} a JOIN ${grouped('ticks')} b
      ON a.symbol = b.symbol AND a.window_start = b.window_start AND a.window_end = b.window_end`)).toEqual([
      'Join inner symbol = symbol AND window_start = window_start AND window_end = window_end  state until the window closes'
        + '  local: both sides: groups are already shared out by symbol, window_end',
      'Exchange hash(symbol, window_end)  partial aggregates only', 'Exchange hash(symbol, window_end)  partial aggregates only',
    ])
  })

  it('on every worker, if one side is small and none of its rows comes out alone', async () => {
    const values = "(VALUES ('a', 1)) AS v (s, x)"
    expect(await joinsOf(`SELECT a.symbol, v.x FROM trades a LEFT JOIN ${values} ON a.symbol = v.s`)).toEqual([
      'Join left symbol = column1  local: the right side is small: every worker has all of it', 'Exchange all  rows: all to every worker',
    ])
    expect((await joinsOf(`SELECT a.symbol, v.x FROM trades a FULL JOIN ${values} ON a.symbol = v.s`))[0]).toContain('equal keys are here')
  })

  it('on the first worker, if nothing is equal', async () => {
    expect((await joinsOf('SELECT a.symbol FROM trades a JOIN plain b ON a.price < b.price'))[0]).toContain('single: no columns are equal')
  })
})

describe('what a join remembers', () => {
  it.each([
    ["ticks a LEFT JOIN ticks b ON a.symbol = b.symbol AND a.ts BETWEEN b.ts - INTERVAL '1' MINUTE AND b.ts", 'state while the interval lasts'],
    ["ticks a, ticks b WHERE a.symbol = b.symbol AND b.ts + INTERVAL '5' SECOND > a.ts AND a.ts >= b.ts", 'state while the interval lasts'],
    [`${windowed('ticks')} a FULL JOIN ${windowed('ticks')} b ON a.symbol = b.symbol AND a.window_end = b.window_end`, 'state until the window closes'],
    ['ticks a JOIN ticks b ON a.symbol = b.symbol AND a.ts >= b.ts', 'state grows for ever, or SET state.ttl'],
    ['ticks a JOIN bare b ON a.symbol = b.symbol', 'state grows for ever, or SET state.ttl'],
  ])('%s', async (from, state) => {
    expect((await joinsOf(`SELECT a.symbol FROM ${from}`))[0]).toContain(state)
  })

  it.each([
    [
      "SELECT window_start, count(*) FROM TABLE(TUMBLE((SELECT a.ts, b.price FROM ticks a JOIN bare b ON a.symbol = b.symbol), DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end",
      'SQL_WINDOW: the rows of this join come in no order of time',
    ],
    ['SELECT a.symbol FROM ticks a LEFT JOIN bare b ON a.symbol = b.symbol EMIT FINAL', 'SQL_UNBOUNDED: EMIT FINAL: over an unbounded input it is never final'],
    [
      'INSERT INTO latest SELECT a.symbol, a.n FROM (SELECT symbol, count(*) AS n FROM bare GROUP BY symbol) a JOIN bare b ON a.symbol = b.symbol',
      'SQL_CHANGELOG: `latest` keeps the last row of each PRIMARY KEY',
    ],
  ])('refuses %s', async (sql, error) => expect(await failure(sql)).toContain(error))

  it('gives a key where both sides have it', async () => {
    const groups = (call: string): string => `(SELECT symbol, ${call} AS n FROM bare GROUP BY symbol)`
    expect(await failure(`INSERT INTO latest SELECT a.symbol, b.n FROM ${groups('count(*)')} a JOIN ${groups('max(quantity)')} b ON a.symbol = b.symbol`)).toBe('no error')
  })
})

describe('conditions of WHERE', () => {
  it('become part of an inner join, or are applied before it', async () => {
    const plan = await explain('SELECT a.symbol FROM trades a, plain b WHERE a.symbol = b.symbol AND a.small = 1 AND b.quantity > 5')
    expect(plan).toContain('Join inner symbol = symbol')
    expect(plan).toContain('Filter small = 1')
    expect(plan).toContain('Filter quantity > 5')
  })

  it('make an inner join of an outer one whose NULLs they refuse', async () => {
    expect((await joinsOf('SELECT a.symbol FROM trades a LEFT JOIN plain b ON a.symbol = b.symbol WHERE b.quantity > 5'))[0]).toContain('Join inner')
    expect((await joinsOf('SELECT a.symbol FROM trades a FULL JOIN plain b ON a.symbol = b.symbol WHERE a.small = 1'))[0]).toContain('Join left')
    expect((await joinsOf('SELECT a.symbol FROM trades a LEFT JOIN plain b ON a.symbol = b.symbol WHERE b.quantity IS NULL'))[0]).toContain('Join left')
  })
})
