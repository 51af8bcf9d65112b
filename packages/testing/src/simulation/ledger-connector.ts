import type { ChangeMode, Connector, RowKind, Schema, SinkDescription, TableDefinition, Value, Writer, WriterFactory } from '@millrace/core'
import { assert, batchToRows, copyValue, INSERT, ROW_KIND_SIGN, valueToJsonText } from '@millrace/core'
import type { Change } from '../batch-text.js'

interface Stage {
  readonly jobId: string
  readonly table: string
  readonly epoch: number
  readonly changes: readonly Change[]
}

/** What {@link Ledger.tables} tell of one table. */
export interface LedgerTable {
  readonly schema: Schema
  readonly primaryKey: readonly string[]
  readonly guarantee: SinkDescription['guarantee']
  /** What anybody sees in it, in the order in which it came to be seen; of an upsert table the last row of each key. */
  readonly changes: readonly Change[]
}

export interface Ledger extends Connector {
  readonly writer: WriterFactory
  /** Every table that was written, by name. */
  readonly tables: ReadonlyMap<string, LedgerTable>
}

/**
 * Tables that outlive simulated processes: `'connector' = 'ledger'`. By their options they stand for the sinks there are: transactions
 * (`'guarantee' = 'exactly-once'`, the default), rows that are there as soon as they are written (`'at-least-once'`), and rows by key
 * (`'accepts' = 'upsert'`).
 *
 * @param forgets whether it takes back what was committed after the epoch from which a job goes on. Without that it refuses: nothing may
 *   be seen of an epoch whose checkpoint is not there
 */
export function ledgerConnector(forgets = false): Ledger {
  return new LedgerConnector(forgets)
}

class LedgerConnector implements Ledger {
  readonly name = 'ledger'
  readonly tables = new Map<string, LedgerTable>()
  readonly #staged = new Map<string, Stage>()
  readonly #committed: Stage[] = []
  readonly #seen = new Map<string, Change[]>()
  readonly #keyed = new Map<string, Map<string, Change>>()
  readonly #forgets: boolean

  constructor(forgets: boolean) {
    this.#forgets = forgets
  }

  readonly writer: WriterFactory = {
    options: {
      accepts: { type: 'string', values: ['append', 'upsert', 'retract'], default: 'retract', doc: 'Kinds of changes that the table takes.' },
      guarantee: { type: 'string', values: ['exactly-once', 'at-least-once'], default: 'exactly-once', doc: 'When rows are seen: when they are committed, or at once.' },
    },
    describe: async (table) => ({ accepts: acceptsOf(table), guarantee: guaranteeOf(table), single: false, summary: 'ledger' }),
    open: async ({ table, jobId, attempt, index, workerIndex }) => {
      this.#add(table)
      return guaranteeOf(table) === 'exactly-once' ? this.#transactional(table, jobId, `${attempt} ${index} ${workerIndex}`) : this.#direct(table)
    },
    commit: async (table, handles, epoch) => {
      for (const handle of handles as string[]) {
        const stage = this.#staged.get(handle)
        assert(stage !== undefined, `${handle} of ${table.name} is committed, and was prepared and not removed since`)
        assert(stage.epoch === epoch && stage.table === table.name, `${handle} is committed with its own epoch`)
        if (!this.#committed.includes(stage)) this.#committed.push(stage)
      }
    },
    recover: async (table, jobId, epoch) => {
      for (const [handle, stage] of this.#staged) {
        if (stage.table !== table.name || stage.jobId !== jobId || stage.epoch <= epoch) continue
        this.#staged.delete(handle)
        const at = this.#committed.indexOf(stage)
        if (at < 0) continue
        assert(this.#forgets, `nothing of epoch ${stage.epoch} of ${table.name} is seen when its job goes on from epoch ${epoch}`)
        this.#committed.splice(at, 1)
      }
    },
    abort: async (_table, handles) => {
      for (const handle of handles as string[]) {
        const stage = this.#staged.get(handle)
        assert(stage === undefined || !this.#committed.includes(stage), `${handle} is not taken back after its commit`)
        this.#staged.delete(handle)
      }
    },
  }

  #add(table: TableDefinition): void {
    if (this.tables.has(table.name)) return
    const direct: Change[] = []
    const keyed = new Map<string, Change>()
    this.#seen.set(table.name, direct)
    this.#keyed.set(table.name, keyed)
    const changes = (): Change[] => {
      if (guaranteeOf(table) === 'exactly-once') return this.#committed.filter((stage) => stage.table === table.name).flatMap((stage) => stage.changes)
      return acceptsOf(table) === 'upsert' ? [...keyed.values()] : direct
    }
    const { columns: schema, primaryKey } = table
    this.tables.set(table.name, { schema, primaryKey, guarantee: guaranteeOf(table), get changes() { return changes() } })
  }

  #transactional(table: TableDefinition, jobId: string, writer: string): Writer {
    let changes: Change[] = []
    return {
      write: (batch) => void changes.push(...changesOf(batch, table.columns)),
      ready: () => {},
      prepare: async (epoch) => {
        const handle = `${table.name} ${epoch} ${jobId} ${writer}`
        assert(!this.#staged.has(handle), `${handle} is prepared once`)
        if (changes.length === 0) return null
        this.#staged.set(handle, { jobId, table: table.name, epoch, changes })
        changes = []
        return handle
      },
      close: async () => {},
    }
  }

  #direct(table: TableDefinition): Writer {
    const keyed = this.#keyed.get(table.name)!
    const keys = table.primaryKey.map((name) => table.columns.findIndex((column) => column.name === name))
    const take = (change: Change): void => {
      if (acceptsOf(table) !== 'upsert') return void this.#seen.get(table.name)!.push(change)
      const key = keys.map((c) => valueToJsonText(change.values[c]! satisfies Value, table.columns[c]!.type)).join(' ')
      if (ROW_KIND_SIGN[change.kind] === 1) keyed.set(key, { kind: INSERT, values: change.values })
      else keyed.delete(key)
    }
    return {
      write: (batch) => changesOf(batch, table.columns).forEach(take),
      ready: () => {},
      prepare: async () => null,
      close: async () => {},
    }
  }
}

function acceptsOf(table: TableDefinition): ChangeMode {
  return (table.options['accepts'] ?? 'retract') as ChangeMode
}

function guaranteeOf(table: TableDefinition): 'exactly-once' | 'at-least-once' {
  const guarantee = table.options['guarantee'] ?? (acceptsOf(table) === 'upsert' ? 'at-least-once' : 'exactly-once')
  return guarantee as 'exactly-once' | 'at-least-once'
}

function changesOf(batch: Parameters<Writer['write']>[0], schema: Schema): Change[] {
  return batchToRows(batch, schema).map((row, i) => ({ kind: (batch.rowKinds?.[i] ?? INSERT) as RowKind, values: row.map(copyValue) }))
}
