import type { TableDefinition, Value } from '@millrace/core'
import { BIGINT, DOUBLE, INT, STRING, array, decimal, timestamp } from '@millrace/core'
import { collect, tableOf, testReaderContext } from '@millrace/testing'
import { describeReader } from '@millrace/testing/contract'
import { parse } from 'csv-parse/sync'
import * as fc from 'fast-check'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { connector } from './index.js'

const directory = mkdtempSync(join(tmpdir(), 'millrace-file-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

let files = 0
function place(content: string | Uint8Array, name = `f${files++}`): string {
  const path = join(directory, name)
  writeFileSync(path, content)
  return path
}

const factory = connector.reader!

async function readTable(table: TableDefinition): Promise<{ rows: Value[][]; splits: number; failures: { code: string; position: unknown; bytes: number }[]; bytesIn: number }> {
  const context = testReaderContext({ onError: 'skip' })
  const splits = await factory.listSplits(table, { workerCount: 2 })
  const rows: Value[][] = []
  for (const split of splits) {
    const reader = await factory.open({ table, columns: table.columns, filter: [], batchRows: 3 }, split, context)
    rows.push(...(await collect(reader, table.columns)))
    await reader.close()
  }
  const failures = context.failures.map(({ code, position, record }) => ({ code, position, bytes: record?.length ?? 0 }))
  return { rows, splits: splits.length, failures, bytesIn: context.meter.bytesIn }
}

const columns = { id: INT, name: STRING, price: DOUBLE, big: BIGINT, amount: decimal(20, 2), at: timestamp(3), tags: array(STRING) }
const rows: Value[][] = Array.from({ length: 60 }, (_, i) => [
  i, i % 7 === 0 ? null : `näme, "${i}"\n\\`, i / 8, 2n ** 60n + BigInt(i), BigInt(i) * 25n, (1_767_225_600_000 + i) * 1000, i % 3 === 0 ? null : [`t${i}`, 'x'],
])
const ndjson = rows.map(([id, name, price, big, amount, at, tags]) =>
  `{"id":${id},"name":${JSON.stringify(name)},"price":${price},"big":${big},"amount":${Number(amount) / 100},"at":"${new Date(Number(at) / 1000).toISOString()}","tags":${JSON.stringify(tags)}}\n`).join('')
const quote = (text: unknown): string => `"${String(text).replaceAll('"', '""')}"`
const csv = rows.map(([id, name, price, big, amount, at, tags]) =>
  [id, name === null ? '' : quote(name), price, big, Number(amount) / 100, new Date(Number(at) / 1000).toISOString(), tags === null ? '' : quote(JSON.stringify(tags))].join(',') + '\r\n').join('')

const fixture = (name: string, content: string | Uint8Array, options: Record<string, string>): { title: string; make: () => { table: TableDefinition; rows: Value[][]; refused: { table: TableDefinition; code: string }[] } } => ({
  title: name,
  make: () => {
    const table = tableOf('t', 'file', columns, { path: place(content, name), ...options })
    return {
      table, rows,
      refused: [
        { table: { ...table, options: { ...table.options, path: '/nowhere/at/all' } }, code: 'SOURCE_MISSING' },
        { table: { ...table, options: { ...table.options, watch: 'true' } }, code: 'SQL_UNSUPPORTED' },
        { table: { ...table, options: { ...table.options, format: 'parquet' } }, code: 'SQL_UNSUPPORTED' },
        { table: { ...table, options: { ...table.options, format: 'jsonn' } }, code: 'OPTION_INVALID' },
      ],
    }
  },
})

const zstd = (content: string): Uint8Array | null => {
  try {
    return execFileSync('zstd', ['-q', '-c'], { input: content })
  } catch {
    return null
  }
}
const zstdBytes = zstd(ndjson)

describeReader(connector, [
  fixture('plain.ndjson', ndjson, { format: 'json' }),
  fixture('ranges.ndjson', ndjson, { format: 'json', 'split-bytes': '700' }),
  fixture('plain.csv', csv, { format: 'csv' }),
  fixture('ranges.csv', csv, { format: 'csv', 'split-bytes': '500' }),
  fixture('header.csv', `\ufeffid,"na\nme",price,big,amount,at,tags\n${csv}`, { format: 'csv', 'csv.header': 'true', 'split-bytes': '500' }),
  fixture('members.ndjson.gz', Buffer.concat([gzipSync(ndjson.slice(0, 1000)), gzipSync(ndjson.slice(1000))]), { format: 'json' }),
  ...(zstdBytes === null ? [] : [fixture('one.ndjson.zst', zstdBytes, { format: 'json' })]),
])

describe('splits', () => {
  it('of any size give the same rows: tricky NDJSON', async () => {
    const text = '\ufeff{"a":"x"}\n\n{"a":"é\\n"}\r\n {"a":"😀"}\nbroken\n{"b":1}\n{"a":"last"}'
    const path = place(text)
    const whole = await readTable(tableOf('t', 'file', { a: STRING }, { path, format: 'json' }))
    expect(whole.rows).toEqual([['x'], ['é\n'], ['😀'], [null], ['last']])
    expect(whole.failures).toEqual([{ code: 'ROW_UNDECODABLE', position: Buffer.byteLength(text.slice(0, text.indexOf('broken'))), bytes: 6 }])
    for (let bytes = 1; bytes <= Buffer.byteLength(text) + 1; bytes++) {
      const cut = await readTable(tableOf('t', 'file', { a: STRING }, { path, format: 'json', 'split-bytes': String(bytes) }))
      expect(cut.rows, `split-bytes ${bytes}`).toEqual(whole.rows)
      expect(cut.failures).toEqual(whole.failures)
    }
  })

  it('of any size give the same rows: tricky CSV', async () => {
    const text = 'h1,h2\na,"1\n2"\n"b ""\n"" b",\r\n"",x"y\n"\n\n",z\nlast,"end"'
    const path = place(text)
    const options = { path, format: 'csv', 'csv.header': 'true' }
    const whole = await readTable(tableOf('t', 'file', { a: STRING, b: STRING }, options))
    expect(whole.rows).toEqual([['a', '1\n2'], ['b "\n" b', null], ['', 'x"y'], ['\n\n', 'z'], ['last', 'end']])
    for (let bytes = 1; bytes <= text.length + 1; bytes++) {
      const cut = await readTable(tableOf('t', 'file', { a: STRING, b: STRING }, { ...options, 'split-bytes': String(bytes) }))
      expect(cut.rows, `split-bytes ${bytes}`).toEqual(whole.rows)
    }
  })

  it('are one a file with \'scan.replay\'', async () => {
    const path = place(ndjson)
    expect(await factory.listSplits(tableOf('t', 'file', columns, { path, format: 'json', 'split-bytes': '100', 'scan.replay': 'true' }), { workerCount: 2 })).toHaveLength(1)
  })

  it('come from all files of a directory or a glob, in order of their names', async () => {
    const folder = join(directory, 'many')
    mkdirSync(join(folder, 'deeper'), { recursive: true })
    writeFileSync(join(folder, 'b.ndjson'), '{"a":"b"}')
    writeFileSync(join(folder, 'a.ndjson'), '{"a":"a"}')
    writeFileSync(join(folder, 'deeper', 'c.ndjson'), '{"a":"c"}')
    writeFileSync(join(folder, 'empty.ndjson'), '')
    writeFileSync(join(folder, '.part-x.ndjson.tmp'), 'unfinished')
    const read = async (path: string): Promise<Value[]> => (await readTable(tableOf('t', 'file', { a: STRING }, { path, format: 'json' }, { baseDirectory: directory }))).rows.flat()
    expect(await read('many')).toEqual(['a', 'b', 'c'])
    expect(await read(folder)).toEqual(['a', 'b', 'c'])
    expect(await read('many/*.ndjson')).toEqual(['a', 'b'])
    expect(await read('many/**/[bc].ndjson')).toEqual(['b', 'c'])
    await expect(read('many/*.csv')).rejects.toMatchObject({ code: 'SOURCE_MISSING' })
  })

  it('count every byte', async () => {
    const { bytesIn } = await readTable(tableOf('t', 'file', columns, { path: place(ndjson), format: 'json', 'split-bytes': '333' }))
    expect(bytesIn).toBe(Buffer.byteLength(ndjson))
  })
})

describe('damaged sources', () => {
  const read = (content: Uint8Array): Promise<unknown> => readTable(tableOf('t', 'file', { id: INT }, { path: place(content), format: 'json' }))

  it('are told: gzip cut off, gzip with a wrong byte', async () => {
    const packed = gzipSync(ndjson)
    await expect(read(packed.subarray(0, packed.length - 20))).rejects.toMatchObject({ code: 'SOURCE_CORRUPT' })
    const wrong = Buffer.from(packed)
    wrong[packed.length - 6]! ^= 1
    await expect(read(wrong)).rejects.toMatchObject({ code: 'SOURCE_CORRUPT' })
  })

  it.skipIf(zstdBytes === null)('are told: zstd cut off', async () => {
    await expect(read(zstdBytes!.subarray(0, zstdBytes!.length - 20))).rejects.toMatchObject({ code: 'SOURCE_CORRUPT' })
  })

  it.skipIf(zstdBytes === null)('takes zstd frames one after the other', async () => {
    const two = Buffer.concat([zstd('{"id":1}\n')!, zstd('{"id":2}\n')!])
    expect(await read(two)).toMatchObject({ rows: [[1], [2]] })
  })

  it('are told: a file that is none', async () => {
    await expect(readTable(tableOf('t', 'file', { id: INT }, { path: '/proc/self/mem', format: 'json' }))).rejects.toMatchObject({ name: 'MillraceError' })
    expect(existsSync('/nowhere')).toBe(false)
  })
})

describe('CSV', () => {
  it('is read as csv-parse reads it', async () => {
    const cell = fc.oneof(fc.string(), fc.constantFrom('a,b', 'line\nline', '"', '""', '\r\n', 'plain', ' ')).map((text) => text.replaceAll('\ufeff', ''))
    const table = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 12 })
    await fc.assert(fc.asyncProperty(table, fc.integer({ min: 1, max: 60 }), fc.boolean(), async (cells, splitBytes, always) => {
      const write = (text: string): string => (always || /[",\r\n]/.test(text) || text === '' ? quote(text) : text)
      const text = cells.map((row) => row.map(write).join(',')).join('\n')
      const expected = parse(text, { delimiter: ',', record_delimiter: '\n', relax_quotes: true }) as string[][]
      expect(expected).toEqual(cells)
      const { rows: read } = await readTable(tableOf('t', 'file', { a: STRING, b: STRING, c: STRING }, { path: place(text, 'fuzz.csv'), format: 'csv', 'split-bytes': String(splitBytes) }))
      expect(read).toEqual(expected)
    }), { numRuns: Math.min(Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 200), 20_000) })
  })
})

describe('records that are too long', () => {
  it('fail alone, in NDJSON and in CSV with line ends in quotes', async () => {
    const filler = Buffer.alloc(70_000_000, 0x78)
    filler[35_000_000] = 10
    const json = Buffer.concat([Buffer.from('{"id":1}\n{"id":2,"x":"'), filler.fill(0x78, 35_000_000, 35_000_001), Buffer.from('"}\n{"id":3}\n')])
    const readJson = await readTable(tableOf('t', 'file', { id: INT }, { path: place(json, 'long.ndjson'), format: 'json', 'split-bytes': '16mb' }))
    expect(readJson.rows).toEqual([[1], [3]])
    expect(readJson.failures).toEqual([{ code: 'ROW_TOO_LONG', position: 9, bytes: 65_536 }])
    filler[35_000_000] = 10
    const quoted = Buffer.concat([Buffer.from('1,a\n2,"'), filler, Buffer.from('"\n3,c\n')])
    const readCsv = await readTable(tableOf('t', 'file', { id: INT, x: STRING }, { path: place(quoted, 'long.csv'), format: 'csv' }))
    expect(readCsv.rows).toEqual([[1, 'a'], [3, 'c']])
    expect(readCsv.failures).toEqual([{ code: 'ROW_TOO_LONG', position: 4, bytes: 65_536 }])
  })
})
