import type { RowKind, Schema, Value } from '@millrace/core'
import { castValue, INSERT, ROW_KIND_SIGN, ROW_KIND_TEXT, STRING, valueFromJson, valueToText } from '@millrace/core'
import type { Change, MemoryConnector, MemoryRow, SimulationOptions } from '@millrace/testing'
import { memoryConnector, Simulation, tableFromText } from '@millrace/testing'
import { expect } from 'vitest'
import type { Result } from '../engine.js'
import type { SltChanges, SltError, SltFile, SltRow, SltTable } from './slt-file.js'
import { columnsOf } from './slt-table.js'

interface StreamMode extends Pick<SimulationOptions, 'workers' | 'compile' | 'batchRows' | 'seed' | 'set'> {
  readonly workers: number
  readonly batchRows: number
}

/** 1, 2 and 4 workers × compiled and interpreted × batches of 1 and 1,024 rows, each under a schedule of its own. */
const MODES: readonly StreamMode[] = [1, 2, 4].flatMap((workers) => [true, false].flatMap((compile) => [1_024, 1].map((batchRows) =>
  ({ workers, compile, batchRows, seed: workers * 7 + batchRows }))))

/**
 * Runs a streaming query in every mode and compares what it gives with the file.
 *
 * @param answers where to put what the file should say; null: it is compared
 * @param set settings of the job
 * @returns what all changes come to
 */
export async function expectChanges(
  file: SltFile, step: SltChanges, answers: Map<readonly [number, number], readonly string[]> | null, set: Readonly<Record<string, string>> = {},
): Promise<Pick<Result, 'schema' | 'rows'>> {
  let folded: Pick<Result, 'schema' | 'rows'> | undefined
  for (const mode of answers === null ? MODES : MODES.slice(0, 1)) {
    const { schema, changesByStep } = await runSteps(file, step, { ...mode, set })
    folded ??= { schema, rows: net(changesByStep.flat(), schema).map(({ cells }) => cells) }
    let since: readonly Change[] = []
    // One more where the file does not say `end`: what comes at the end is not compared then.
    step.events.forEach(({ line, expectation }, e) => {
      since = [...since, ...changesByStep[e]!]
      if (expectation === null) return
      const inOrder = step.exact && mode.workers === 1 && mode.batchRows > 1
      const actual = inOrder ? since.map((change) => lineOf(ROW_KIND_TEXT[change.kind]!, textsOf(change, schema))) : netLines(since, schema)
      if (answers !== null) answers.set(expectation.expectedLines, actual)
      else expect(actual, `line ${line} under ${JSON.stringify(mode)}`).toEqual(inOrder ? expectation.expected : netOfLines(expectation.expected))
      since = []
    })
  }
  return folded!
}

/** An `error` step of a file with streams: what it says must not run. */
export async function expectRefused(file: SltFile, step: SltError): Promise<void> {
  for (const workers of [1, 4]) {
    await expect(runSteps(file, { sql: step.sql, events: [] }, { workers, batchRows: 1_024 })).rejects.toMatchObject({ code: step.code })
  }
}

/** The rows that are there once all is pushed, for DuckDB. */
export function rowsPushed(file: SltFile, step: SltChanges): Pick<SltFile, 'tables'> {
  const streams = file.streams.map(({ name, columns }): SltTable => {
    const rows: SltRow['cells'][] = []
    for (const event of step.events) {
      if (event.kind !== 'push' || event.stream !== name) continue
      for (const { kind, cells } of event.rows) {
        if (kind.startsWith('+')) rows.push(cells)
        else rows.splice(rows.findLastIndex((row) => JSON.stringify(row) === JSON.stringify(cells)), 1)
      }
    }
    return { name, columns, rows }
  })
  return { tables: [...file.tables, ...streams] }
}

// ---------------------------------------------------------------------------------------------------------------- running

async function runSteps(
  file: SltFile, step: Pick<SltChanges, 'sql' | 'events'>, mode: StreamMode,
): Promise<{ readonly schema: Schema; readonly changesByStep: readonly (readonly Change[])[] }> {
  const connector = connectorOf(file)
  const simulation = await Simulation.open({ sql: createTables(file) + step.sql, connectors: [connector], ...mode })
  const ended = new Set<string>()
  let known = 0
  const news = (): readonly Change[] => {
    const { changes } = simulation.result()
    const fresh = changes.slice(known)
    known = changes.length
    return fresh
  }
  const changesByStep: (readonly Change[])[] = []
  const { schema } = simulation.result()
  const endsItself = step.events.at(-1)?.kind !== 'end'
  for (const [e, event] of step.events.entries()) {
    if (event.kind === 'push') connector.push(event.stream, event.rows.map((row) => memoryRow(file, event.stream, row)), event.split)
    else if (event.kind === 'advance') simulation.clock.advanceMs(event.ms)
    else if (event.stream !== null) connector.end(event.stream, event.split ?? undefined)
    else endAll(file, connector, ended)
    if (event.kind === 'end' && event.stream !== null && event.split === null) ended.add(event.stream)
    const isLast = e === step.events.length - 1 && !endsItself
    if (isLast) {
      endAll(file, connector, ended)
      await simulation.finish()
    } else {
      await simulation.settle()
    }
    changesByStep.push(news())
  }
  if (endsItself) {
    endAll(file, connector, ended)
    await simulation.finish()
    changesByStep.push(news())
  }
  return { schema, changesByStep }
}

function endAll(file: SltFile, connector: MemoryConnector, ended: Set<string>): void {
  for (const { name } of file.streams) {
    if (!ended.has(name)) connector.end(name)
    ended.add(name)
  }
}

function connectorOf(file: SltFile): MemoryConnector {
  const bounded = file.tables.map((table) => {
    const types = typesOf(table)
    return [table.name, { rows: table.rows.map((row) => valuesOf(row, types)), splits: 2 }] as const
  })
  const streams = file.streams.map(({ name, splits, changes }) => [name, { unbounded: true as const, splits, changes }] as const)
  return memoryConnector({ tables: Object.fromEntries([...bounded, ...streams]) })
}

function createTables(file: SltFile): string {
  const created = [...file.tables.map((table) => ({ ...table, options: '' })), ...file.streams]
  return created.map(({ name, columns, options }) =>
    `CREATE TABLE ${name} (${columns}) WITH ('connector' = 'memory'${options === '' ? '' : `, ${options}`});\n`).join('')
}

// ----------------------------------------------------------------------------------------------------------------- values

function typesOf(table: Pick<SltTable, 'columns'>): Schema {
  return tableFromText(columnsOf(table))
}

const KINDS: Readonly<Record<string, number>> = { '+': 0, '-': 3, ...Object.fromEntries(ROW_KIND_TEXT.map((text, kind) => [text, kind])) }

function memoryRow(file: SltFile, stream: string, { kind, cells }: SltRow): MemoryRow {
  const declared = file.streams.find(({ name }) => name === stream)
  if (declared === undefined) throw new Error(`no stream is called ${stream}`)
  const values = valuesOf(cells, typesOf(declared))
  return KINDS[kind] === INSERT ? values : { kind: KINDS[kind] as RowKind, values }
}

function valuesOf(cells: readonly (string | null)[], schema: Schema): Value[] {
  if (cells.length !== schema.length) throw new Error(`a row has ${schema.length} cells, not ${cells.length}: ${cells.join(' | ')}`)
  return cells.map((cell, c) => {
    if (cell === null) return null
    const { type } = schema[c]!
    if (type.kind === 'ARRAY' || type.kind === 'MAP' || type.kind === 'ROW') return valueFromJson(JSON.parse(cell), type)
    return castValue(cell, STRING, type, 'UTC')
  })
}

// ---------------------------------------------------------------------------------------------------------------- answers

type Cells = readonly (string | null)[]

function textsOf({ values }: Change, schema: Schema): Cells {
  return values.map((value, c) => (value === null ? null : valueToText(value, schema[c]!.type)))
}

function lineOf(kind: string, cells: Cells): string {
  return `${kind} ${cells.map((cell) => (cell === null ? 'NULL' : cell === '' ? "''" : cell.replaceAll('\n', '\\n'))).join(' | ')}`
}

/** Rows as often as they were added more than taken back (sign 1), or the other way round (−1). */
function net(changes: readonly Change[], schema: Schema): { readonly sign: number; readonly cells: Cells }[] {
  const counts = new Map<string, number>()
  for (const change of changes) {
    const key = JSON.stringify(textsOf(change, schema))
    counts.set(key, (counts.get(key) ?? 0) + ROW_KIND_SIGN[change.kind]!)
  }
  return [...counts].flatMap(([key, count]) => Array.from({ length: Math.abs(count) }, () => ({ sign: Math.sign(count), cells: JSON.parse(key) as Cells })))
}

function netLines(changes: readonly Change[], schema: Schema): string[] {
  return net(changes, schema).map(({ sign, cells }) => lineOf(sign > 0 ? '+' : '-', cells)).toSorted()
}

/** The net change of what a file says change by change. */
function netOfLines(lines: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const line of lines) {
    const [, sign, cells] = /^([+-])[IUD]? (.*)$/.exec(line) ?? []
    if (sign === undefined) throw new Error(`an answer begins with its kind: ${line}`)
    counts.set(cells!, (counts.get(cells!) ?? 0) + (sign === '+' ? 1 : -1))
  }
  return [...counts].flatMap(([cells, count]) => Array.from({ length: Math.abs(count) }, () => `${count > 0 ? '+' : '-'} ${cells}`)).toSorted()
}
