import { DuckDBInstance } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'

/** What an engine says of a query: rows of texts (NULL as null), or that it failed. */
export type Answer = { readonly rows: readonly (readonly (string | null)[])[] } | { readonly error: string }

/** DuckDB in this process, as the oracle for bounded queries. */
export class DuckdbOracle {
  readonly #connection: DuckDBConnection

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection
  }

  static async open(): Promise<DuckdbOracle> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
    return new DuckdbOracle(await instance.connect())
  }

  async execute(sql: string): Promise<void> {
    await this.#connection.run(sql)
  }

  async answer(sql: string): Promise<Answer> {
    try {
      const reader = await this.#connection.runAndReadAll(sql)
      return { rows: reader.getRowsJson().map((row) => row.map((value) => (value === null ? null : typeof value === 'object' ? JSON.stringify(value) : String(value)))) }
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) }
    }
  }

  close(): void {
    this.#connection.closeSync()
  }
}
