import type { TableDefinition } from '@millrace/core'
import { STRING } from '@millrace/core'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { testReaderContext } from '@millrace/testing'
import { fileReaderFactory as factory } from './reader-factory.js'

const directory = mkdtempSync(join(tmpdir(), 'bomb-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** 256 MiB of what `piece` repeats, in a few hundred kilobytes. */
function bomb(name: string, piece: string): string {
  const path = join(directory, name)
  const member = gzipSync(piece.repeat(Math.floor(16 * 1024 * 1024 / piece.length)))
  writeFileSync(path, Buffer.concat(Array.from({ length: 16 }, () => member)))
  return path
}

async function read(path: string): Promise<{ rows: number; failed: string[]; grownBytes: number }> {
  const table: TableDefinition = {
    name: 't', connector: 'file', options: { path, format: 'json' }, columns: [{ name: 'x', type: STRING, nullable: true, metadata: null }], primaryKey: [], partitionedBy: [], baseDirectory: '/',
  }
  const [split] = await factory.listSplits(table, { workerCount: 1 })
  const failed: string[] = []
  const before = process.memoryUsage().rss
  let rows = 0
  let most = before
  const context = { ...testReaderContext(), rowFailed: ({ code }: { code: string }) => void failed.push(code) }
  const reader = await factory.open({ table, columns: table.columns, filter: [], batchRows: 1_000 }, split!, context)
  for (let batch = await reader.read(); batch === null || batch.kind !== 'end'; batch = await reader.read()) {
    rows += batch === null ? 0 : batch.length
    most = Math.max(most, process.memoryUsage().rss)
    if (batch === null) await new Promise((resolve) => setImmediate(resolve))
  }
  await reader.close()
  return { rows, failed: [...new Set(failed)], grownBytes: most - before }
}

describe('a compressed file that is far larger than it looks', () => {
  it('is read piece by piece', async () => {
    const { rows, grownBytes } = await read(bomb('rows.json.gz', `{"x":"${'a'.repeat(1000)}"}\n`))
    expect(rows).toBe(16 * Math.floor(16 * 1024 * 1024 / 1009))
    expect(grownBytes).toBeLessThan(128 * 1024 * 1024)
  })

  it('and what is one record in it is too long', async () => {
    const { rows, failed, grownBytes } = await read(bomb('one.json.gz', 'a'))
    expect(rows).toBe(0)
    expect(failed).toEqual(['ROW_TOO_LONG'])
    expect(grownBytes).toBeLessThan(320 * 1024 * 1024)
  })
})
