import type { Schema } from '@millrace/core'
import { INSERT, ROW_KIND_TEXT } from '@millrace/core'
import type { Change } from '../batch-text.js'
import { cellToText } from '../batch-text.js'
import { DIFFERENCE_ROWS_MAX } from '../limits.js'
import { type ExpectedChange, matcherText, sameCells, sameChange } from './expected-rows.js'
import { matchRows } from './match-rows.js'

export interface ComparisonOptions {
  /** Rows have to come in the order in which they are expected. */
  readonly ordered: boolean
  /** Whether kinds are told: of a changelog, not of a table. */
  readonly withKind: boolean
}

/**
 * How what came differs from what was expected, as text; null where it does not.
 *
 * ```
 *     op  window_start             total
 *     +I  2026-01-01 00:00:00.000  30.00
 *   - +I  2026-01-01 00:01:00.000  5.00
 *   + +I  2026-01-01 00:01:00.000  6.00
 *                                  ^^^^
 * ```
 */
export function difference(
  expected: readonly ExpectedChange[], received: readonly Change[], schema: Schema, options: ComparisonOptions,
): string | null {
  if (options.ordered && expected.length === received.length && expected.every((row, i) => sameChange(row, received[i]!, schema))) {
    return null
  }
  const { missing, unexpected } = matchRows(expected, received, schema)
  if (missing.length === 0 && unexpected.length === 0) {
    return options.ordered ? inAnotherOrder(expected, received, schema, options) : null
  }
  return [...notes(missing, unexpected, schema), tableText(listed(missing, unexpected, received, schema), schema, options)].join('\n\n')
}

/** A line of the text: of a row that came as expected, one that did not come, one that was not expected. */
interface Line {
  readonly mark: ' ' | '-' | '+'
  readonly row: ExpectedChange | Change
  /** Columns that differ from the line before it. */
  readonly differs?: readonly boolean[]
}

function listed(missing: readonly ExpectedChange[], unexpected: readonly Change[], received: readonly Change[], schema: Schema): Line[] {
  const left = new Set(missing)
  const strange = new Set(unexpected)
  const lines = received.flatMap((row): Line[] => {
    if (!strange.has(row)) return [{ mark: ' ', row }]
    const near = nearest(row, left, schema)
    if (near === null) return [{ mark: '+', row }]
    left.delete(near)
    return [{ mark: '-', row: near }, { mark: '+', row, differs: sameCells(near, row, schema).map((same) => !same) }]
  })
  return [...lines, ...[...left].map((row): Line => ({ mark: '-', row }))]
}

/** The expected row that shares most with a row that came: at least half of its columns, or all but the kind. */
function nearest(row: Change, candidates: ReadonlySet<ExpectedChange>, schema: Schema): ExpectedChange | null {
  let best: ExpectedChange | null = null
  let most = Math.max(1, Math.ceil(schema.length / 2)) - 1
  for (const candidate of candidates) {
    const same = sameCells(candidate, row, schema).filter(Boolean).length
    if (same > most) [best, most] = [candidate, same]
  }
  return best
}

function notes(missing: readonly ExpectedChange[], unexpected: readonly Change[], schema: Schema): string[] {
  if (missing.length !== unexpected.length) return []
  const asInsert = <R extends object>(row: R): R & { kind: typeof INSERT } => ({ ...row, kind: INSERT })
  const withoutKinds = matchRows(missing.map(asInsert), unexpected.map(asInsert), schema)
  return withoutKinds.missing.length === 0 ? ['the rows are right, but their kinds are not:'] : []
}

function inAnotherOrder(
  expected: readonly ExpectedChange[], received: readonly Change[], schema: Schema, options: ComparisonOptions,
): string {
  const lines = expected.flatMap((row, i): Line[] => {
    const came = received[i]!
    return sameChange(row, came, schema) ? [{ mark: ' ', row: came }] : [{ mark: '-', row }, { mark: '+', row: came }]
  })
  return `the rows are right, but they came in another order:\n\n${tableText(lines, schema, options)}`
}

// -------------------------------------------------------------------------------------------------------------- text

function tableText(lines: readonly Line[], schema: Schema, { withKind }: ComparisonOptions): string {
  const shown = lines.slice(0, DIFFERENCE_ROWS_MAX)
  const head = [...(withKind ? ['op'] : []), ...schema.map(({ name }) => name)]
  const rows = shown.map(({ row }) => [...(withKind ? [ROW_KIND_TEXT[row.kind]!] : []), ...cellTexts(row, schema)])
  const widths = head.map((cell, c) => Math.max(cell.length, ...rows.map((row) => row[c]!.length)))
  const print = (mark: string, cells: readonly string[]): string => (
    `  ${mark} ${cells.map((cell, c) => cell.padEnd(widths[c]!)).join('  ')}`.trimEnd()
  )
  const text = [print(' ', head)]
  for (const [i, { mark, differs }] of shown.entries()) {
    text.push(print(mark, rows[i]!))
    if (differs?.includes(true) !== true) continue
    const carets = differs.map((is, c) => (is ? '^'.repeat(Math.max(1, rows[i]!.at(c - differs.length)!.length)) : ''))
    text.push(print(' ', withKind ? ['', ...carets] : carets))
  }
  if (lines.length > shown.length) text.push(`    … and ${lines.length - shown.length} more`)
  return text.join('\n')
}

function cellTexts(row: ExpectedChange | Change, schema: Schema): string[] {
  if ('values' in row) return row.values.map((value, c) => cellToText(value, schema[c]!.type))
  return row.cells.map((cell, c) => ('value' in cell ? cellToText(cell.value, schema[c]!.type) : matcherText(cell.matcher)))
}
