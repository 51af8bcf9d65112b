import { describe, expect, it } from 'vitest'
import type { MemoryConnector } from './memory-connector.js'
import { memoryConnector } from './memory-connector.js'
import { simulate } from './simulate.js'

const rows = [[1, 'a'], [null, 'b'], [3, null], [4, 'd']] as const

const script = (onError: string): string => `
  CREATE TABLE source (n INT, s STRING) WITH ('connector' = 'memory'${onError});
  CREATE TABLE sink (n BIGINT NOT NULL, s STRING) WITH ('connector' = 'memory');
  CREATE TABLE bad (error_code STRING, error_message STRING) WITH ('connector' = 'memory');
  INSERT INTO sink SELECT n + 1, s FROM source`

async function insert(onError: string, workers: number, compile: boolean): Promise<MemoryConnector> {
  const connector = memoryConnector({ tables: { source: { rows, splits: 2 } } })
  await simulate({ sql: script(onError), connectors: [connector], workers, compile })
  return connector
}

describe.each([[1, true], [1, false], [4, true]])('a NULL for a NOT NULL column of a sink, %i workers, compiled %s', (workers, compile) => {
  const good = [[2n, 'a'], [4n, null], [5n, 'd']]

  it('ends the job', async () => {
    await expect(insert('', workers, compile)).rejects.toMatchObject({ code: 'NULL_NOT_ALLOWED' })
  })

  it('drops the row', async () => {
    const connector = await insert(`, 'on-error' = 'skip'`, workers, compile)
    expect(connector.written('sink').map(({ values }) => values).sort()).toEqual(good)
  })

  it('sends the row to the dead-letter table', async () => {
    const connector = await insert(`, 'on-error' = 'dead-letter', 'dead-letter' = 'bad'`, workers, compile)
    expect(connector.written('sink').map(({ values }) => values).sort()).toEqual(good)
    expect(connector.written('bad').map(({ values }) => values)).toEqual([
      ['NULL_NOT_ALLOWED', 'NULL for column `n`, which is declared NOT NULL'],
    ])
  })
})
