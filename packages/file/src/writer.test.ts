import type { SinkSpec, TableDefinition, Value, Writer } from '@millrace/core'
import { BIGINT, BOOLEAN, BYTES, DATE, DELETE, DOUBLE, INSERT, INT, STRING, array, batchFromRows, decimal, map, row, time, timestamp, timestampLtz } from '@millrace/core'
import { collect, tableOf, testReaderContext } from '@millrace/testing'
import { describeWriter } from '@millrace/testing/contract'
import * as fc from 'fast-check'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { connector } from './index.js'
import { escapePathName } from './partition-path.js'

const directory = mkdtempSync(join(tmpdir(), 'millrace-sink-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

let sinks = 0
const freshPath = (suffix = ''): string => join(directory, `sink${sinks++}${suffix}`)
const writing = connector.writer!
const reading = connector.reader!

const columns = {
  id: INT, name: STRING, price: DOUBLE, big: BIGINT, amount: decimal(30, 4), at: timestamp(3), instant: timestampLtz(6), day: DATE, clock: time(3),
  ok: BOOLEAN, raw: BYTES, tags: array(STRING), counts: map(STRING, INT), nested: row([{ name: 'x', type: decimal(5, 2) }, { name: 'y', type: timestamp(0) }]),
}
const rowOf = (i: number): Value[] => [
  i, `n "${i}",\n\u0001é😀`, i / 3, 2n ** 62n + BigInt(i), -(10n ** 25n) - BigInt(i), 1_767_225_600_123_000, -1, -719_162 + i, 86_399_999_000, i % 2 === 0,
  Uint8Array.of(i, 255), ['a', null, `"${i}`], new Map([['k', i]]), [150n, 0],
]
const rows: Value[][] = [rowOf(0), rowOf(1), rowOf(2).map((value, c) => (c === 0 ? value : null)), [3, '', -0, 0n, 0n, 0, 0, 0, 0, false, new Uint8Array(0), [], new Map(), [null, null]], rowOf(4), rowOf(5)]

async function readBack(table: TableDefinition, path = table.options['path']!): Promise<Value[][]> {
  if (!existsSync(path)) return []
  if (!path.includes('.') && readdirSync(path, { recursive: true, withFileTypes: true }).every((entry) => !entry.isFile() || entry.name.startsWith('.'))) return []
  const { 'single-file': _, ...options } = table.options
  const readable: TableDefinition = { ...table, partitionedBy: [], options: { ...options, path } }
  const read: Value[][] = []
  for (const split of await reading.listSplits(readable, { workerCount: 1 })) {
    const reader = await reading.open({ table: readable, columns: table.columns, filter: [], batchRows: 100 }, split, testReaderContext())
    read.push(...(await collect(reader, table.columns)))
    await reader.close()
  }
  return read
}

const writerCase = (title: string, options: Record<string, string>, suffix = '', rest: Partial<TableDefinition> = {}): Parameters<typeof describeWriter>[1][number] => ({
  title,
  make: () => {
    const table = tableOf('out', 'file', columns, { path: freshPath(suffix), ...options }, rest)
    return { table, changes: rows.map((values) => ({ kind: INSERT, values })), visible: () => readBack(table) }
  },
})

describeWriter(connector, [
  writerCase('json parts', { format: 'json' }),
  writerCase('csv parts', { format: 'csv', 'csv.header': 'true' }),
  writerCase('gzip parts', { format: 'json', compression: 'gzip' }),
  writerCase('folders', { format: 'json' }, '', { partitionedBy: ['name', 'ok'] }),
  writerCase('one json file', { format: 'json', 'single-file': 'true' }, '.ndjson'),
  writerCase('one gzip csv file', { format: 'csv', 'single-file': 'true', 'csv.header': 'true' }, '.csv.gz'),
])

async function open(table: TableDefinition, more: Partial<SinkSpec> = {}): Promise<Writer> {
  return writing.open({ table, mode: 'append', workerIndex: 0, workerCount: 1, jobId: 'job/1', attempt: '1', index: 0, before: [], ...more }, {
    shared: (_key, create) => create(), meter: { bytesOut: 0 }, nowMicros: () => 0, signal: new AbortController().signal,
  })
}

const people = (options: Record<string, string>, rest: Partial<TableDefinition> = {}): TableDefinition => tableOf('out', 'file', { name: STRING, n: INT }, options, rest)

async function writeOnce(table: TableDefinition, values: Value[][], more: Partial<SinkSpec> = {}, kinds: number[] | null = null): Promise<void> {
  const writer = await open(table, more)
  if (values.length > 0) writer.write(batchFromRows(values, table.columns, kinds === null ? null : Uint8Array.from(kinds)))
  const handle = await writer.prepare(1)
  await writing.commit!(table, [handle], 1)
  await writer.close()
}

describe('a file writer', () => {
  it('writes one object a line', async () => {
    const path = freshPath('.ndjson')
    await writeOnce(people({ path, format: 'json', 'single-file': 'true' }), [['a"b\n', 1], [null, null]])
    expect(readFileSync(path, 'utf8')).toBe('{"name":"a\\"b\\n","n":1}\n{"name":null,"n":null}\n')
    expect(readdirSync(directory).filter((name) => name.startsWith(`.${basename(path)}`))).toEqual([])
  })

  it('writes the kinds of a changelog', async () => {
    const path = freshPath('.ndjson')
    await writeOnce(people({ path, format: 'json', 'single-file': 'true' }), [['a', 1], ['a', 1]], { mode: 'retract' }, [INSERT, DELETE])
    expect(readFileSync(path, 'utf8')).toBe('{"op":"+I","name":"a","n":1}\n{"op":"-D","name":"a","n":1}\n')
  })

  it('writes CSV with quotes only where they are needed', async () => {
    const path = freshPath('.csv')
    await writeOnce(people({ path, format: 'csv', 'single-file': 'true', 'csv.header': 'true' }), [['plain', 1], ['a,"b"', 2], ['', 3], [null, null]])
    expect(readFileSync(path, 'utf8')).toBe('name,n\nplain,1\n"a,""b""",2\n"",3\n,\n')
  })

  it('makes an empty single file, replaces an old one at commit alone, and adds later epochs', async () => {
    const path = freshPath('.csv')
    writeFileSync(path, 'old')
    const table = people({ path, format: 'csv', 'single-file': 'true', 'csv.header': 'true' })
    const writer = await open(table)
    const handles = [await writer.prepare(1)]
    expect(readFileSync(path, 'utf8')).toBe('old')
    await writing.commit!(table, [handles[0]], 1)
    expect(readFileSync(path, 'utf8')).toBe('name,n\n')
    for (const epoch of [2, 3]) {
      writer.write(batchFromRows([['x', epoch]], table.columns))
      handles.push(await writer.prepare(epoch))
      expect(readFileSync(path, 'utf8')).not.toContain(`x,${epoch}`)
      await writing.commit!(table, [handles.at(-1)], epoch)
      await writing.commit!(table, [handles.at(-1)], epoch)
    }
    expect(readFileSync(path, 'utf8')).toBe('name,n\nx,2\nx,3\n')
  })

  it('names part files after job, epoch and worker, and keeps what is there', async () => {
    const path = freshPath()
    const table = people({ path, format: 'json' })
    await writeOnce(table, [['a', 1]])
    await writeOnce(table, [['b', 2]], { jobId: 'other', workerIndex: 3 })
    await writeOnce(table, [])
    expect(readdirSync(path).toSorted()).toEqual(['part-job_2f_1-1-0.ndjson', 'part-other-1-3.ndjson'])
  })

  it('writes folders for partitions, with names that are safe', async () => {
    const path = freshPath()
    await writeOnce(people({ path, format: 'json' }, { partitionedBy: ['name'] }), [['a/b', 1], ['..', 2], [null, 3], ['a/b', 4], ['', 5]])
    expect(readdirSync(path).toSorted()).toEqual(['name=%2E%2E', 'name=__HIVE_DEFAULT_PARTITION__', 'name=a%2Fb'].toSorted())
    expect(readFileSync(join(path, 'name=a%2Fb', 'part-job_2f_1-1-0.ndjson'), 'utf8')).toBe('{"name":"a/b","n":1}\n{"name":"a/b","n":4}\n')
    expect(escapePathName('100% a=b:c')).toBe('100%25 a%3Db%3Ac')
  })

  it('removes what was prepared and not committed', async () => {
    const path = freshPath()
    const table = people({ path, format: 'json' })
    const writer = await open(table)
    writer.write(batchFromRows([['a', 1]], table.columns))
    const handle = await writer.prepare(1)
    await writing.abort!(table, [handle])
    expect(readdirSync(path)).toEqual([])
    await expect(writing.commit!(table, [handle], 1)).rejects.toMatchObject({ code: 'SINK_UNWRITABLE' })
  })

  it('refuses what it cannot do', async () => {
    const file = freshPath()
    writeFileSync(file, '')
    const refusal = (options: Record<string, string>, rest: Partial<TableDefinition> = {}): Promise<unknown> => writing.describe(people({ format: 'json', ...options }, rest))
    await expect(refusal({ path: file })).rejects.toMatchObject({ code: 'SINK_EXISTS' })
    await expect(refusal({ path: directory, 'single-file': 'true' })).rejects.toMatchObject({ code: 'SINK_EXISTS' })
    await expect(refusal({ path: freshPath(), compression: 'zstd' })).rejects.toMatchObject({ code: 'SQL_UNSUPPORTED' })
    await expect(refusal({ path: freshPath(), 'single-file': 'true' }, { partitionedBy: ['name'] })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    const table = people({ path: join(file, 'below'), format: 'json' })
    const writer = await open(table)
    writer.write(batchFromRows([['a', 1]], table.columns))
    await expect(writer.prepare(1)).rejects.toMatchObject({ code: 'SINK_UNWRITABLE' })
  })

  it('writes texts that are read back as they were', async () => {
    const cell = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', 'NULL', '"', '\r', '\n', ',', '\ufeff'), fc.constant(null))
    const values = fc.array(fc.tuple(cell, fc.oneof(fc.integer(), fc.constant(null))), { minLength: 1, maxLength: 20 })
    const format = fc.constantFrom<Record<string, string>>({ format: 'json' }, { format: 'csv' }, { format: 'csv', 'csv.null': 'NULL', 'csv.delimiter': ';' })
    const path = freshPath('.fuzz')
    await fc.assert(fc.asyncProperty(values, format, async (written, options) => {
      const table = people({ path, 'single-file': 'true', ...options })
      await writeOnce(table, written)
      expect(await readBack(table)).toEqual(written)
    }), { numRuns: Math.min(Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 150), 10_000) })
  })
})
