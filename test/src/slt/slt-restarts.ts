import { valueToText } from '@millrace/core'
import { connector as file } from '@millrace/file'
import { seededRandom, simulateWithRestarts } from '@millrace/testing'
import type { Result } from '../engine.js'

/**
 * "A restart between any two steps": the query in the simulator, where its job crashes at moments of the seed's choosing and goes on at
 * other numbers of workers.
 */
export async function answerWithRestarts(
  sql: string, seed: number, ordered: boolean, set: Readonly<Record<string, string>> = {},
): Promise<Pick<Result, 'schema' | 'rows'> & { readonly conserves: boolean }> {
  const random = seededRandom(seed)
  const { schema, rows, folded, counters } = await simulateWithRestarts({
    sql, connectors: [file], seed, batchRows: random.pick([1, 5, 1_024]), compile: random.oneIn(2), set,
  })
  const sum = (of: (counters_: (typeof counters)[number]) => number): number => counters.reduce((total, one) => total + of(one), 0)
  const accounted = sum((c) => c.rowsFiltered + c.rowsOut + c.rowsAggregated + c.rowsLate + c.rowsFailed)
  return {
    schema,
    rows: (ordered ? rows : folded).map((row) => row.map((value, c) => (value === null ? null : valueToText(value, schema[c]!.type)))),
    conserves: sum((c) => c.rowsIn) === accounted,
  }
}

/** Seeds for the query at a line: one in a quick run, with `MILLRACE_MODES` = `all` or `restarts` eight. */
export function restartSeeds(line: number): number[] {
  return Array.from({ length: process.env['MILLRACE_MODES'] === undefined ? 1 : 8 }, (_, n) => line * 16 + n)
}
