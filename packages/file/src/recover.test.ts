import type { SinkSpec, TableDefinition, Writer } from '@millrace/core'
import { batchFromRows, INT, STRING } from '@millrace/core'
import { tableOf } from '@millrace/testing'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, expect, it } from 'vitest'
import type { PreparedFile } from './part-file.js'
import { fileWriterFactory as factory } from './writer-factory.js'

const directory = mkdtempSync(join(tmpdir(), 'millrace-recover-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

let made = 0
const freshPath = (suffix = ''): string => join(directory, `sink${made++}${suffix}`)
const tableAt = (path: string, options: Record<string, string> = {}, rest: Partial<TableDefinition> = {}): TableDefinition =>
  tableOf('out', 'file', { name: STRING, n: INT }, { path, format: 'csv', ...options }, rest)

function open(table: TableDefinition, more: Partial<SinkSpec> = {}): Promise<Writer> {
  return factory.open({ table, mode: 'append', workerIndex: 0, workerCount: 1, jobId: 'job', attempt: '1', index: 0, before: [], ...more }, {
    shared: (_key, create) => create(), meter: { bytesOut: 0 }, nowMicros: () => 0, signal: new AbortController().signal,
  })
}

const rowsOf = (table: TableDefinition, ...names: string[]): ReturnType<typeof batchFromRows> => batchFromRows(names.map((name, n) => [name, n]), table.columns)

/** Writes an epoch and prepares it. */
async function epoch(writer: Writer, table: TableDefinition, number: number, ...names: string[]): Promise<PreparedFile[]> {
  if (names.length > 0) writer.write(rowsOf(table, ...names))
  return (await writer.prepare(number)) as PreparedFile[]
}

const all = (path: string): string[] => readdirSync(path, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1)).toSorted()

it('takes back epochs behind the checkpoint, which are written again by fewer workers', async () => {
  const path = freshPath()
  const table = tableAt(path)
  const writers = [await open(table), await open(table, { workerIndex: 1 }), await open(table, { workerIndex: 2 })]
  for (const number of [1, 2]) await factory.commit!(table, await Promise.all(writers.map((writer, w) => epoch(writer, table, number, `${number}${w}`))), number)
  expect(all(path)).toHaveLength(6)
  await factory.recover!(table, 'job', 1)
  expect(all(path)).toEqual(['part-job-1-0.csv', 'part-job-1-1.csv', 'part-job-1-2.csv'])
  const writer = await open(table, { attempt: '2' })
  await factory.commit!(table, [await epoch(writer, table, 2, '2')], 2)
  expect(all(path)).toEqual(['part-job-1-0.csv', 'part-job-1-1.csv', 'part-job-1-2.csv', 'part-job-2-0.csv'])
})

it('removes what is unfinished in the folders of partitions, and nothing that is not the job\'s', async () => {
  const path = freshPath()
  const table = tableAt(path, {}, { partitionedBy: ['name'] })
  const [mine, other, alike] = [await open(table), await open(table, { jobId: 'other' }), await open(table, { jobId: 'job-1' })]
  for (const writer of [mine, other, alike]) writer.write(rowsOf(table, 'a', 'b/c'))
  await mine.prepare(1)
  mine.write(rowsOf(table, 'd'))
  await other.prepare(1)
  await alike.prepare(1)
  mkdirSync(join(path, 'notes'))
  const foreign = ['notes/.part-job-0-0_0-1.csv.tmp', '.part-jobs-0-0_0-1.csv.tmp', 'part-job-x.csv', 'mine.tmp', 'part-joby-9-0.csv']
  for (const name of foreign) writeFileSync(join(path, name), '')
  await factory.recover!(table, 'job', 0)
  const left = all(path)
  expect(left.filter((name) => /part-job-\d+-/.test(name))).toEqual(['notes/.part-job-0-0_0-1.csv.tmp'])
  expect(left).toEqual(expect.arrayContaining(foreign))
  expect(left.filter((name) => name.includes('part-other-'))).toHaveLength(2)
  expect(left.filter((name) => name.includes('part-job_2d_1-'))).toHaveLength(2)
})

it('keeps sinks of one job apart that write into one directory', async () => {
  const path = freshPath()
  const table = tableAt(path)
  const writers = [await open(table), await open(table, { index: 1 })]
  await factory.commit!(table, await Promise.all(writers.map((writer, w) => epoch(writer, table, 1, String(w)))), 1)
  expect(all(path)).toEqual(['part-job-1-0-1.csv', 'part-job-1-0.csv'])
})

it('lets the later of two attempts have an epoch', async () => {
  const path = freshPath()
  const table = tableAt(path)
  const [first, second] = [await open(table), await open(table, { attempt: '2' })]
  const [one, two] = [await epoch(first, table, 1, 'first'), await epoch(second, table, 1, 'second')]
  await factory.commit!(table, [one], 1)
  await factory.commit!(table, [two], 1)
  expect(readFileSync(join(path, 'part-job-1-0.csv'), 'utf8')).toBe('second,0\n')
})

it('appends to a single file in place, and does so again after a crash in the middle of it', async () => {
  const path = freshPath('.csv')
  const table = tableAt(path, { 'single-file': 'true', 'csv.header': 'true' })
  const writer = await open(table)
  await factory.commit!(table, [await epoch(writer, table, 1, 'a', 'b')], 1)
  const committed = readFileSync(path, 'utf8')
  const handle = await epoch(writer, table, 2, 'c', 'd')
  const bytes = readFileSync(handle[0]!.temporary!)
  for (let cut = 0; cut <= bytes.length; cut++) {
    writeFileSync(path, committed + bytes.subarray(0, cut).toString())
    writeFileSync(handle[0]!.temporary!, bytes)
    await factory.commit!(table, [handle], 2)
    await factory.commit!(table, [handle], 2)
    await factory.recover!(table, 'job', 2)
    expect(readFileSync(path, 'utf8')).toBe('name,n\na,0\nb,1\nc,0\nd,1\n')
  }
  expect(readdirSync(directory).filter((name) => name.startsWith(`.${basename(path)}`))).toEqual([])
})

it('holds a single file to the checkpoint from which it goes on', async () => {
  for (const gzip of ['', '.gz']) {
    const path = freshPath(`.csv${gzip}`)
    writeFileSync(path, 'what was there before')
    const table = tableAt(path, { 'single-file': 'true', 'csv.header': 'true' })
    const text = (): string => (gzip === '' ? readFileSync(path, 'utf8') : gunzipSync(readFileSync(path)).toString())
    const writer = await open(table)
    const handles: PreparedFile[][] = []
    for (const number of [1, 2, 3]) {
      handles.push(await epoch(writer, table, number, ...(number === 2 ? [] : [`${number}`])))
      await factory.commit!(table, [handles.at(-1)], number)
    }
    expect(text()).toBe('name,n\n1,0\n3,0\n')
    // The third checkpoint is damaged: its rows will come again.
    await factory.commit!(table, [handles[1]], 2)
    await factory.recover!(table, 'job', 2)
    expect(text()).toBe('name,n\n1,0\n')
    const again = await open(table, { attempt: '2', before: [handles[1]] })
    await factory.commit!(table, [await epoch(again, table, 4, 'again')], 4)
    expect(text()).toBe('name,n\n1,0\nagain,0\n')
  }
})

it('does not go on where somebody else has taken away what it had written', async () => {
  const path = freshPath('.csv')
  const table = tableAt(path, { 'single-file': 'true' })
  const writer = await open(table)
  const [one, two] = [await epoch(writer, table, 1, 'a'), await epoch(writer, table, 2, 'b')]
  await factory.commit!(table, [one], 1)
  truncateSync(path, 1)
  await expect(factory.commit!(table, [two], 2)).rejects.toMatchObject({ code: 'SINK_UNWRITABLE' })
  const parts = tableAt(freshPath())
  const handle = await epoch(await open(parts), parts, 1, 'a')
  renameSync(handle[0]!.temporary!, `${path}.elsewhere`)
  await expect(factory.commit!(parts, [handle], 1)).rejects.toMatchObject({ code: 'SINK_UNWRITABLE' })
})

it('returns from the call of prepare before anything is on the disk, and closes after it is', async () => {
  const path = freshPath()
  const table = tableAt(path)
  const writer = await open(table)
  writer.write(rowsOf(table, 'a'))
  let durable = false
  const preparing = writer.prepare(1).then((handle) => {
    durable = true
    return handle
  })
  writer.write(rowsOf(table, 'b'))
  expect(durable).toBe(false)
  await writer.close()
  await factory.commit!(table, [await preparing], 1)
  expect(all(path)).toEqual(['part-job-1-0.csv'])
  expect(readFileSync(join(path, 'part-job-1-0.csv'), 'utf8')).toBe('a,0\n')
  expect(existsSync(join(path, 'part-job-2-0.csv'))).toBe(false)
})
