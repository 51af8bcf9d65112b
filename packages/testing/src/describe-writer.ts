import type { Connector, TableDefinition, Value, WriterFactory } from '@millrace/core'
import { BATCH_ROWS_DEFAULT } from '@millrace/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Change } from './batch-text.js'
import { describeCrashes } from './describe-writer-crashes.js'
import { WriterSession } from './writer-session.js'

/** A table to write, fresh for every test. */
export interface WriterCase {
  readonly title: string
  readonly make: () => Promise<WriterFixture> | WriterFixture
}

export interface WriterFixture {
  readonly table: TableDefinition
  /** What is written; at least 4 rows. To a table that takes upserts: changes as `upsert` has them, told apart by its primary key. */
  readonly changes: readonly Change[]
  /** What anyone else would find in the table now, in any order. */
  readonly visible: () => Promise<readonly (readonly Value[])[]>
  readonly cleanUp?: () => Promise<void> | void
}

/**
 * The suite that every connector that writes must pass, as tests of vitest: nothing is visible before its commit and
 * everything after, once, however often the commit is repeated; what was not committed leaves nothing; every worker's
 * rows arrive; a batch is not looked at after `write` has returned; an epoch ends with the call of `prepare`.
 *
 * Where there is a `commit`, jobs crash between any two steps and go on, and what is visible is what was written once. Where there is none
 * but rows replace others of their key, they may be written again after a crash.
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
    const { visible, expected } = await session.compare(changes)
    expect(visible).toEqual(expected)
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
    await expectVisible(fixture.changes)
  })

  it('ends an epoch when it is asked to prepare, not when it has', async () => {
    const half = Math.ceil(fixture.changes.length / 2)
    const writer = await session.open(0, 1)
    session.writeNow(writer, fixture.changes.slice(0, half))
    const preparing = writer.prepare(1)
    session.writeNow(writer, fixture.changes.slice(half))
    await writer.ready(true)
    await session.commit([await preparing], 1)
    if (factory.commit !== undefined) await expectVisible(fixture.changes.slice(0, half))
    const second = await writer.prepare(2)
    await session.commit([second], 2)
    await session.commit([second], 2)
    await expectVisible(fixture.changes)
  })

  it('takes the rows of several workers, in several epochs', async () => {
    const half = Math.ceil(fixture.changes.length / 2)
    const writers = await session.openAll(3)
    for (const [epoch, changes] of [[1, fixture.changes.slice(0, half)], [2, fixture.changes.slice(half)]] as const) {
      await session.writeAll(writers.slice(0, 2), changes)
      await session.commit(await Promise.all(writers.map((writer) => writer.prepare(epoch))), epoch)
    }
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

  it('recovers where nothing was written, and again', async () => {
    await session.crash([], 0)
    await session.crash([], 0)
    await expectVisible([])
  })

  if (factory.commit !== undefined) describeCrashes(factory, () => fixture, () => session)
  else it('may be given rows again, where they replace others of their key', async () => {
    if ((await factory.describe(fixture.table)).accepts !== 'upsert') return
    const half = Math.ceil(fixture.changes.length / 2)
    const lost = await session.open(0, 1)
    await session.write(lost, fixture.changes.slice(0, half))
    const first = await lost.prepare(1)
    await session.write(lost, fixture.changes.slice(half, half + 1))
    await session.crash([first], 1)
    const writer = await session.open(0, 1)
    await session.write(writer, fixture.changes.slice(half))
    await writer.prepare(2)
    await expectVisible(fixture.changes)
  })
}
