import type { Value } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { manualClock } from './manual-clock.js'
import { memoryConnector } from './memory-connector.js'
import type { MemoryConnector } from './memory-connector.js'
import type { ManualClock } from './manual-clock.js'
import { Simulation } from './simulate.js'

const TABLE = `SET 'state.ttl' = '16 s'; CREATE TABLE clicks (page STRING, n INT) WITH ('connector' = 'memory');`
const KINDS = ['+I', '-U', '+U', '-D']

interface Started {
  readonly simulation: Simulation
  readonly connector: MemoryConnector
  readonly clock: ManualClock
  /** Pushes a row and gives what is new. */
  click(page: string, n?: number): Promise<string[]>
}

async function start(select: string, workers = 1): Promise<Started> {
  const connector = memoryConnector({ tables: { clicks: { unbounded: true } } })
  const clock = manualClock()
  const simulation = await Simulation.open({ sql: TABLE + select, connectors: [connector], clock, workers, rescalable: true })
  return started(simulation, connector, clock)
}

function started(simulation: Simulation, connector: MemoryConnector, clock: ManualClock): Started {
  let seen = 0
  return {
    simulation, connector, clock,
    click: async (page, n = 1) => {
      connector.push('clicks', [[page, n]])
      await simulation.settle()
      const { changes } = simulation.result()
      return changes.slice(seen, (seen = changes.length)).map(({ kind, values }) => `${KINDS[kind]} ${values.map((value: Value) => String(value)).join(' ')}`)
    },
  }
}

describe('state.ttl', () => {
  for (const workers of [1, 4]) {
    it(`forgets groups that have not been touched, ${workers} workers`, async () => {
      const { click, clock } = await start('SELECT page, count(*) FROM clicks GROUP BY page', workers)
      expect(await click('a')).toEqual(['+I a 1'])
      expect(await click('b')).toEqual(['+I b 1'])
      clock.advanceMs(10_000)
      expect(await click('a')).toEqual(['-U a 1', '+U a 2'])
      clock.advanceMs(10_000)
      expect(await click('a'), 'it was touched since').toEqual(['-U a 2', '+U a 3'])
      expect(await click('b'), 'it starts anew').toEqual(['+I b 1'])
    })
  }

  it('gives different rows again that were forgotten', async () => {
    const { click, clock } = await start('SELECT DISTINCT page FROM clicks')
    expect(await click('a')).toEqual(['+I a'])
    expect(await click('a')).toEqual([])
    clock.advanceMs(20_000)
    expect(await click('a')).toEqual(['+I a'])
  })

  it('ignores rows that are taken back from what was forgotten', async () => {
    const { click, clock } = await start('SELECT n, count(*) FROM (SELECT page, sum(n) AS n FROM clicks GROUP BY page) AS t GROUP BY n')
    expect(await click('a', 5)).toEqual(['+I 5 1'])
    clock.advanceMs(10_000)
    expect(await click('a', 0), 'a is touched, but not what is made of it').toEqual([])
    clock.advanceMs(10_000)
    expect(await click('a', 1), 'the group of 5 is gone, and is not taken back').toEqual(['+I 6 1'])
    expect(await click('b', 5)).toEqual(['+I 5 1'])
  })

  it('goes on counting time over a restart', async () => {
    const first = await start('SELECT page, count(*) FROM clicks GROUP BY page', 2)
    await first.click('a')
    first.clock.advanceMs(10_000)
    await first.click('b')
    const checkpoint = await first.simulation.checkpoint()
    await first.simulation.close()
    const { connector, clock } = first
    const { click } = started(await Simulation.restore(checkpoint, { connectors: [connector], clock, workers: 4 }), connector, clock)
    clock.advanceMs(10_000)
    expect(await click('a')).toEqual(['+I a 1'])
    expect(await click('b')).toEqual(['-U b 1', '+U b 2'])
  })

  it('is off unless it is set, and goes by its name in Flink', async () => {
    const connector = memoryConnector({ tables: { clicks: { unbounded: true } } })
    const clock = manualClock()
    const sql = `SET 'table.exec.state.ttl' = '0 s'; ${TABLE.replace('state.ttl', 'table.exec.state.ttl')} SET 'state.ttl' = '0 s'; SELECT page, count(*) FROM clicks GROUP BY page`
    const { click } = started(await Simulation.open({ sql, connectors: [connector], clock }), connector, clock)
    await click('a')
    clock.advanceMs(1_000_000)
    expect(await click('a')).toEqual(['-U a 1', '+U a 2'])
  })
})
