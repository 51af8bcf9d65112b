import { ROW_KIND_TEXT, batchToRows, valueToText } from '@millrace/core'
import type { Schema } from '@millrace/core'
import { createRuntime } from '@millrace/runtime'
import type { JobStats, Runtime } from '@millrace/runtime'

/** One way of executing a query; all must give the same answer. */
export interface Mode {
  readonly strategy: 'single' | 'coordinator' | 'pipelines'
  readonly workers: number
  readonly compile: boolean
  readonly batchRows: number
  /** `state.memory-limit`. */
  readonly memory?: string
}

export function modeName({ strategy, workers, compile, batchRows, memory }: Mode): string {
  return `${strategy} @${workers} ${compile ? 'compiled' : 'interpreted'} batch ${batchRows}${memory === undefined ? '' : ` memory ${memory}`}`
}

/** Every strategy and worker count × compiled and interpreted × batches of 1 and 1,024. */
export const ALL_MODES: readonly Mode[] = [true, false].flatMap((compile) => [1_024, 1].flatMap((batchRows) => [
  { strategy: 'single' as const, workers: 1, compile, batchRows },
  ...(['pipelines', 'coordinator'] as const).flatMap((strategy) => [1, 2, 4, 8].map((workers) => ({ strategy, workers, compile, batchRows }))),
]))

/**
 * Fewer modes for a quick run: compiled and with full batches in one thread, in pipelines of 1, 2, 4 and 8 and under a
 * coordinator of 2; of all the others a quarter, another one for every `turn`. `MILLRACE_MODES=all` takes them all, `restarts` none
 * but those of slt-restarts.ts.
 */
export function someModes(turn: number): readonly Mode[] {
  if (process.env['MILLRACE_MODES'] === 'all') return ALL_MODES
  if (process.env['MILLRACE_MODES'] === 'restarts') return []
  const always = ({ strategy, workers, compile, batchRows }: Mode): boolean =>
    compile && batchRows === 1_024 && (strategy !== 'coordinator' || workers === 2)
  return ALL_MODES.filter((mode, i) => always(mode) || i % 4 === turn % 4)
}

export interface Result {
  readonly schema: Schema
  /** Folded: what a changelog took back is gone. Values as text, NULL as null. */
  readonly rows: readonly (readonly (string | null)[])[]
  readonly stats: JobStats
}

/** The real runtime, with threads that are kept from query to query. */
export class Engine {
  readonly #runtime: Runtime

  constructor(workers = 8) {
    this.#runtime = createRuntime({ workers })
  }

  /** @throws MillraceError */
  async run(sql: string, mode: Mode, baseDirectory: string): Promise<Result> {
    let schema: Schema = []
    const folded: { readonly key: string; readonly row: (string | null)[] }[] = []
    const job = await this.#runtime.run(sql, {
      workers: mode.workers, strategy: mode.strategy, baseDirectory, resolveFrom: [import.meta.url],
      set: {
        'compile': mode.compile ? 'on' : 'off', 'batch.rows': String(mode.batchRows),
        ...(mode.memory === undefined ? {} : { 'state.memory-limit': mode.memory }),
      },
      results: {
        begin: (select) => { schema = select.schema },
        rows: (batch, select) => {
          for (const [i, values] of batchToRows(batch, select.schema).entries()) {
            const row = values.map((value, c) => (value === null ? null : valueToText(value, select.schema[c]!.type)))
            const kind = ROW_KIND_TEXT[batch.rowKinds?.[i] ?? 0]!
            const key = JSON.stringify(row)
            if (kind === '+I' || kind === '+U') folded.push({ key, row })
            else folded.splice(folded.findLastIndex((entry) => entry.key === key), 1)
          }
        },
      },
    })
    const stats = await job.done
    return { schema, rows: folded.map(({ row }) => row), stats }
  }

  close(): Promise<void> {
    return this.#runtime.close()
  }
}

/** The rule of conservation: every row that came in is accounted for. */
export function conserves(stats: JobStats): boolean {
  return stats.rowsIn === stats.rowsFiltered + stats.rowsOut + stats.rowsAggregated + stats.rowsLate + stats.rowsDeadLettered
}
