import type {
  Connector, DataType, End, Reader, ReaderContext, ReaderFactory, RowKind, ScanSpec, Schema, Split, TableDefinition, Value, Writer, WriterFactory,
} from '@millrace/core'
import { assert, batchFromRows, batchOf, batchToRows, copyValue, END, INSERT, MillraceError, valueToJsonText } from '@millrace/core'
import type { Change } from './batch-text.js'
import { satisfies } from './scan-conditions.js'

/** A row of a memory table, one with its kind (of tables with `changes`), or a record that cannot be decoded. */
export type MemoryRow = readonly Value[] | Change | UndecodableRow

export interface UndecodableRow {
  readonly undecodable: string
}

/** A table that the connector reads. Rows have the table's physical columns, in its order. */
export type MemoryTable = MemoryTableTraits & (
  /** Ends by itself. Its rows are cut into `splits` pieces of about equal size (default 1). */
  | { readonly rows: readonly MemoryRow[] }
  /** Goes on until `end`; rows come by `push` into one of its `splits` (default 1). */
  | { readonly unbounded: true }
)

export interface MemoryTableTraits {
  readonly splits?: number
  readonly filters?: boolean
  /** Rows may take back others of their split. */
  readonly changes?: boolean
  /** Columns whose equal values are in one split. */
  readonly splitKey?: readonly string[]
  /** What it says of its size: small tables are copied to where they are joined. Left out: nothing. */
  readonly bytes?: number
}

export interface MemoryConnector extends Connector {
  readonly reader: ReaderFactory
  readonly writer: WriterFactory
  /** Adds rows to an unbounded table. */
  push(table: string, rows: readonly MemoryRow[], splitIndex?: number): void
  /** Ends a split of an unbounded table, or all of them. */
  end(table: string, splitIndex?: number): void
  /** What was written to a table and committed, in the order of the commits. */
  written(table: string): readonly Change[]
}

/**
 * Tables in memory, for tests: `'connector' = 'memory'`. Reads the tables given here by name, keeps what is written to
 * any other. Lives in one process, so workers on threads cannot use it.
 */
export function memoryConnector(options: { readonly tables?: Readonly<Record<string, MemoryTable>> } = {}): MemoryConnector {
  const sources = new Map(Object.entries(options.tables ?? {}).map(([name, table]) => [name, new MemorySource(table)]))
  const sinks = new MemorySinks()
  const sourceOf = (name: string): MemorySource => {
    const source = sources.get(name)
    if (source !== undefined) return source
    throw new MillraceError('SOURCE_MISSING', `no rows were given for table \`${name}\``, { alternatives: [...sources.keys()] })
  }
  return {
    name: 'memory',
    reader: {
      options: { 'scan.replay': { type: 'boolean', default: 'false', doc: 'See the options of every table.' } },
      describe: async (table) => sourceOf(table.name).describe(),
      listSplits: async (table) => sourceOf(table.name).splits(),
      open: async (scan, split, context, position) => new MemoryReader(sourceOf(scan.table.name), scan, split, context, position),
    },
    writer: sinks.factory,
    push: (table, rows, splitIndex = 0) => sourceOf(table).push(rows, splitIndex),
    end: (table, splitIndex) => sourceOf(table).end(splitIndex),
    written: (table) => sinks.written(table),
  }
}

// ---------------------------------------------------------------------------------------------------------- reading

class MemorySource {
  readonly bounded: boolean
  readonly parts: MemoryRow[][]
  readonly ended: boolean[]
  readonly #filters: boolean
  readonly #changes: boolean
  readonly #splitKey: readonly string[]
  readonly #bytes: number | null

  constructor(table: MemoryTable) {
    const count = table.splits ?? 1
    this.bounded = 'rows' in table
    this.#filters = table.filters ?? false
    this.#changes = table.changes ?? false
    this.#splitKey = table.splitKey ?? []
    this.#bytes = table.bytes ?? null
    const rows = 'rows' in table ? table.rows : []
    const start = (part: number): number => Math.floor((part * rows.length) / count)
    this.parts = Array.from({ length: count }, (_, part) => rows.slice(start(part), start(part + 1)))
    this.ended = this.parts.map(() => this.bounded)
  }

  describe(): Awaited<ReturnType<ReaderFactory['describe']>> {
    const summary = `memory, ${this.parts.length} splits`
    const changes = this.#changes ? { changes: true } : {}
    return { bounded: this.bounded, filters: this.#filters, splitKey: this.#splitKey, metadata: {}, splits: this.parts.length, bytes: this.#bytes, summary, ...changes }
  }

  splits(): Split[] {
    return this.parts.map((rows, part) => ({ id: `part-${part}`, weight: rows.length, bounded: this.bounded, detail: { part } }))
  }

  push(rows: readonly MemoryRow[], part: number): void {
    assert(!this.bounded && this.ended[part] === false, 'rows are pushed to an unbounded split that has not ended')
    this.parts[part]!.push(...rows)
  }

  end(part: number | undefined): void {
    if (part === undefined) this.ended.fill(true)
    else this.ended[part] = true
  }
}

class MemoryReader implements Reader {
  readonly #source: MemorySource
  readonly #scan: ScanSpec
  readonly #splitId: string
  readonly #part: number
  readonly #context: ReaderContext
  readonly #indexes: readonly number[]
  readonly #schema: Schema
  readonly #types: readonly DataType[]
  #at: number

  constructor(source: MemorySource, scan: ScanSpec, split: Split, context: ReaderContext, position: unknown) {
    this.#source = source
    this.#scan = scan
    this.#splitId = split.id
    this.#part = (split.detail as { part: number }).part
    this.#context = context
    this.#indexes = scan.columns.map(({ name }) => scan.table.columns.findIndex((column) => column.name === name))
    this.#schema = scan.columns
    this.#types = scan.table.columns.map(({ type }) => type)
    this.#at = position === undefined ? 0 : (position as number)
  }

  read(): ReturnType<Reader['read']> {
    const rows: Value[][] = []
    const positions: number[] = []
    const kinds: RowKind[] = []
    const part = this.#source.parts[this.#part]!
    while (rows.length < this.#scan.batchRows && this.#at < part.length) {
      const at = this.#at++
      const row = this.#decode(part[at]!, at)
      if (row === null) continue
      rows.push(row)
      positions.push(at)
      kinds.push(kindOf(part[at]!))
    }
    if (rows.length > 0) return this.#batch(rows, positions, kinds.some((kind) => kind !== INSERT) ? Uint8Array.from(kinds) : null)
    return this.#source.ended[this.#part]! && this.#at === part.length ? (END satisfies End) : null
  }

  /** The columns asked for, or null if the row is filtered or undecodable. */
  #decode(row: MemoryRow, at: number): Value[] | null {
    if ('undecodable' in row) {
      const record = new TextEncoder().encode(row.undecodable)
      this.#context.meter.bytesIn += record.length
      const message = `not a row: ${row.undecodable}`
      this.#context.rowFailed({ code: 'ROW_UNDECODABLE', message, record, splitId: this.#splitId, position: at })
      return null
    }
    const all = valuesOf(row)
    this.#context.meter.bytesIn += this.#record(all).length
    const values = this.#indexes.map((c) => all[c]!)
    const passes = this.#scan.filter.every((condition) => satisfies(values[condition.column]!, condition, this.#schema[condition.column]!.type))
    if (!passes) this.#context.meter.rowsFiltered++
    return passes ? values : null
  }

  #batch(rows: Value[][], positions: readonly number[], kinds: Uint8Array | null): ReturnType<typeof batchFromRows> {
    const part = this.#source.parts[this.#part]!
    const { columns, length } = batchFromRows(rows, this.#schema)
    return batchOf(columns, length, kinds, {
      table: this.#scan.table.name,
      splitId: this.#splitId,
      recordBytes: (row) => this.#record(valuesOf(part[positions[row]!]! as readonly Value[] | Change)),
      recordPosition: (row) => positions[row]!,
    })
  }

  #record(row: readonly Value[]): Uint8Array {
    return new TextEncoder().encode(`[${row.map((value, c) => valueToJsonText(value, this.#types[c]!)).join(',')}]`)
  }

  position(): unknown {
    return this.#at
  }

  progress(): number | null {
    const { length } = this.#source.parts[this.#part]!
    if (!this.#source.bounded) return null
    return length === 0 ? 1 : this.#at / length
  }

  async close(): Promise<void> {}
}

function valuesOf(row: readonly Value[] | Change): readonly Value[] {
  return 'kind' in row ? row.values : row
}

function kindOf(row: MemoryRow): RowKind {
  return 'kind' in row ? row.kind : INSERT
}

// ---------------------------------------------------------------------------------------------------------- writing

/** What is written: staged by `prepare`, visible from `commit` on. */
class MemorySinks {
  readonly #staged = new Map<string, readonly Change[]>()
  readonly #committed = new Map<string, Change[]>()
  #lastStage = 0

  written(table: string): readonly Change[] {
    return this.#committed.get(table) ?? []
  }

  readonly factory: WriterFactory = {
    options: {
      accepts: { type: 'string', values: ['append', 'upsert', 'retract'], default: 'retract', doc: 'Kinds of changes that the table takes.' },
      single: { type: 'boolean', default: 'false', doc: 'Whether all rows go through one writer.' },
    },
    describe: async (table) => ({
      accepts: (table.options['accepts'] ?? 'retract') as 'append' | 'upsert' | 'retract',
      guarantee: 'exactly-once',
      single: table.options['single'] === 'true',
      summary: 'memory',
    }),
    open: async ({ table }) => this.#open(table),
    commit: async (table, prepared) => {
      for (const stage of prepared) {
        const rows = this.#staged.get(stage as string)
        if (rows === undefined) continue
        this.#staged.delete(stage as string)
        this.#committed.set(table.name, [...this.written(table.name), ...rows])
      }
    },
    abort: async (_table, prepared) => {
      for (const stage of prepared) this.#staged.delete(stage as string)
    },
  }

  #open(table: TableDefinition): Writer {
    let changes: Change[] = []
    return {
      write: (batch) => {
        const rows = batchToRows(batch, table.columns)
        rows.forEach((row, i) => changes.push({ kind: (batch.rowKinds?.[i] ?? INSERT) as RowKind, values: row.map(copyValue) }))
      },
      ready: () => {},
      prepare: async () => {
        const stage = `${table.name} ${++this.#lastStage}`
        this.#staged.set(stage, changes)
        changes = []
        return stage
      },
      close: async () => {},
    }
  }
}
