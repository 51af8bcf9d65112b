import { ROW_KIND_TEXT } from '../types/batch.js'
import type { Batch } from '../types/batch.js'
import { decodeBatch, encodeBatch, encodedSize } from '../types/batch-codec.js'
import { copyBatch } from '../types/copy-batch.js'
import type { Schema } from '../types/data-type.js'
import { END } from '../types/element.js'
import type { Element } from '../types/element.js'
import { rowValues } from '../types/vector-access.js'
import { checkBatch, checkedOperator } from './checked.js'
import type { Operator, OperatorContext } from './operator.js'
import { newMeter } from './operator.js'

/** An element on an input of the operator under test. */
export interface Arriving {
  readonly element: Element
  readonly input?: number
}

export interface MidwayOptions {
  readonly make: (context: OperatorContext) => Operator
  /** By input. */
  readonly inputs: readonly Schema[]
  readonly output: Schema
  readonly arriving: readonly Arriving[]
  readonly settings?: Partial<OperatorContext['settings']>
}

/**
 * What comes out of an operator behind the element `at`, as texts, twice: undisturbed, and of a new operator that was restored from what
 * the first had stored there (encoded and decoded again, as checkpoints do it).
 */
export function restoredMidway(options: MidwayOptions, at: number): { undisturbed: string[]; restored: string[] } {
  const { arriving } = options
  const barrier = options.inputs.map((_, input): Arriving => ({ element: { kind: 'barrier', epoch: 1 }, input }))
  const before = arriving.slice(0, at)
  const first = new Run(options)
  first.take([...before, ...barrier.filter(({ input }) => !hasEnded(before, input!))])
  const stored = first.stored()
  const seen = first.output.length
  first.take(arriving.slice(at))

  const second = new Run(options)
  second.restore(stored)
  second.take(flownBefore(before, options.inputs.length))
  const again = second.output.length
  second.take(arriving.slice(at))
  return { undisturbed: first.output.slice(seen), restored: second.output.slice(again) }
}

/** Watermarks and End flow anew. */
function flownBefore(before: readonly Arriving[], inputCount: number): Arriving[] {
  return Array.from({ length: inputCount }, (_, input) => input).flatMap((input) => {
    const last = before.findLast((a) => (a.input ?? 0) === input && a.element.kind === 'watermark')
    return [...(last === undefined ? [] : [last]), ...(hasEnded(before, input) ? [{ element: END, input }] : [])]
  })
}

function hasEnded(before: readonly Arriving[], input: number): boolean {
  return before.some((a) => (a.input ?? 0) === input && a.element.kind === 'end')
}

type Stored = readonly (readonly Uint8Array[])[]

class Run {
  readonly output: string[] = []
  readonly #operator: Operator
  readonly #checked: Operator

  constructor({ make, inputs, output, settings }: MidwayOptions) {
    this.#operator = make({
      output: { push: (element) => void this.output.push(...textsOf(element, output)) },
      settings: { compile: true, batchRows: 8, timeZone: 'UTC', seed: 1, ...settings },
      meter: newMeter(),
      rowFailed: () => {},
      requestStop: () => {},
      nowMicros: () => 0,
      random: () => 0.5,
      timeZone: 'UTC',
    })
    this.#checked = checkedOperator(this.#operator, inputs.map((schema, input) => ({ schema, place: `input ${input}` })))
  }

  take(arriving: readonly Arriving[]): void {
    for (const { element, input = 0 } of arriving) this.#checked.push(element, input)
  }

  stored(): Stored {
    const { state } = this.#operator
    const stored = state?.tables.map((): Uint8Array[] => []) ?? []
    state?.snapshot((table, batch) => {
      checkBatch(batch, state.tables[table]!.schema, state.tables[table]!.name)
      const bytes = new Uint8Array(encodedSize(batch))
      encodeBatch(batch, bytes, 0)
      stored[table]!.push(bytes)
    })
    return stored
  }

  restore(stored: Stored): void {
    const { state } = this.#operator
    stored.forEach((batches, table) => batches.forEach((bytes) => {
      const batch: Batch = decodeBatch(bytes.slice(), 0, state!.tables[table]!.schema)
      state!.restore(table, batch)
    }))
  }
}

function textsOf(element: Element, schema: Schema): string[] {
  if (element.kind === 'watermark') return [`watermark ${element.micros}`]
  if (element.kind !== 'batch') return [element.kind]
  const batch = copyBatch(element)
  return Array.from({ length: batch.length }, (_, i) => `${ROW_KIND_TEXT[batch.rowKinds?.[i] ?? 0]} ${rowText(rowValues(batch, schema, i))}`)
}

function rowText(row: readonly unknown[]): string {
  return row.map((value) => (value instanceof Map ? [...value].toString() : String(value))).join(' | ')
}
