import type { Row, Schema } from '@millrace/core'
import { INSERT, MillraceError, parseDurationMs } from '@millrace/core'
import type { CompiledJob } from '@millrace/core/compile'
import type { Change } from '../batch-text.js'
import type { UndecodableRow } from '../memory-connector.js'
import { difference } from './difference.js'
import { changesToRows, type ChangeRow, expectedChanges, type ExpectedChange } from './expected-rows.js'
import { SqlExpectationError } from './expectation-error.js'
import { microsOf } from './micros-of.js'
import { type Action, type JobRun, type Output, QUERY, type RunSetting, targetsOf } from './job-run.js'
import { tableAfter } from './net-changes.js'
import { memoryRow, type Source, sourcesOf } from './source.js'
import { nameAmong, unknownTable } from './table-named.js'

export interface ExpectationOptions {
  /** True: rows come in the order in which they are expected. Default false: in any. */
  readonly ordered?: boolean
  /** The columns that are looked at. Default: all. */
  readonly columns?: readonly string[]
}

export interface PushOptions {
  /** Into which partition, from 0. Default: one after the other. */
  readonly partition?: number
}

/** A test of SQL that is under way; {@link expectSql} makes it. */
export class SqlTest {
  readonly #job: CompiledJob
  readonly #runs: readonly JobRun[]
  readonly #setting: RunSetting
  readonly #targets: readonly string[]
  readonly #sources: ReadonlyMap<string, Source>
  /** By output: how many of its changes have been looked at, by run. */
  readonly #looked = new Map<string, number[]>()
  #fatalRow: string | null = null
  #over: string | null = null

  /** @internal */
  constructor(job: CompiledJob, runs: readonly JobRun[], setting: RunSetting) {
    this.#job = job
    this.#runs = runs
    this.#setting = setting
    this.#targets = job.kind === 'select' ? [] : targetsOf(job.plan)
    this.#sources = sourcesOf(setting)
  }

  /**
   * Gives rows to a table that the job reads, one after the other, and waits for all that follows from each.
   *
   * ```ts
   * await test.push('orders', [{ id: 1, amount: '10.00' }, { id: 2, amount: 20 }])
   * await test.push('orders', [{ op: '-D', id: 1, amount: '10.00' }])      // of a table with changes
   * await test.push('orders', [undecodable('{"id": ')])                    // a record that is no row
   * ```
   *
   * @param rows columns that are left out are NULL; values as `@millrace/runtime` takes them
   * @throws MillraceError what the job fails with, if it does
   */
  async push(table: string, rows: readonly (ChangeRow | UndecodableRow)[], options: PushOptions = {}): Promise<void> {
    const source = this.#source(table)
    const converted = rows.map((row, i) => memoryRow(row, source, i))
    if (source.ended) throw new MillraceError('USAGE', `the input of \`${source.table.name}\` has ended`)
    const partitions = source.rows.length
    for (const row of converted) {
      const partition = options.partition ?? source.pushed % partitions
      if (!(partition in source.rows)) throw new MillraceError('USAGE', `\`${source.table.name}\` has ${partitions} partitions, from 0; there is no ${partition}`)
      source.pushed++
      source.rows[partition]!++
      await this.#act({ kind: 'row', table: source.table.name, partition, row })
    }
  }

  /** Lets time pass, `'1 minute'` or milliseconds: for processing time, idle time-outs, and times to live. The clock stands still otherwise. */
  async advanceClock(duration: string | number): Promise<void> {
    const ms = typeof duration === 'number' ? duration : parseDurationMs(duration)
    if (ms === null || !(ms >= 0)) throw new MillraceError('USAGE', `'${duration}' is no duration; write it as '10s', '5 min' or a number of milliseconds`)
    await this.#act({ kind: 'clock', ms })
  }

  /**
   * Says that event time has come so far in a table, without a row: no row before `time` is to be waited for any more. Rows move the
   * watermark by themselves too, as the table's WATERMARK says.
   */
  async advanceWatermark(table: string, time: string | Date, options: PushOptions = {}): Promise<void> {
    const source = this.#source(table)
    if (!source.hasWatermark) {
      const reason = source.bounded ? 'ends, and a table that ends has no watermark before its end' : 'declares no WATERMARK'
      throw new MillraceError('USAGE', `\`${source.table.name}\` ${reason}`)
    }
    const micros = microsOf(time, 'advanceWatermark')
    const partitions = options.partition === undefined ? [...source.rows.keys()] : [options.partition]
    for (const partition of partitions) await this.#act({ kind: 'watermark', table: source.table.name, partition, micros })
  }

  /** Ends a table, or all that have not ended. When all have, windows close, and the job comes to its end. */
  async endOfInput(table?: string): Promise<void> {
    const ending = table === undefined ? [...this.#sources.values()] : [this.#source(table)]
    for (const source of ending) {
      if (source.ended) continue
      source.ended = true
      await this.#act({ kind: 'end', table: source.table.name })
    }
    if (![...this.#sources.values()].every(({ ended }) => ended)) return
    if (this.#fatalRow !== null && this.#runs.some((run) => run.isArmed)) this.#fail(this.#runs[0]!, `no worker has died, because ${this.#fatalRow} never came`)
    await this.#eachRun((run) => run.finish())
    this.#over = 'the input has ended'
  }

  /**
   * Exactly what has come of the query since the last look: rows with their `op`, `+I` where it is left out. Changes are those that a
   * row on its own makes, however many are pushed at once.
   *
   * ```ts
   * await test.changes([{ user: 'ada', n: 1n }, { op: '-U', user: 'bob', n: 1n }, { op: '+U', user: 'bob', n: 2n }])
   * await test.changes('totals', [['-D', { user: 'ada' }]], { columns: ['user'] })
   * const rows = await test.changes()                     // for matchers of your own
   * ```
   *
   * @param table of a job of INSERTs: one that it writes, or that takes late rows or rows that failed. May be left out where there is one
   * @throws SqlExpectationError
   */
  async changes(expected?: readonly ChangeRow[], options?: ExpectationOptions): Promise<Record<string, unknown>[]>
  async changes(table: string, expected?: readonly ChangeRow[], options?: ExpectationOptions): Promise<Record<string, unknown>[]>
  async changes(...args: any[]): Promise<Record<string, unknown>[]> {
    const { name, expected, options } = this.#look(args as LookArguments)
    const looked = this.#looked.get(name) ?? this.#runs.map(() => 0)
    this.#looked.set(name, this.#runs.map((run) => run.outputs.get(name)?.changes.length ?? 0))
    return this.#compare(name, expected, options, true, ({ changes }, r) => changes.slice(looked[r]))
  }

  /**
   * The rows that are there now: what all changes come to. Values as in {@link changes}, without kinds.
   *
   * ```ts
   * await test.table([{ user: 'ada', n: 3n }, { user: 'bob', n: 2n }])
   * await test.table('totals', [{ user: 'ada', total: '12.50' }])
   * ```
   *
   * @throws SqlExpectationError
   */
  async table(expected?: readonly Row[], options?: ExpectationOptions): Promise<Record<string, unknown>[]>
  async table(table: string, expected?: readonly Row[], options?: ExpectationOptions): Promise<Record<string, unknown>[]>
  async table(...args: any[]): Promise<Record<string, unknown>[]> {
    const { name, expected, options } = this.#look(args as LookArguments)
    return this.#compare(name, expected, options, false, ({ changes, schema, key }) => (
      tableAfter(changes, schema, key).map((values): Change => ({ kind: INSERT, values }))))
  }

  /**
   * The worker that takes a row dies, and the job goes on from its last checkpoint: it has to give what it would have given without.
   * Checkpoints are taken now, and every few rows from now on.
   *
   * ```ts
   * await test.killWorkerAt(17)                // the 17th row of the one table
   * await test.killWorkerAt('orders', 17)
   * ```
   */
  async killWorkerAt(row: number): Promise<void>
  async killWorkerAt(table: string, row: number): Promise<void>
  async killWorkerAt(...args: [number] | [string, number]): Promise<void> {
    const [table, row] = args.length === 1 ? [this.#onlySource(), args[0]] : [this.#source(args[0]), args[1]]
    const partitions = table.rows.length
    const name = table.table.name
    if (!Number.isInteger(row) || row < 1) throw new MillraceError('USAGE', `rows are numbered from 1; there is no row ${row}`)
    if (row <= table.pushed) throw new MillraceError('USAGE', `row ${row} of \`${name}\` has been taken already; kill the worker before you push it`)
    if (partitions > 1) throw new MillraceError('USAGE', `\`${name}\` has ${partitions} partitions; a row that kills is one of a table with one`)
    this.#fatalRow = `row ${row} of \`${name}\``
    await this.#eachRun((run) => run.arm({ table: name, partition: 0, position: row - 1 }))
  }

  /** Stops the job and lets it go on, on another number of workers if so asked, from where it was. */
  async restart(options: { readonly workers?: number } = {}): Promise<void> {
    await this.#eachRun((run) => run.restart(options.workers ?? run.workers))
  }

  /** The plan of the job, as EXPLAIN prints it. */
  explain(): string {
    return this.#job.explain()
  }

  /** Lets go of the job. Not needed after {@link endOfInput}. */
  async close(): Promise<void> {
    this.#over ??= 'the test is closed'
    for (const run of this.#runs) await run.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  // --------------------------------------------------------------------------------------------------------- to the job

  #act(action: Action): Promise<void> {
    return this.#eachRun((run) => run.act(action))
  }

  async #eachRun(act: (run: JobRun) => Promise<void>): Promise<void> {
    if (this.#over !== null) throw new MillraceError('USAGE', `this test is over: ${this.#over}`)
    for (const run of this.#runs) {
      try {
        await act(run)
      } catch (error) {
        this.#over = `the job has failed (${error instanceof MillraceError ? error.code : String(error)})`
        throw error
      }
    }
  }

  // --------------------------------------------------------------------------------------------------------- from the job

  #look([first, ...rest]: LookArguments): { name: string; expected: readonly ChangeRow[] | undefined; options: ExpectationOptions } {
    if (typeof first === 'string') {
      const [expected, options = {}] = rest as [expected?: readonly ChangeRow[], options?: ExpectationOptions]
      return { name: this.#outputNamed(first), expected, options }
    }
    const [options = {}] = rest as [ExpectationOptions?]
    return { name: this.#onlyOutput(), expected: first, options }
  }

  #onlyOutput(): string {
    if (this.#job.kind === 'select') return QUERY
    if (this.#targets.length === 1) return this.#targets[0]!
    throw new MillraceError('USAGE', `the job writes ${this.#targets.join(', ')}: name the table to look at`)
  }

  #outputNamed(name: string): string {
    const names = [...this.#runs[0]!.outputs.keys()].filter((output) => output !== QUERY)
    return nameAmong(name, names) ?? unknownTable(name, names, 'the job does not write')
  }

  #compare(
    name: string, expected: readonly ChangeRow[] | undefined, options: ExpectationOptions, withKind: boolean,
    take: (output: Output, run: number) => readonly Change[],
  ): Record<string, unknown>[] {
    const { ordered = false } = options
    const taken = this.#runs.map((run, r) => narrowed(take(run.outputs.get(name)!, r), run.outputs.get(name)!.schema, options.columns))
    const { schema } = taken[0]!
    const wanted = expected === undefined ? taken[0]!.changes.map(asExpected) : expectedChanges(expected, schema)
    for (const [r, { changes }] of taken.entries()) {
      const text = difference(wanted, changes, schema, { ordered: ordered && expected !== undefined, withKind })
      if (text === null) continue
      const what = withKind ? `the changes of ${name === QUERY ? 'the query' : name}` : name === QUERY ? 'the table of the query' : `table ${name}`
      const than = expected === undefined ? `differ from those on ${this.#runs[0]!.workers} workers` : withKind ? 'are not those expected' : 'is not as expected'
      this.#fail(this.#runs[r]!, `${what} ${than} (- expected, + received):\n\n${text}`)
    }
    return changesToRows(taken[0]!.changes, schema, withKind)
  }

  #fail(run: JobRun, message: string): never {
    const { workers } = run
    const { seed } = this.#setting
    throw new SqlExpectationError(`${message}\n\nagain with { workers: ${workers}, seed: ${seed} }`, { workers, seed })
  }

  // --------------------------------------------------------------------------------------------------------- tables

  #source(name: string): Source {
    const names = [...this.#sources.keys()]
    return this.#sources.get(nameAmong(name, names) ?? unknownTable(name, names, 'the job does not read'))!
  }

  #onlySource(): Source {
    const [first, ...others] = this.#sources.values()
    if (first !== undefined && others.length === 0) return first
    throw new MillraceError('USAGE', `the job reads ${[...this.#sources.keys()].join(', ')}: name the table of the row`)
  }
}

type LookArguments =
  | [table: string, expected?: readonly ChangeRow[], options?: ExpectationOptions]
  | [expected?: readonly ChangeRow[], options?: ExpectationOptions]

/** The columns that are looked at. */
function narrowed(changes: readonly Change[], schema: Schema, columns: readonly string[] | undefined): { changes: readonly Change[]; schema: Schema } {
  if (columns === undefined) return { changes, schema }
  const names = schema.map(({ name }) => name)
  const indexes = columns.map((column) => {
    const name = nameAmong(column, names)
    if (name === undefined) throw new MillraceError('SQL_COLUMN_UNKNOWN', `there is no column \`${column}\` but ${names.join(', ')}`)
    return names.indexOf(name)
  })
  return { changes: changes.map(({ kind, values }) => ({ kind, values: indexes.map((c) => values[c]!) })), schema: indexes.map((c) => schema[c]!) }
}

function asExpected({ kind, values }: Change): ExpectedChange {
  return { kind, cells: values.map((value) => ({ value })) }
}
