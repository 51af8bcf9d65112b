import { DELETE, INSERT } from '@millrace/core'
import type { Value } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { manualClock } from './manual-clock.js'
import type { ManualClock } from './manual-clock.js'
import { memoryConnector } from './memory-connector.js'
import { Simulation } from './simulate.js'

const TABLE = `SET 'state.ttl' = '16 s';
  CREATE TABLE clicks (page STRING, n INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'memory');`
const TOLD = TABLE.slice(TABLE.indexOf('CREATE'))
const at = 1_767_225_600_000_000

interface Story {
  readonly sql: string
  readonly changes: boolean
  readonly compile: boolean
  readonly restart: boolean
}

type Act = { readonly kind?: typeof INSERT | typeof DELETE; readonly row: readonly Value[] } | ((clock: ManualClock) => void)

/** Changes that come of each act, as texts; the job starts anew behind every one of them if so asked. */
async function told({ sql, changes, compile, restart }: Story, acts: readonly Act[]): Promise<string[][]> {
  const connectors = [memoryConnector({ tables: { clicks: { unbounded: true, changes } } })]
  const clock = manualClock()
  let simulation = await Simulation.open({ sql, connectors, clock, compile })
  const all: string[][] = []
  let seen = 0
  for (const act of acts) {
    if (typeof act === 'function') act(clock)
    else connectors[0]!.push('clicks', [{ kind: act.kind ?? INSERT, values: act.row }])
    await simulation.settle()
    const result = simulation.result().changes
    all.push(result.slice(seen).map(({ kind, values }) => `${['+I', '-U', '+U', '-D'][kind]} ${values.map(String).join(' ')}`))
    seen = result.length
    if (!restart) continue
    const checkpoint = await simulation.checkpoint()
    await simulation.close()
    simulation = await Simulation.restore(checkpoint, { connectors, clock, compile })
    seen = 0
  }
  await simulation.close()
  return all
}

const click = (page: string, n = 1): Act => ({ row: [page, n, at] })
const back = (page: string, n = 1): Act => ({ kind: DELETE, row: [page, n, at] })
const later = (clock: ManualClock): void => clock.advanceMs(10_000)

for (const compile of [true, false]) {
  for (const restart of [false, true]) {
    describe(`a group that was gone and comes again, ${compile ? 'compiled' : 'interpreted'}${restart ? ', with restarts' : ''}`, () => {
      it('is counted from its first row after its time to live', async () => {
        const sql = `${TABLE} SELECT page, count(*) FROM clicks GROUP BY page`
        const acts = [click('a'), click('b'), later, click('b'), later, click('a'), click('a'), click('a')]
        expect(await told({ sql, changes: false, compile, restart }, acts)).toEqual([
          ['+I a 1'], ['+I b 1'], [], ['-U b 1', '+U b 2'], [], ['+I a 1'], ['-U a 1', '+U a 2'], ['-U a 2', '+U a 3'],
        ])
      })

      it('is different once after its time to live', async () => {
        const sql = `${TABLE} SELECT DISTINCT page FROM clicks`
        const acts = [click('a'), click('b'), later, click('b'), later, click('a'), click('a'), click('b')]
        expect(await told({ sql, changes: false, compile, restart }, acts)).toEqual([['+I a'], ['+I b'], [], [], [], ['+I a'], [], []])
      })

      for (const ttl of [false, true]) {
        it(`is counted from its first row after all were taken back${ttl ? ', with a time to live' : ''}`, async () => {
          const sql = `${ttl ? TABLE : TOLD} SELECT page, count(*), sum(n) FROM clicks GROUP BY page`
          const acts = [click('a'), click('b'), back('a'), click('a', 5), click('a', 2), back('a', 5), back('a', 2), click('a')]
          expect(await told({ sql, changes: true, compile, restart }, acts)).toEqual([
            ['+I a 1 1'], ['+I b 1 1'], ['-D a 1 1'], ['+I a 1 5'], ['-U a 1 5', '+U a 2 7'], ['-U a 2 7', '+U a 1 2'], ['-D a 1 2'], ['+I a 1 1'],
          ])
        })

        it(`is different again after all its rows were taken back${ttl ? ', with a time to live' : ''}`, async () => {
          const sql = `${ttl ? TABLE : TOLD} SELECT DISTINCT page FROM clicks`
          const acts = [click('a'), click('b'), back('a'), click('a'), click('a'), back('a'), back('a'), click('a')]
          expect(await told({ sql, changes: true, compile, restart }, acts)).toEqual([['+I a'], ['+I b'], ['-D a'], ['+I a'], [], [], ['-D a'], ['+I a']])
        })
      }

      it('closes with its window, in which it was gone', async () => {
        const windows = "TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '10' SECOND))"
        const sql = `${TOLD} SELECT page, count(*) FROM ${windows} GROUP BY page, window_start, window_end EMIT FINAL`
        const acts = [click('a'), click('b'), back('a'), click('a'), click('a'), { row: ['c', 1, at + 60_000_000] }]
        const all = await told({ sql, changes: true, compile, restart }, acts)
        expect(all.map((changes) => changes.toSorted())).toEqual([[], [], [], [], [], ['+I a 2', '+I b 1']])
      })
    })
  }
}
