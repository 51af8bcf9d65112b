import { DuckDBInstance } from '@duckdb/node-api'
import { measure } from '../measurement.js'
import type { Measurement } from '../measurement.js'
import { resultHash } from '../result-hash.js'

export interface DuckdbParameters {
  readonly sql: string
  readonly threads: number
  readonly rows: number
}

/** The same query in DuckDB, reading the same file with the column types declared. */
export async function duckdb({ sql, threads, rows }: DuckdbParameters): Promise<Measurement> {
  const instance = await DuckDBInstance.create(':memory:', { threads: String(threads) })
  const connection = await instance.connect()
  return measure(rows, async () => {
    const reader = await connection.runAndReadAll(sql)
    return { hash: resultHash(reader.getRows()) }
  })
}
