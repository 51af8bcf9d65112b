import type { Connector, ReaderFactory, ScanCondition, ScanSpec, Split, TableColumn, TableDefinition, Value } from '@millrace/core'
import { BATCH_ROWS_DEFAULT, END, typeName } from '@millrace/core'
import { compileScript } from '@millrace/core/compile'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { collect, readBatches } from './collect.js'
import { sortRows } from './fold-changes.js'
import { testReaderContext } from './reader-context.js'
import type { ReaderContextOptions, TestReaderContext } from './reader-context.js'
import { satisfies } from './scan-conditions.js'

/** A bounded table and what is in it. */
export interface ReaderCase {
  readonly title: string
  /** Sets the source up. Called once. */
  readonly make: () => Promise<ReaderFixture> | ReaderFixture
}

export interface ReaderFixture {
  readonly table: TableDefinition
  /** All rows, by column of the table, split after split in the order of the splits. */
  readonly rows: readonly (readonly Value[])[]
  /** Tables that `describe` must refuse, with the code. */
  readonly refused?: readonly { readonly table: TableDefinition; readonly code: string }[]
  readonly cleanUp?: () => Promise<void> | void
}

/** Batch sizes that every table is read with; a small one puts borders everywhere. */
const BATCH_SIZES: readonly number[] = [1, 3, 1_024]

/** How long a fixture may take to be made: some need a server. */
const MAKE_TIMEOUT_MS = 60_000

/** At most so many places a table is reopened at, spread over its rows. */
const REOPENINGS_MAX = 50

/**
 * The suite that every connector that reads must pass, as tests of vitest: splits are disjoint, complete and always the
 * same; the batch size changes nothing; a position continues exactly; a projection and a filter give what plain code
 * would; END is said again; everything that travels is plain data.
 */
export function describeReader(connector: Connector, cases: readonly ReaderCase[]): void {
  const factory = connector.reader
  if (factory === undefined) throw new Error(`connector ${connector.name} does not read`)
  describe(`reader of ${connector.name}`, () => {
    it('documents its options', () => {
      for (const [name, option] of Object.entries(factory.options)) {
        expect(option.doc, name).not.toBe('')
        expect(name, 'names are lower case').toBe(name.toLowerCase())
        if (option.values !== undefined && option.default !== undefined) expect(option.values).toContain(option.default)
      }
    })
    for (const { title, make } of cases) {
      describe(title, () => {
        describeCase(connector, factory, make)
      })
    }
  })
}

function describeCase(connector: Connector, factory: ReaderFactory, make: ReaderCase['make']): void {
  let fixture: ReaderFixture
  let splits: readonly Split[]

  beforeAll(async () => {
    const made = await make()
    fixture = { ...made, table: structuredClone(made.table) }
    splits = await factory.listSplits(fixture.table, { workerCount: 2 })
  }, MAKE_TIMEOUT_MS)
  afterAll(async () => {
    await fixture?.cleanUp?.()
  })

  const contexts: TestReaderContext[] = []
  const newContext = (options?: ReaderContextOptions): TestReaderContext => {
    const context = testReaderContext(options)
    contexts.push(context)
    return context
  }
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
  })

  const specOf = (parts: Partial<ScanSpec> = {}): ScanSpec =>
    structuredClone({ table: fixture.table, columns: fixture.table.columns, filter: [], batchRows: BATCH_ROWS_DEFAULT, ...parts })

  const readAll = async (spec: ScanSpec, context: TestReaderContext = newContext(), of: readonly Split[] = splits): Promise<Value[][]> => {
    const rows: Value[][] = []
    for (const split of of) {
      const reader = await factory.open(spec, jsonCopy(split), context)
      rows.push(...(await collect(reader, spec.columns)))
      await reader.close()
    }
    return rows
  }

  it('describes itself in plain data', async () => {
    const description = await factory.describe(fixture.table)
    expect(jsonCopy(description)).toEqual(description)
    expect(description.summary).not.toBe('')
    expect(description.bounded, 'a table of this suite ends').toBe(true)
    const names = fixture.table.columns.map(({ name }) => name)
    for (const key of description.splitKey) expect(names).toContain(key)
  })

  it('knows the options of its table and refuses impossible ones', async () => {
    for (const option of Object.keys(fixture.table.options)) expect(isKnown(option, factory), option).toBe(true)
    for (const { table, code } of fixture.refused ?? []) {
      await expect(factory.describe(table).then(() => factory.listSplits(table, { workerCount: 1 })), code).rejects.toMatchObject({ name: 'MillraceError', code })
    }
  })

  it('has a misspelt option refused, with the valid ones named', async () => {
    const columns = fixture.table.columns.map(({ name, type }) => `\`${name}\` ${typeName(type)}`).join(', ')
    const options = Object.entries({ ...fixture.table.options, 'no-such-option': '1' }).map(([name, value]) => `'${name}' = '${value.replaceAll("'", "''")}'`)
    const sql = `CREATE TABLE misspelt (${columns}) WITH ('connector' = '${connector.name}', ${options.join(', ')}); SELECT * FROM misspelt`
    const compiled = compileScript(sql, { connector: async () => connector, workerCount: 1, baseDirectory: fixture.table.baseDirectory })
    await expect(compiled).rejects.toMatchObject({ code: 'OPTION_UNKNOWN', message: expect.stringContaining('no-such-option') })
  })

  it('lists the same splits every time', async () => {
    expect(await factory.listSplits(fixture.table, { workerCount: 2 })).toEqual(splits)
    expect(jsonCopy(splits)).toEqual(splits)
    expect(new Set(splits.map(({ id }) => id)).size, 'ids are unique').toBe(splits.length)
    for (const { weight, bounded } of splits) {
      expect(weight).toBeGreaterThanOrEqual(0)
      expect(bounded).toBe(true)
    }
  })

  it('gives the same rows whatever the number of workers', async () => {
    for (const workerCount of [1, 8]) {
      const listed = await factory.listSplits(fixture.table, { workerCount })
      const schema = fixture.table.columns
      expect(sortRows(await readAll(specOf(), newContext(), listed), schema)).toEqual(sortRows(fixture.rows, schema))
    }
  })

  for (const batchRows of BATCH_SIZES) {
    it(`gives every row once, in order, in batches of ${batchRows}`, async () => {
      const context = newContext()
      expect(await readAll(specOf({ batchRows }), context)).toEqual(fixture.rows)
      expect(context.meter.rowsFiltered).toBe(0)
    })
  }

  it('gives the same rows on the general path', async () => {
    expect(await readAll(specOf(), newContext({ compile: false }))).toEqual(fixture.rows)
  })

  it('goes on from any position with nothing twice and nothing missing', async () => {
    const columns = fixture.table.columns
    const whole = specOf({ batchRows: 2 })
    const step = Math.ceil(fixture.rows.length / 2 / REOPENINGS_MAX)
    for (const split of splits) {
      const positions: { position: unknown; rowsBefore: number }[] = []
      const context = newContext()
      const reader = await factory.open(whole, split, context)
      positions.push({ position: jsonCopy(reader.position()), rowsBefore: 0 })
      const rows: Value[][] = []
      for await (const batch of readBatches(reader, columns)) {
        rows.push(...batch)
        positions.push({ position: jsonCopy(reader.position()), rowsBefore: rows.length })
      }
      await reader.close()
      for (const [i, { position, rowsBefore }] of positions.entries()) {
        if (i % Math.max(1, step) !== 0 && i !== positions.length - 1) continue
        const again = await factory.open(specOf({ batchRows: 3 }), split, newContext(), position)
        expect(await collect(again, columns), `from position ${JSON.stringify(position)}`).toEqual(rows.slice(rowsBefore))
        await again.close()
      }
    }
  })

  it('reads any choice of columns, none too', async () => {
    const { columns } = fixture.table
    const choices: (readonly TableColumn[])[] = [[], columns.toReversed(), ...columns.map((column) => [column])]
    for (const chosen of choices) {
      const expected = fixture.rows.map((row) => chosen.map((column) => row[columns.findIndex(({ name }) => name === column.name)]!))
      expect(await readAll(specOf({ columns: chosen })), chosen.map(({ name }) => name).join(', ')).toEqual(expected)
    }
  })

  it('filters exactly, if it says that it does', async () => {
    const { filters } = await factory.describe(fixture.table)
    if (!filters) return
    const { columns } = fixture.table
    for (const condition of columns.flatMap((column, c) => conditionsOn(column, c, fixture.rows))) {
      const expected = fixture.rows.filter((row) => satisfies(row[condition.column]!, condition, columns[condition.column]!.type))
      for (const compile of [true, false]) {
        const context = newContext({ compile })
        const text = `${columns[condition.column]!.name} ${condition.op} ${condition.values.map(String).join(', ')}`
        expect(await readAll(specOf({ filter: [condition], batchRows: 5 }), context), text).toEqual(expected)
        expect(context.meter.rowsFiltered, text).toBe(fixture.rows.length - expected.length)
      }
    }
  })

  it('says END again and again, and closes twice', async () => {
    for (const split of splits) {
      const reader = await factory.open(specOf(), split, newContext())
      await collect(reader, fixture.table.columns)
      const position = reader.position()
      expect(await reader.read()).toBe(END)
      expect(await reader.read()).toBe(END)
      expect(reader.position()).toEqual(position)
      const progress = reader.progress?.() ?? null
      if (progress !== null) expect(progress).toBe(1)
      await reader.close()
      await reader.close()
    }
  })

  it('closes in the middle', async () => {
    for (const split of splits) {
      const reader = await factory.open(specOf({ batchRows: 1 }), split, newContext())
      await reader.read()
      await reader.close()
    }
  })
}

/** Conditions with values that the column has, and next to them. */
function conditionsOn({ type }: TableColumn, column: number, rows: readonly (readonly Value[])[]): ScanCondition[] {
  const nullTests: ScanCondition[] = [{ column, op: 'is null', values: [] }, { column, op: 'is not null', values: [] }]
  if (type.kind === 'BYTES' || type.kind === 'ARRAY' || type.kind === 'MAP' || type.kind === 'ROW') return nullTests
  const present = rows.map((row) => row[column]!).filter((value) => value !== null) as (boolean | number | bigint | string)[]
  if (present.length === 0) return nullTests
  const middle = present[Math.floor(present.length / 2)]!
  const ops = ['=', '<>', '<', '<=', '>', '>='] as const
  return [
    ...nullTests,
    ...ops.map((op): ScanCondition => ({ column, op, values: [middle] })),
    { column, op: 'in', values: [present[0]!, middle] },
  ]
}

function isKnown(option: string, { options }: ReaderFactory): boolean {
  return Object.keys(options).some((name) => (name.endsWith('.*') ? option.startsWith(name.slice(0, -1)) : option === name))
}

/** Through JSON, as splits and positions go into a checkpoint. */
function jsonCopy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}
