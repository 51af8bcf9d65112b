import type {
  ChangeMode, Connector, Field, OptionTable, Reader, ReaderFactory, RowKind, SinkDescription, TableDefinition, WriterFactory,
} from '@millrace/core'
import { batchToRows, copyValue, INSERT, MillraceError } from '@millrace/core'
import type { Change } from '../batch-text.js'
import { memoryConnector, type MemoryConnector, type MemoryRow, type MemoryTable } from '../memory-connector.js'
import type { DeclaredTable } from './tested-script.js'

/** How a table behaves in a test where that does not follow from its options. */
export interface TestedTable {
  /**
   * True: the table ends, nothing in it is late, and its answer is that of a batch. Default: what its connector would say of its
   * options: a file that is not watched ends, a topic without `scan.bounded.mode` does not.
   */
  readonly bounded?: boolean
  /** Into how many partitions (splits) rows are pushed, each with its own watermark. Default 1. */
  readonly partitions?: number
  /** True: rows may be pushed that take others back. Default: for the formats of changelogs. */
  readonly changelog?: boolean
  /** Which changes it takes, of a table that is written. Default: all kinds, and with a PRIMARY KEY the last row of each key. */
  readonly accepts?: ChangeMode
}

/** A row that kills who takes it. */
export interface FatalRow {
  readonly table: string
  readonly partition: number
  /** Its number in the partition, from 0. */
  readonly position: number
}

/** What came to a table that is written. */
export interface Written {
  readonly mode: ChangeMode
  readonly table: TableDefinition
  readonly changes: Change[]
}

/**
 * Tables in memory under the names of their connectors: what a test pushes is read by the job, and what the job writes is kept. Their
 * options are taken as they are, because what they mean is the business of the connectors that are not there.
 */
export class StandIns {
  readonly connectors: ReadonlyMap<string, Connector>
  readonly written: Map<string, Written> = new Map()
  /** Thrown in the worker that has taken {@link fatalRow}. */
  readonly death: MillraceError = new MillraceError('WORKER_LOST', 'the test has killed this worker')
  fatalRow: FatalRow | null = null
  readonly #traits: ReadonlyMap<string, TableTraits>
  readonly #memory: MemoryConnector
  /** By table and partition: how far the test has said that time has come. */
  readonly #watermarks = new Map<string, number>()

  constructor(declared: readonly DeclaredTable[], tables: Readonly<Record<string, TestedTable>>, given: readonly Connector[]) {
    this.#traits = new Map(declared.map((table) => [table.name, traitsOf(table, tables)]))
    this.#memory = memoryConnector({ tables: Object.fromEntries([...this.#traits].map(([name, traits]) => [name, memoryTable(traits)])) })
    const names = new Set(declared.map(({ connector }) => connector))
    this.connectors = new Map([
      ...[...names].map((name): [string, Connector] => [name, this.#standIn(name, declared)]),
      ...given.map((connector): [string, Connector] => [connector.name, connector]),
    ])
  }

  push(table: string, rows: readonly MemoryRow[], partition: number): void {
    this.#memory.push(table, rows, partition)
  }

  end(table: string): void {
    this.#memory.end(table)
  }

  advanceWatermark(table: string, partition: number, micros: number): void {
    this.#watermarks.set(`${table} ${partition}`, micros)
  }

  // ------------------------------------------------------------------------------------------------------ connectors

  #standIn(name: string, declared: readonly DeclaredTable[]): Connector {
    const keys = declared.filter(({ connector }) => connector === name).flatMap(({ options }) => Object.keys(options))
    const options: OptionTable = Object.fromEntries(keys.map((key) => [key, { type: 'string', doc: `An option of ${name}.` }]))
    return { name, reader: this.#reader(options), writer: this.#writer(options) }
  }

  #reader(options: OptionTable): ReaderFactory {
    const { reader } = this.#memory
    return {
      options,
      describe: async (table) => ({
        ...(await reader.describe(table)),
        bounded: this.#traits.get(table.name)!.bounded,
        metadata: metadataOf(table),
      }),
      listSplits: async (table, hint) => {
        const { bounded } = this.#traits.get(table.name)!
        return (await reader.listSplits(table, hint)).map((split) => ({ ...split, bounded }))
      },
      open: async (scan, split, context, position) => {
        const { part } = split.detail as { part: number }
        return this.#watched(await reader.open(scan, split, context, position), scan.table.name, part)
      },
    }
  }

  /** Tells how far time has come, and dies once it has taken the row that kills. */
  #watched(reader: Reader, table: string, partition: number): Reader {
    const taken = (): number => reader.position() as number
    const dies = (): boolean => this.fatalRow?.table === table && this.fatalRow.partition === partition && taken() > this.fatalRow.position
    return {
      // What has become of the row is chance: others may have heard of it, and some of what follows from it may have been written.
      read: () => {
        if (dies()) throw this.death
        return reader.read()
      },
      position: taken,
      watermark: () => this.#watermarks.get(`${table} ${partition}`) ?? -Infinity,
      progress: () => reader.progress?.() ?? null,
      close: () => reader.close(),
    }
  }

  #writer(options: OptionTable): WriterFactory {
    return {
      options,
      describe: async (table): Promise<SinkDescription> => ({
        accepts: this.#traits.get(table.name)!.accepts ?? (table.primaryKey.length > 0 ? 'upsert' : 'retract'),
        guarantee: 'exactly-once',
        single: false,
        summary: 'memory',
      }),
      open: async ({ table, mode }) => {
        const { changes } = this.written.get(table.name) ?? this.#newlyWritten({ table, mode, changes: [] })
        return {
          write: (batch) => {
            const rows = batchToRows(batch, table.columns)
            rows.forEach((row, i) => changes.push({ kind: (batch.rowKinds?.[i] ?? INSERT) as RowKind, values: row.map(copyValue) }))
          },
          ready: () => {},
          prepare: async () => null,
          close: async () => {},
        }
      },
    }
  }

  #newlyWritten(written: Written): Written {
    this.written.set(written.table.name, written)
    return written
  }
}

/** What a table is like, from what the test says of it, else its options. */
export interface TableTraits {
  readonly bounded: boolean
  readonly partitions: number
  readonly changelog: boolean
  readonly accepts: ChangeMode | undefined
}

export function traitsOf({ name, connector, options }: DeclaredTable, tables: Readonly<Record<string, TestedTable>>): TableTraits {
  const said = Object.entries(tables).find(([other]) => other.toLowerCase() === name.toLowerCase())?.[1] ?? {}
  return {
    bounded: said.bounded ?? endsByItself(connector, options),
    partitions: said.partitions ?? 1,
    changelog: said.changelog ?? /debezium|canal|maxwell/.test(options['format'] ?? ''),
    accepts: said.accepts,
  }
}

function memoryTable({ partitions, changelog }: TableTraits): MemoryTable {
  return { unbounded: true, splits: partitions, changes: changelog }
}

/** Whatever metadata the table declares: a test pushes them like other columns. */
function metadataOf({ columns }: TableDefinition): Record<string, Field> {
  return Object.fromEntries(columns.flatMap((column) => (column.metadata === null ? [] : [[column.metadata, column]])))
}

function endsByItself(connector: string, options: Readonly<Record<string, string>>): boolean {
  switch (connector) {
    case 'file': return !/^(true|on|yes|1)$/i.test(options['watch'] ?? 'false')
    case 'kafka': return (options['scan.bounded.mode'] ?? 'unbounded') !== 'unbounded'
    case 'datagen': return options['number-of-rows'] !== undefined
    case 'nexmark': return options['events.num'] !== undefined
    default: return false
  }
}
