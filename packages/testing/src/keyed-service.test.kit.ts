import type { Batch, Connector, TableDefinition, Value, Writer } from '@millrace/core'
import { batchToRows, copyValue, DELETE, valueToJsonText } from '@millrace/core'

/**
 * A connector as a third party would write it: a service that keeps the last row of each key and knows of no transactions. What is sent
 * is there at once.
 *
 * - `direct`: rows are sent as they come. After a crash they come again and replace themselves: at least once.
 * - `staged`: the last row of each key of an epoch is its handle, and is sent by `commit`. That may happen twice: exactly once.
 */
export class KeyedService {
  readonly #tables = new Map<string, Map<string, readonly Value[]>>()
  requests = 0

  rows(table: string): (readonly Value[])[] {
    return [...(this.#tables.get(table) ?? new Map<string, readonly Value[]>()).values()]
  }

  connector(delivery: 'direct' | 'staged'): Connector {
    return {
      name: 'service',
      writer: {
        options: {},
        describe: async () => ({ accepts: 'upsert', guarantee: delivery === 'direct' ? 'at-least-once' : 'exactly-once', single: false, summary: delivery }),
        open: async ({ table }) => (delivery === 'direct' ? this.#direct(table) : this.#staged(table)),
        ...(delivery === 'direct' ? {} : { commit: async (table: TableDefinition, prepared: readonly unknown[]) => this.#commit(table, prepared as Handle[]) }),
      },
    }
  }

  #direct(table: TableDefinition): Writer {
    let changes: Row[] = []
    const send = (): void => this.#send(table, changes.splice(0))
    return {
      write: (batch) => void (changes = [...changes, ...rowsOf(table, batch)]),
      ready: () => send(),
      prepare: async () => {
        send()
        return null
      },
      close: async () => {},
    }
  }

  #staged(table: TableDefinition): Writer {
    let changes = new Map<string, Row>()
    return {
      write: (batch) => rowsOf(table, batch).forEach((row) => changes.set(row.key, row)),
      ready: () => {},
      prepare: async () => {
        const handle = [...changes.values()]
        changes = new Map()
        return handle
      },
      close: async () => {},
    }
  }

  #commit(table: TableDefinition, prepared: readonly Handle[]): void {
    for (const rows of prepared) this.#send(table, rows)
  }

  #send(table: TableDefinition, rows: readonly Row[]): void {
    const kept = this.#tables.get(table.name) ?? new Map<string, readonly Value[]>()
    this.#tables.set(table.name, kept)
    for (const { key, values } of rows) {
      this.requests++
      if (values === null) kept.delete(key)
      else kept.set(key, values)
    }
  }
}

/** Values of the columns that these tests have are JSON, so the handle is. */
type Handle = readonly Row[]

interface Row {
  readonly key: string
  /** Null: the row goes. */
  readonly values: readonly Value[] | null
}

function rowsOf(table: TableDefinition, batch: Batch): Row[] {
  const keys = table.primaryKey.map((name) => table.columns.findIndex((column) => column.name === name))
  return batchToRows(batch, table.columns).map((values, row) => ({
    key: keys.map((c) => valueToJsonText(values[c]!, table.columns[c]!.type)).join(' '),
    values: batch.rowKinds?.[row] === DELETE ? null : values.map(copyValue),
  }))
}
