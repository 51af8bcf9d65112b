import type { ChangeMode, Value, Writer, WriterFactory } from '@millrace/core'
import { BATCH_ROWS_DEFAULT, batchFromRows, CheckedEdge, INSERT, valueToJsonText } from '@millrace/core'
import type { Change } from './batch-text.js'
import type { WriterFixture } from './describe-writer.js'
import { foldChanges, sortRows } from './fold-changes.js'
import { manualClock } from './manual-clock.js'

/** One job that writes a table, through crashes, with the parts of the engine that its writers need. */
export class WriterSession {
  readonly #factory: WriterFactory
  readonly #fixture: WriterFixture
  readonly #jobId: string
  readonly #open: Writer[] = []
  readonly #clock = manualClock()
  #attempt = 1
  /** What the newest checkpoint had prepared. */
  #before: readonly unknown[] = []

  constructor(factory: WriterFactory, fixture: WriterFixture, jobId = 'test') {
    this.#factory = factory
    this.#fixture = fixture
    this.#jobId = jobId
  }

  async open(workerIndex: number, workerCount: number): Promise<Writer> {
    const things = new Map<string, unknown>()
    const sink = {
      table: this.#fixture.table, mode: await this.#mode(), workerIndex, workerCount, jobId: this.#jobId, attempt: `${this.#attempt}`, index: 0,
      before: this.#before,
    }
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

  async openAll(workerCount: number): Promise<Writer[]> {
    const { single } = await this.#factory.describe(this.#fixture.table)
    return Promise.all(Array.from({ length: single ? 1 : workerCount }, (_, worker) => this.open(worker, workerCount)))
  }

  async #mode(): Promise<ChangeMode> {
    const { accepts } = await this.#factory.describe(this.#fixture.table)
    if (accepts === 'upsert' && this.#fixture.table.primaryKey.length > 0) return 'upsert'
    return this.#fixture.changes.some(({ kind }) => kind !== INSERT) ? accepts : 'append'
  }

  /** Through a checked edge: the batch is spoiled when `write` has returned. */
  async write(writer: Writer, changes: readonly Change[], batchRows: number = BATCH_ROWS_DEFAULT): Promise<void> {
    for (let from = 0; from < changes.length; from += batchRows) {
      this.writeNow(writer, changes.slice(from, from + batchRows))
      await writer.ready(from + batchRows >= changes.length)
    }
  }

  /** One batch, without a call of `ready`. */
  writeNow(writer: Writer, changes: readonly Change[]): void {
    if (changes.length === 0) return
    const { columns } = this.#fixture.table
    const kinds = changes.some(({ kind }) => kind !== INSERT) ? Uint8Array.from(changes, ({ kind }) => kind) : null
    const edge = new CheckedEdge(columns, 'writer', (element) => element.kind === 'batch' && writer.write(element))
    edge.push(batchFromRows(changes.map(({ values }) => values), columns, kinds))
  }

  /** Shares changes out among writers: those of one primary key to the same one, in their order. */
  async writeAll(writers: readonly Writer[], changes: readonly Change[]): Promise<void> {
    const owners = new Map<string, number>()
    for (const [i, change] of changes.entries()) {
      const key = this.#fixture.table.primaryKey.length === 0 ? String(i) : this.#keyOf(change.values)
      const owner = owners.get(key) ?? owners.size % writers.length
      owners.set(key, owner)
      await this.write(writers[owner]!, [change])
    }
  }

  #keyOf(values: readonly Value[]): string {
    const { columns, primaryKey } = this.#fixture.table
    return columns.map(({ name, type }, c) => (primaryKey.includes(name) ? valueToJsonText(values[c]!, type) : '')).join(' ')
  }

  /** With handles that have gone through JSON, as they come from a checkpoint. */
  async commit(handles: readonly unknown[], epoch: number): Promise<void> {
    await this.#factory.commit?.(this.#fixture.table, this.stored(handles), epoch)
  }

  stored(handles: readonly unknown[]): unknown[] {
    return handles.filter((handle) => handle !== null).map((handle) => JSON.parse(JSON.stringify(handle)) as unknown)
  }

  /**
   * The job's writers are lost, not closed, and it goes on from a checkpoint: what that had prepared is committed once more, what came
   * later is removed. Writers opened from now on are of a new attempt.
   *
   * @param epoch 0: there was no checkpoint yet
   */
  async crash(handles: readonly unknown[], epoch: number): Promise<void> {
    this.#attempt++
    this.#before = this.stored(handles)
    if (epoch > 0) await this.commit(handles, epoch)
    await this.#factory.recover?.(this.#fixture.table, this.#jobId, epoch)
  }

  /** What anyone would find in the table, and what these changes come to, both sorted. */
  async compare(changes: readonly Change[]): Promise<{ readonly visible: Value[][]; readonly expected: Value[][] }> {
    const { columns, primaryKey } = this.#fixture.table
    const expected = (await this.#mode()) === 'upsert' ? foldChanges(changes, columns, primaryKey) : changes.map(({ values }) => values)
    return { visible: sortRows(await this.#fixture.visible(), columns), expected: sortRows(expected, columns) }
  }

  async close(): Promise<void> {
    for (const writer of this.#open) await writer.close()
  }
}
