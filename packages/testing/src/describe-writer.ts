import type { Connector, TableDefinition, Value, Writer, WriterFactory } from '@millrace/core'
import { BATCH_ROWS_DEFAULT, batchFromRows, CheckedEdge, INSERT } from '@millrace/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Change } from './batch-text.js'
import { sortRows } from './fold-changes.js'
import { manualClock } from './manual-clock.js'

/** A table to write, fresh for every test. */
export interface WriterCase {
  readonly title: string
  readonly make: () => Promise<WriterFixture> | WriterFixture
}

export interface WriterFixture {
  readonly table: TableDefinition
  /** What is written; at least 4 rows. */
  readonly changes: readonly Change[]
  /** What anyone else would find in the table now, in any order. */
  readonly visible: () => Promise<readonly (readonly Value[])[]>
  readonly cleanUp?: () => Promise<void> | void
}

/**
 * The suite that every connector that writes must pass, as tests of vitest: nothing is visible before its commit and
 * everything after, once, however often the commit is repeated; what was not committed leaves nothing; every worker's
 * rows arrive; a batch is not looked at after `write` has returned.
 */
export function describeWriter(connector: Connector, cases: readonly WriterCase[]): void {
  const factory = connector.writer
  if (factory === undefined) throw new Error(`connector ${connector.name} does not write`)
  describe(`writer of ${connector.name}`, () => {
    it('documents its options', () => {
      for (const [name, option] of Object.entries(factory.options)) {
        expect(option.doc, name).not.toBe('')
        expect(name, 'names are lower case').toBe(name.toLowerCase())
      }
    })
    for (const { title, make } of cases) {
      describe(title, () => {
        describeCase(factory, make)
      })
    }
  })
}

function describeCase(factory: WriterFactory, make: WriterCase['make']): void {
  let fixture: WriterFixture
  let session: WriterSession

  beforeEach(async () => {
    const made = await make()
    fixture = { ...made, table: structuredClone(made.table) }
    session = new WriterSession(factory, fixture)
  })
  afterEach(async () => {
    await session.close()
    await fixture.cleanUp?.()
  })

  const expectVisible = async (changes: readonly Change[]): Promise<void> => {
    const { columns } = fixture.table
    expect(sortRows(await fixture.visible(), columns)).toEqual(sortRows(changes.map(({ values }) => values), columns))
  }

  it('describes itself in plain data and leaves nothing behind', async () => {
    const description = await factory.describe(fixture.table)
    expect(structuredClone(description)).toEqual(description)
    expect(['append', 'upsert', 'retract']).toContain(description.accepts)
    expect(description.summary).not.toBe('')
    await expectVisible([])
  })

  for (const batchRows of [1, 3, BATCH_ROWS_DEFAULT]) {
    it(`shows rows written in batches of ${batchRows} once they are committed, and not before`, async () => {
      const writer = await session.open(0, 1)
      await session.write(writer, fixture.changes, batchRows)
      const handle = await writer.prepare(1)
      if (factory.commit !== undefined) await expectVisible([])
      await session.commit([handle], 1)
      await expectVisible(fixture.changes)
    })
  }

  it('may be committed again, and after it was closed', async () => {
    const writer = await session.open(0, 1)
    await session.write(writer, fixture.changes)
    const handle = await writer.prepare(1)
    await writer.close()
    await session.commit([handle], 1)
    await session.commit([handle], 1)
    await expectVisible(fixture.changes)
  })

  it('writes on after it has prepared', async () => {
    const half = Math.ceil(fixture.changes.length / 2)
    const writer = await session.open(0, 1)
    await session.write(writer, fixture.changes.slice(0, half))
    const first = await writer.prepare(1)
    await session.write(writer, fixture.changes.slice(half))
    await session.commit([first], 1)
    if (factory.commit !== undefined) await expectVisible(fixture.changes.slice(0, half))
    await session.commit([await writer.prepare(2)], 2)
    // A single file is replaced by the last commit, or holds the rows of all: that is the connector's to say.
    if ((await factory.describe(fixture.table)).single) return
    await expectVisible(fixture.changes)
  })

  it('takes the rows of several workers', async () => {
    const { single } = await factory.describe(fixture.table)
    if (single) return
    const writers = [await session.open(0, 3), await session.open(1, 3), await session.open(2, 3)]
    for (const [i, change] of fixture.changes.entries()) await session.write(writers[i % 2]!, [change])
    const handles: unknown[] = []
    for (const writer of writers) handles.push(await writer.prepare(1))
    await session.commit(handles, 1)
    await expectVisible(fixture.changes)
  })

  it('leaves nothing of what was not prepared, or was aborted', async () => {
    if (factory.commit === undefined) return
    const writer = await session.open(0, 1)
    await session.write(writer, fixture.changes)
    await writer.close()
    await expectVisible([])
    const second = await session.open(0, 1)
    await session.write(second, fixture.changes)
    const handle = await second.prepare(1)
    await second.close()
    await factory.abort?.(fixture.table, handle === null ? [] : [handle])
    await expectVisible([])
  })

  it('prepares and commits nothing at all', async () => {
    const writer = await session.open(0, 1)
    await writer.ready(true)
    await session.commit([await writer.prepare(1)], 1)
    await expectVisible([])
  })

  it('closes twice', async () => {
    const writer = await session.open(0, 1)
    await session.write(writer, fixture.changes.slice(0, 1))
    await writer.close()
    await writer.close()
  })
}

/** Writers of one test, with the parts of the engine that they need. */
class WriterSession {
  readonly #factory: WriterFactory
  readonly #fixture: WriterFixture
  readonly #open: Writer[] = []
  readonly #clock = manualClock()

  constructor(factory: WriterFactory, fixture: WriterFixture) {
    this.#factory = factory
    this.#fixture = fixture
  }

  async open(workerIndex: number, workerCount: number): Promise<Writer> {
    const things = new Map<string, unknown>()
    const { accepts } = await this.#factory.describe(this.#fixture.table)
    const changes = this.#fixture.changes.some(({ kind }) => kind !== INSERT)
    const sink = { table: this.#fixture.table, mode: changes ? accepts : 'append', workerIndex, workerCount, jobId: 'test', attempt: '1' } as const
    const writer = await this.#factory.open(structuredClone(sink), {
      shared: <T>(key: string, create: () => T): T => {
        if (!things.has(key)) things.set(key, create())
        return things.get(key) as T
      },
      meter: { bytesOut: 0 },
      nowMicros: () => this.#clock.nowMicros(),
      signal: new AbortController().signal,
    })
    this.#open.push(writer)
    return writer
  }

  /** Through a checked edge: the batch is spoiled when `write` has returned. */
  async write(writer: Writer, changes: readonly Change[], batchRows: number = BATCH_ROWS_DEFAULT): Promise<void> {
    const { columns } = this.#fixture.table
    const edge = new CheckedEdge(columns, 'writer', (element) => element.kind === 'batch' && writer.write(element))
    for (let from = 0; from < changes.length; from += batchRows) {
      const part = changes.slice(from, from + batchRows)
      const kinds = part.some(({ kind }) => kind !== INSERT) ? Uint8Array.from(part, ({ kind }) => kind) : null
      edge.push(batchFromRows(part.map(({ values }) => values), columns, kinds))
      await writer.ready(from + batchRows >= changes.length)
    }
  }

  /** With handles that have gone through JSON, as they come from a checkpoint. */
  async commit(handles: readonly unknown[], epoch: number): Promise<void> {
    const prepared = handles.filter((handle) => handle !== null).map((handle) => JSON.parse(JSON.stringify(handle)) as unknown)
    await this.#factory.commit?.(this.#fixture.table, prepared, epoch)
  }

  async close(): Promise<void> {
    for (const writer of this.#open) await writer.close()
  }
}
