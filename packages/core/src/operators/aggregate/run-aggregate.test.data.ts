import type { MillraceError } from '../../errors.js'
import type { Expression } from '../../expressions/expression.js'
import { columnOf, literalOf } from '../../expressions/expression.js'
import { resolveAggregate, resolveScalar } from '../../functions/catalogue.js'
import { stateFieldsOf } from '../../plan/aggregate-state.js'
import type { AggregateCall, AggregateNode } from '../../plan/physical.js'
import { ROW_KIND_TEXT } from '../../types/batch.js'
import { BIGINT, BOOLEAN, type Schema, type Value } from '../../types/data-type.js'
import { END, type Element } from '../../types/element.js'
import { copyBatch } from '../../types/copy-batch.js'
import { rowValues } from '../../types/vector-access.js'
import { valueKey } from '../../state/value-key.js'
import { newMeter, type OperatorContext, type OperatorMeter, type SpillShare } from '../operator.js'
import { AggregateOperator } from './aggregate-operator.js'

/** Runs aggregates on elements and collects what they push. For tests. */

export interface AggregateRun {
  /** Copies. */
  readonly elements: Element[]
  readonly failed: { code: string; row: number }[]
  readonly meter: OperatorMeter
}

export interface RunOptions {
  readonly compile?: boolean
  readonly batchRows?: number
  readonly onError?: 'fail' | 'skip'
  readonly spill?: SpillShare
  readonly stateTtlMs?: number
  /** Called once a look at the clock. */
  readonly nowMicros?: () => number
}

export function runAggregate(node: AggregateNode, inputSchema: Schema, input: readonly Element[], options: RunOptions = {}): AggregateRun {
  const run: AggregateRun = { elements: [], failed: [], meter: newMeter() }
  const context: OperatorContext = {
    output: { push: (element) => void run.elements.push(element.kind === 'batch' ? copyBatch(element) : element) },
    settings: {
      compile: options.compile ?? true, batchRows: options.batchRows ?? 1024, timeZone: 'UTC', seed: 1,
      ...(options.stateTtlMs === undefined ? {} : { stateTtlMs: options.stateTtlMs }),
    },
    ...(options.spill === undefined ? {} : { spill: options.spill }),
    meter: run.meter,
    rowFailed: (error: MillraceError, _origin, row) => {
      if (options.onError === 'fail') throw error
      run.meter.rowsFailed++
      run.failed.push({ code: error.code, row })
    },
    requestStop: () => {},
    nowMicros: options.nowMicros ?? (() => 0),
    random: () => 0.5,
    timeZone: 'UTC',
  }
  const operator = new AggregateOperator(node, inputSchema, context)
  for (const element of input) operator.push(element)
  return run
}

export const atEnd: readonly Element[] = [{ kind: 'watermark', micros: Infinity }, END]

/** Kind and values of every row that came out. */
export function changesOf(run: AggregateRun, schema: Schema): { kind: string; row: Value[] }[] {
  return run.elements.flatMap((element) => element.kind !== 'batch' ? [] : Array.from({ length: element.length }, (_, i) => (
    { kind: ROW_KIND_TEXT[element.rowKinds?.[i] ?? 0]!, row: rowValues(element, schema, i) })))
}

/** Every row as a text, sorted: what is left after the changes. */
export function folded(run: AggregateRun, schema: Schema): string[] {
  const rows = new Map<string, number>()
  for (const { kind, row } of changesOf(run, schema)) {
    const key = rowText(row, schema)
    const count = (rows.get(key) ?? 0) + (kind === '+I' || kind === '+U' ? 1 : -1)
    if (count < 0) throw new Error(`${kind} of a row that is not there: ${key}`)
    rows.set(key, count)
  }
  return [...rows].flatMap(([key, count]) => Array.from({ length: count }, () => key)).sort()
}

export function rowText(row: readonly Value[], schema: Schema): string {
  return row.map((value, c) => valueKey(value, schema[c]!.type)).join(' | ')
}

export interface AggregateDescription {
  readonly input: Schema
  readonly keys?: readonly Expression[]
  readonly calls?: readonly AggregateCall[]
  readonly filter?: Expression | null
  readonly window?: AggregateNode['window']
  readonly emit?: 'final' | 'changes'
  readonly retracting?: boolean
}

export function aggregateNode(description: AggregateDescription, phase: AggregateNode['phase'] = 'complete'): AggregateNode {
  const { keys = [], calls = [], filter = null, window = null, emit = 'final', retracting = false } = description
  const keyFields = keys.map((key, k) => ({ name: `k${k}`, type: key.type, nullable: true }))
  const states = calls.flatMap((call, c) => stateFieldsOf(call, `a${c}`))
  const results = calls.map((call, c) => ({ name: `a${c}`, type: call.type, nullable: true }))
  return {
    id: 1, inputs: [0], runsOn: 'all', distribution: { kind: 'local', reason: '' }, kind: 'aggregate', phase,
    schema: [...keyFields, ...(phase === 'partial' ? states : results)],
    filter: phase === 'final' ? null : filter,
    keys: phase === 'final' ? keyFields.map((field, k) => columnOf(k, field)) : keys,
    calls,
    window: window === null || phase !== 'final' ? window : { ...window, watermarkColumn: null },
    emit, retracting, onError: { action: 'skip', sink: null },
  }
}

export function columnNamed(schema: Schema, name: string): Expression {
  const index = schema.findIndex((field) => field.name === name)
  return columnOf(index, schema[index]!)
}

export function aggregateCall(name: string, args: readonly Expression[], options: Partial<AggregateCall> = {}): AggregateCall {
  const argTypes = args.map((arg) => arg.type)
  const { types } = resolveAggregate(name, argTypes)
  return { name, args, distinct: false, filter: null, argTypes, type: types.returns, orderBy: [], ...options }
}

export function call(name: string, args: readonly Expression[]): Expression {
  const { types } = resolveScalar(name, args.map((arg) => arg.type))
  return { kind: 'call', name, args, type: types.returns, nullable: true }
}

export const bigint = (value: bigint): Expression => literalOf(value, BIGINT)
export const truth = (value: boolean): Expression => literalOf(value, BOOLEAN)
