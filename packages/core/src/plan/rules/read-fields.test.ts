import { describe, expect, it } from 'vitest'
import { explain } from '../shop.test.data.js'

const EVENTS = `
CREATE TABLE events (kind INT, a ROW<id BIGINT, at TIMESTAMP(3), deep ROW<x INT, y INT>>, b ROW<id BIGINT, at TIMESTAMP(3)>,
  ts AS CASE WHEN kind = 0 THEN a.at ELSE b.at END, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'events');
CREATE VIEW bs AS SELECT b.id, ts FROM events WHERE kind = 1;
`
const plan = async (sql: string): Promise<string> => `\n${await explain(EVENTS + sql, { workerCount: 1 })}\n`

describe('fields of rows', () => {
  it('are read by themselves, and filtered by the reader', async () => {
    expect(await plan('SELECT a.id + 1 AS n, a.deep.y FROM events WHERE a.deep.x > 3')).toMatchInlineSnapshot(`
      "
      Select                                   1 worker
      └─ Project a.id + 1 AS n, a.deep.y AS y  local
         └─ Filter a.deep.x > 3                local, in the reader
            └─ Read events (events)  columns=a.id, a.deep.y, a.deep.x
      "
    `)
  })

  it('are read beside the whole row where that is wanted too', async () => {
    expect(await plan('SELECT a, a.id FROM events')).toMatchInlineSnapshot(`
      "
      Select  1 worker
      └─ Read events (events)  columns=a, a.id
      "
    `)
  })

  it('of kinds that a condition excludes are not read', async () => {
    expect(await plan('SELECT id, ts FROM bs WHERE ts > TIMESTAMP \'2026-01-01 00:00:00\'')).toMatchInlineSnapshot(`
      "
      Select                                                                1 worker
      └─ Project b.id AS id, b.at AS ts                                     local
         └─ Filter kind = 1 AND b.at > TIMESTAMP '2026-01-01 00:00:00.000'  local, in the reader
            └─ Read events (events)  columns=kind, b.id, b.at
      "
    `)
  })

  it('that the watermark needs are read too', async () => {
    expect(await plan('SELECT count(*) AS n FROM TABLE(TUMBLE(TABLE bs, DESCRIPTOR(ts), INTERVAL \'1\' MINUTE)) GROUP BY window_start, window_end'))
      .toMatchInlineSnapshot(`
        "
        Select                    1 worker
        └─ Project count AS n     local
           └─ Aggregate  key=window_start_of(b.at, INTERVAL '1' MINUTE) + INTERVAL '1' MINUTE  count(*)  closes=window_end  local
              └─ Filter kind = 1  local, in the reader
                 └─ Read events (events)  columns=kind, b.at, a.at  watermark=CASE WHEN kind = 0 THEN a.at ELSE b.at END - INTERVAL '1' SECOND
        "
      `)
  })

  it('stay what they are where the source gives whole rows alone', async () => {
    expect(await plan('SELECT place.at.x FROM bare WHERE place.city = \'a\'')).toMatchInlineSnapshot(`
      "
      Select                      1 worker
      └─ Project place.1.0 AS x   local
         └─ Filter place.0 = 'a'  local
            └─ Read bare (stream)  columns=place
      "
    `)
  })
})
