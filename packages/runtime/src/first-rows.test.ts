import { createRuntime } from '@millrace/runtime'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROWS = 400_000
const folder = mkdtempSync(join(tmpdir(), 'millrace-'))
const runtime = createRuntime({ workers: 4 })

beforeAll(() => {
  let text = ''
  for (let n = 0; n < ROWS; n++) text += `{"n":${n}}\n`
  writeFileSync(join(folder, 'numbers.ndjson'), text)
  writeFileSync(join(folder, 'numbers.ndjson.gz'), gzipSync(text, { level: 1 }))
})

afterAll(async () => {
  await runtime.close()
  rmSync(folder, { recursive: true })
})

const FILE = `WITH ('connector' = 'file', 'path' = 'numbers.ndjson', 'format' = 'json', 'split-bytes' = '65536')`
const GZIP = `WITH ('connector' = 'file', 'path' = 'numbers.ndjson.gz', 'format' = 'json')`
const DATAGEN = `WITH ('connector' = 'datagen', 'number-of-rows' = '5000000', 'fields.n.kind' = 'sequence')`

describe('LIMIT without ORDER BY reads no more than it needs', () => {
  it.each([
    ['a file', FILE, 'pipelines', 4],
    ['a file', FILE, 'single', 1],
    ['a file', FILE, 'coordinator', 3],
    ['a gzip file', GZIP, 'auto', 4],
    ['a gzip file', GZIP, 'coordinator', 1],
    ['generated rows', DATAGEN, 'pipelines', 2],
  ] as const)('of %s, %s, %s at %i', async (_, table, strategy, workers) => {
    const read = async (limit: string): Promise<{ n: number[]; rowsIn: number }> => {
      const query = runtime.query(`CREATE TABLE t (n BIGINT) ${table}; SELECT n FROM t ${limit}`, { strategy, workers, baseDirectory: folder })
      const n: number[] = []
      for await (const row of query) n.push(Number(row['n']))
      const { rowsIn, rowsOut, rowsFiltered } = query.stats()
      expect(rowsIn).toBe(rowsOut + rowsFiltered)
      return { n, rowsIn }
    }
    const first = await read('LIMIT 10 OFFSET 5')
    const start = first.n[0]! - 5
    expect(first.n).toEqual(Array.from({ length: 10 }, (_x, i) => start + i + 5))
    expect(first.rowsIn).toBeLessThan(2_000)
    expect((await read('LIMIT 0')).n).toEqual([])
    expect((await read('LIMIT 3000')).n).toEqual(Array.from({ length: 3_000 }, (_x, i) => start + i))
  })
})
