import {
  type Batch, batchFromRows, batchToRows, DELETE, encodeBatch, encodedSize, MillraceError, nearestName, type Row, ROW_KIND_SIGN, rowToValues,
  type Schema, type Split, type TableDefinition, UPDATE_BEFORE, type Value,
} from '@millrace/core'
import { MEMORY_SPLIT_ROWS } from '../limits.js'

/** Part of a memory table as shared memory that all workers read in place. */
export interface MemorySplitDetail {
  readonly bytes: Uint8Array
  readonly rows: number
}

/** The rows of `memory` tables on the main thread: given to the job, and written by it. */
export class MemoryStore {
  readonly #given: ReadonlyMap<string, readonly Row[]>
  readonly #written = new Map<string, WrittenTable>()

  constructor(given: Readonly<Record<string, readonly Row[]>> = {}) {
    this.#given = new Map(Object.entries(given).map(([name, rows]) => [name.toLowerCase(), rows]))
  }

  /** The rows a query reads: those given, then those that earlier jobs of the run have written. */
  splits(table: TableDefinition): Split[] {
    const schema = table.columns
    const given = (this.#given.get(table.name.toLowerCase()) ?? []).map((row) => rowToValues(row, schema))
    const rows = [...given, ...(this.#written.get(table.name.toLowerCase())?.rows() ?? [])]
    const splits: Split[] = []
    for (let start = 0; start < rows.length; start += MEMORY_SPLIT_ROWS) {
      splits.push(splitOf(rows.slice(start, start + MEMORY_SPLIT_ROWS), schema, splits.length))
    }
    return splits
  }

  /** Takes rows that a worker's sink has written; they count once their epoch is committed. */
  stage(table: TableDefinition, worker: number, batch: Batch): void {
    this.#tableOf(table).stage(worker, batch)
  }

  /** What the worker has written so far belongs to the epoch, what comes to the next. */
  endEpoch(table: TableDefinition, worker: number, epoch: number): void {
    this.#tableOf(table).endEpoch(worker, epoch)
  }

  #tableOf(table: TableDefinition): WrittenTable {
    const name = table.name.toLowerCase()
    let written = this.#written.get(name)
    if (written === undefined) this.#written.set(name, (written = new WrittenTable(table)))
    return written
  }

  commit(table: TableDefinition, epoch: number): void {
    this.#written.get(table.name.toLowerCase())?.commit(epoch)
  }

  /**
   * Forgets what was written since a checkpoint.
   * @throws MillraceError RESTORE_MISMATCH where the rows up to it are not here: they were in memory of another process
   */
  recover(table: TableDefinition, epoch: number): void {
    const written = this.#written.get(table.name.toLowerCase())
    written?.abort()
    if ((written?.committedEpoch ?? 0) === epoch) return
    throw new MillraceError(
      'RESTORE_MISMATCH',
      `the memory table \`${table.name}\` does not hold what the job had written up to epoch ${epoch}: its rows ended with their process;`
        + ' begin afresh with other checkpoints, or write to a table that lasts',
    )
  }

  abort(table: TableDefinition): void {
    this.#written.get(table.name.toLowerCase())?.abort()
  }

  /**
   * A table as it is after all changes that were committed.
   * @throws MillraceError SQL_TABLE_UNKNOWN where nothing was committed to a table of that name
   */
  read(name: string): { readonly schema: Schema; readonly rows: readonly (readonly Value[])[] } {
    const written = this.#written.get(name.toLowerCase())
    if (written !== undefined) return { schema: written.schema, rows: written.rows() }
    const alternatives = [...this.#written.values()].map((table) => table.name)
    const suggestion = nearestName(name, alternatives)
    const details = { alternatives, ...(suggestion === undefined ? {} : { suggestion }) }
    throw new MillraceError('SQL_TABLE_UNKNOWN', `no rows were written to a memory table \`${name}\``, details)
  }
}

function splitOf(rows: readonly (readonly Value[])[], schema: Schema, index: number): Split {
  const batch = batchFromRows(rows, schema)
  const bytes = new Uint8Array(new SharedArrayBuffer(encodedSize(batch)))
  encodeBatch(batch, bytes, 0)
  const detail: MemorySplitDetail = { bytes, rows: rows.length }
  return { id: `rows ${index * MEMORY_SPLIT_ROWS}`, weight: rows.length, bounded: true, detail }
}

interface Change {
  readonly kind: number
  readonly values: readonly Value[]
}

/** A written table, its changes folded: by primary key where there is one, else row by row. */
class WrittenTable {
  readonly name: string
  readonly schema: Schema
  readonly #keyColumns: readonly number[]
  readonly #rows = new Map<string, { values: readonly Value[]; count: number }>()
  /** Of the epoch under way, by worker. */
  #staged = new Map<number, Change[]>()
  readonly #prepared = new Map<number, Change[]>()
  /** The last one; 0 before any. */
  committedEpoch = 0

  constructor(table: TableDefinition) {
    this.name = table.name
    this.schema = table.columns
    this.#keyColumns = table.primaryKey.map((key) => table.columns.findIndex((column) => column.name === key))
  }

  stage(worker: number, batch: Batch): void {
    const staged = this.#staged.get(worker) ?? []
    this.#staged.set(worker, staged)
    batchToRows(batch, this.schema).forEach((values, row) => staged.push({ kind: batch.rowKinds?.[row] ?? 0, values: values.map(ownValue) }))
  }

  endEpoch(worker: number, epoch: number): void {
    const prepared = this.#prepared.get(epoch) ?? []
    this.#prepared.set(epoch, prepared)
    for (const change of this.#staged.get(worker) ?? []) prepared.push(change)
    this.#staged.delete(worker)
  }

  abort(): void {
    this.#staged.clear()
    this.#prepared.clear()
  }

  /** Once, however often it is called. */
  commit(epoch: number): void {
    const prepared = this.#prepared.get(epoch)
    if (prepared === undefined) return
    this.#prepared.delete(epoch)
    for (const change of prepared) {
      if (this.#keyColumns.length > 0) this.#upsert(change)
      else this.#count(change)
    }
    this.committedEpoch = epoch
  }

  #upsert({ kind, values }: Change): void {
    const key = keyOf(this.#keyColumns.map((column) => values[column]!))
    if (kind === DELETE) this.#rows.delete(key)
    else if (kind !== UPDATE_BEFORE) this.#rows.set(key, { values, count: 1 })
  }

  #count({ kind, values }: Change): void {
    const key = keyOf(values)
    const count = (this.#rows.get(key)?.count ?? 0) + ROW_KIND_SIGN[kind]!
    // Changes of different workers may come in any order: a row can be taken back before it has come.
    if (count === 0) this.#rows.delete(key)
    else this.#rows.set(key, { values, count })
  }

  rows(): (readonly Value[])[] {
    return [...this.#rows.values()].flatMap(({ values, count }) => Array.from({ length: Math.max(0, count) }, () => values))
  }
}

/** Bytes are views of a batch that is about to become invalid. */
function ownValue(value: Value): Value {
  return value instanceof Uint8Array ? Uint8Array.from(value) : value
}

function keyOf(values: readonly Value[]): string {
  return JSON.stringify(values, (_, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`
    if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
    if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
    if (value instanceof Map) return [...value]
    return value
  })
}
