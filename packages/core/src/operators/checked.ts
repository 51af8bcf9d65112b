import { assert, unreachable } from '../errors.js'
import { BATCH_ROWS_MAX, NARROW_MAX } from '../limits.js'
import type { PhysicalNode } from '../plan/physical.js'
import { vectorKindOf } from '../types/batch.js'
import type { Batch, Vector } from '../types/batch.js'
import { copyBatch } from '../types/copy-batch.js'
import { typeName } from '../types/data-type.js'
import type { DataType, Schema } from '../types/data-type.js'
import type { Element } from '../types/element.js'
import type { Operator, OperatorMeter, Output } from './operator.js'

/**
 * The rules of an edge, enforced; tests run every operator between two of these. An edge carries batches of its schema,
 * its watermark never goes back, and nothing follows End, before which the watermark has gone to +∞. And a batch is
 * gone once its receiver has returned: the edge passes on a copy and then spoils it, so that an operator that keeps
 * what is not its own is found out.
 */
export class CheckedEdge implements Output {
  /** Rows passed so far. */
  rows = 0
  readonly #schema: Schema
  readonly #place: string
  readonly #into: (element: Element) => void
  #watermark = -Infinity
  #ended = false

  /** @param place names the edge in messages: `scan 0 → calc 1` */
  constructor(schema: Schema, place: string, into: (element: Element) => void) {
    this.#schema = schema
    this.#place = place
    this.#into = into
  }

  push(element: Element): void {
    this.#rule(!this.#ended, 'nothing follows End')
    switch (element.kind) {
      case 'batch': return this.#pushBatch(element)
      case 'watermark':
        this.#rule(element.micros >= this.#watermark, 'a watermark never goes back')
        this.#watermark = element.micros
        break
      case 'barrier': break
      case 'end':
        this.#rule(this.#watermark === Infinity, 'a watermark of +∞ comes before End')
        this.#ended = true
        break
      default: unreachable(element)
    }
    this.#into(element)
  }

  #pushBatch(batch: Batch): void {
    checkBatch(batch, this.#schema, this.#place)
    this.rows += batch.length
    const passing = { ...copyBatch(batch), origin: batch.origin }
    this.#into(passing)
    spoil(passing)
  }

  #rule(holds: boolean, rule: string): void {
    assert(holds, `${this.#place}: ${rule}`)
  }
}

/** An operator behind checked edges, one for each input. */
export function checkedOperator(operator: Operator, inputs: readonly { readonly schema: Schema; readonly place: string }[]): Operator {
  const edges = inputs.map(({ schema, place }, input) => new CheckedEdge(schema, place, (element) => operator.push(element, input)))
  return { push: (element, input) => edges[input]!.push(element) }
}

/** Fails if a batch is not what its schema says: kinds, lengths, NULLs, ranges, row kinds. */
export function checkBatch(batch: Batch, schema: Schema, place: string): void {
  const rule = (holds: boolean, text: string): void => assert(holds, `${place}: ${text}`)
  rule(batch.length > 0 && batch.length <= BATCH_ROWS_MAX, `a batch has 1 … BATCH_ROWS_MAX rows, not ${batch.length}`)
  rule(batch.columns.length === schema.length, `a batch has the ${schema.length} columns of its schema, not ${batch.columns.length}`)
  rule(batch.rowKinds === null || areRowKinds(batch.rowKinds, batch.length), 'every row has a known kind')
  schema.forEach(({ name, type, nullable }, c) => {
    const column = batch.columns[c]!
    rule(holdsType(column, type), `column \`${name}\` of type ${typeName(type)} is of kind ${column.kind}`)
    rule(column.nulls === null || column.nulls.length >= batch.length, `column \`${name}\` has a NULL mark a row`)
    rule(lengthOf(column) >= batch.length, `column \`${name}\` has ${batch.length} rows`)
    for (let row = 0; row < batch.length; row++) {
      if (column.nulls !== null && column.nulls[row] !== 0) rule(nullable, `column \`${name}\` holds no NULL`)
      else rule(isValid(column, row), `row ${row} of column \`${name}\` is a ${typeName(type)}`)
    }
  })
}

/** Whether rows go into something whose results are other rows. */
export function gathersRows(node: PhysicalNode): boolean {
  return ['aggregate', 'join', 'temporal join', 'over', 'top-n', 'session'].includes(node.kind)
}

/** Rows in an operator are all accounted for at its end: out, filtered, aggregated, late or failed. */
export function checkConservation(node: PhysicalNode, meter: OperatorMeter): void {
  const { rowsIn, rowsOut, rowsFiltered, rowsAggregated, rowsLate, rowsFailed } = meter
  const keeps = gathersRows(node)
  const counted = keeps ? rowsFiltered + rowsAggregated + rowsLate + rowsFailed : rowsOut + rowsFiltered + rowsLate + rowsFailed
  // What fails in an aggregate may be a result, which is no row in.
  // Of one row an unnest or an expand makes any number.
  const multiplies = node.kind === 'unnest' || node.kind === 'expand' || node.kind === 'window'
  const holds = keeps ? counted >= rowsIn && counted - rowsFailed <= rowsIn : multiplies ? counted >= rowsIn : counted === rowsIn
  assert(holds, `${node.kind} ${node.id} accounts for every row: ${JSON.stringify(meter)}`)
}

function areRowKinds(kinds: Uint8Array, length: number): boolean {
  return kinds.length >= length && kinds.subarray(0, length).every((kind) => kind <= 3)
}

function holdsType(column: Vector, type: DataType): boolean {
  if (type.kind !== 'STRING') return column.kind === vectorKindOf(type)
  return column.kind === 'utf8' || column.kind === 'dict' || column.kind === 'text'
}

function lengthOf(column: Vector): number {
  switch (column.kind) {
    case 'exact': return (column.wide ?? column.values).length
    case 'utf8': return Math.min(column.starts.length, column.ends.length)
    case 'dict': return column.codes.length
    default: return column.values.length
  }
}

function isValid(column: Vector, row: number): boolean {
  switch (column.kind) {
    case 'bool': return column.values[row]! <= 1
    case 'i32': case 'f64': return true
    case 'exact': return column.wide === null ? isNarrow(column.values[row]!) : typeof column.wide[row] === 'bigint'
    case 'utf8': return column.starts[row]! >= 0 && column.starts[row]! <= column.ends[row]! && column.ends[row]! <= column.bytes.length
    case 'dict': return column.codes[row]! >= 0 && column.codes[row]! < column.dictionary.size
    case 'text': return typeof column.values[row] === 'string'
    case 'any': return column.values[row] !== undefined
    default: return unreachable(column)
  }
}

function isNarrow(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= NARROW_MAX
}

/** Overwrites a copied batch with rubbish. */
function spoil(batch: Batch): void {
  batch.rowKinds?.fill(0xff)
  for (const column of batch.columns) {
    column.nulls?.fill(0)
    switch (column.kind) {
      case 'bool': column.values.fill(0xff); break
      case 'i32': column.values.fill(-0x55555555); break
      case 'f64': column.values.fill(NaN); break
      case 'exact':
        column.values.fill(NaN)
        column.wide?.fill(-0x5555555555555555n as never)
        break
      case 'utf8': column.bytes.fill(0x21); break
      case 'dict': column.codes.fill(0); break
      case 'text': column.values.fill('a string of a batch that is gone'); break
      case 'any': column.values.fill('a value of a batch that is gone'); break
      default: unreachable(column)
    }
  }
}
