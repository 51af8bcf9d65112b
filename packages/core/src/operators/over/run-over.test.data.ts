import type { MillraceError } from '../../errors.js'
import type { Frame, OverCall, OverMode } from '../../plan/over.js'
import type { OverNode } from '../../plan/physical-over.js'
import { resolveAggregate } from '../../functions/catalogue.js'
import { findOver } from '../../functions/over-functions.js'
import { ROW_KIND_SIGN } from '../../types/batch.js'
import type { Batch } from '../../types/batch.js'
import type { Field, Schema, Value } from '../../types/data-type.js'
import { END, type Element } from '../../types/element.js'
import { rowValues } from '../../types/vector-access.js'
import { batchFromRows } from '../../types/vector-builder.js'
import { valueKey } from '../../state/value-key.js'
import type { Operator, OperatorContext, OperatorMeter } from '../operator.js'
import { newMeter } from '../operator.js'
import { makeOverOperator } from './over-operator.js'

/** What tests of OVER and Top-N share. */

export const TO_CURRENT: Frame = { unit: 'range', start: { kind: 'unbounded preceding' }, end: { kind: 'current row' } }

export function rowsFrame(before: number | null, behind: number): Frame {
  const start = before === null ? { kind: 'unbounded preceding' as const } : { kind: 'preceding' as const, by: { kind: 'rows' as const, rows: before } }
  return { unit: 'rows', start, end: behind >= 0 ? { kind: 'following', by: { kind: 'rows', rows: behind } } : { kind: 'preceding', by: { kind: 'rows', rows: -behind } } }
}

export function overCall(name: string, args: readonly number[], schema: Schema, options: Partial<OverCall> = {}): OverCall {
  const argTypes = args.map((column) => schema[column]!.type)
  const known = findOver(name)
  const type = known === undefined ? resolveAggregate(name, argTypes).types.returns : known.returns(argTypes)!
  return {
    name, kind: known?.kind ?? 'aggregate', args, argTypes, type, nullable: true, count: known?.defaultCount ?? null, distinct: false, filter: null,
    ignoreNulls: false, frame: TO_CURRENT, ...options,
  }
}

export function overNode(schema: Schema, mode: OverMode, calls: readonly OverCall[], options: Partial<OverNode> = {}): OverNode {
  return {
    id: 1, inputs: [0], runsOn: 'all', distribution: { kind: 'local', reason: '' }, kind: 'over', width: schema.length, partitionBy: [0],
    order: [{ column: 1, descending: false, nullsFirst: true }], calls, mode, window: null, watermarkColumn: null, onError: { action: 'fail', sink: null },
    schema: [...schema, ...calls.map((call, i): Field => ({ name: `${call.name}${i}`, type: call.type, nullable: true }))], ...options,
  }
}

/** Drives an operator and keeps what comes out of it. */
export class Driven {
  readonly meter: OperatorMeter = newMeter()
  /** Rows as texts with +1 or −1, in order. */
  readonly changes: { readonly row: string; readonly sign: number }[] = []
  readonly watermarks: number[] = []
  readonly #operator: Operator
  readonly #schema: Schema

  constructor(schema: Schema, make: (context: OperatorContext) => Operator) {
    this.#schema = schema
    this.#operator = make({
      output: { push: (element) => this.#take(element) },
      settings: { compile: true, batchRows: 5, timeZone: 'UTC', seed: 1 },
      meter: this.meter, rowFailed: (error: MillraceError) => { throw error }, requestStop: () => {}, nowMicros: () => 0, random: () => 0, timeZone: 'UTC',
    })
  }

  push(...elements: readonly Element[]): this {
    for (const element of elements) this.#operator.push(element, 0)
    return this
  }

  #take(element: Element): void {
    if (element.kind === 'watermark') this.watermarks.push(element.micros)
    if (element.kind !== 'batch') return
    for (let i = 0; i < element.length; i++) {
      this.changes.push({ row: rowText(rowValues(element, this.#schema, i), this.#schema), sign: ROW_KIND_SIGN[element.rowKinds?.[i] ?? 0]! })
    }
  }

  /** What the changes come to. */
  folded(): string[] {
    const counts = new Map<string, number>()
    for (const { row, sign } of this.changes) {
      const count = (counts.get(row) ?? 0) + sign
      if (count < 0) throw new Error(`a row is taken back that is not there: ${row}`)
      counts.set(row, count)
    }
    return [...counts].flatMap(([row, count]) => Array.from({ length: count }, () => row)).sort()
  }
}

export function rowText(row: readonly Value[], schema: Schema): string {
  return row.map((value, c) => valueKey(value, schema[c]!.type)).join(' | ')
}

/** OVER over rows that are all there, which the conformance files hold to DuckDB. */
export function overAll(node: OverNode, rows: readonly (readonly Value[])[], schema: Schema): string[] {
  const final = { ...node, mode: 'final' as const }
  const driven = new Driven(final.schema, (context) => makeOverOperator(final, schema, context))
  if (rows.length > 0) driven.push(batchFromRows(rows, schema))
  return driven.push({ kind: 'watermark', micros: Infinity }, END).folded()
}

export const batchOfRows = (rows: readonly (readonly Value[])[], schema: Schema, kinds?: readonly number[]): Batch => (
  batchFromRows(rows, schema, kinds === undefined ? null : Uint8Array.from(kinds)))
