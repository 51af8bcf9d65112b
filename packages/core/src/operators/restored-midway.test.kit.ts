import { IN_MEMORY } from '../pipeline-snapshot.js'
import type { TableSnapshot } from '../pipeline-snapshot.js'
import { StateChains } from '../state-chains.js'
import { eachStoredBatch } from '../stored-rows.js'
import { ROW_KIND_TEXT } from '../types/batch.js'
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
  /** By so much the clock goes forward with each element. Default 0. */
  readonly microsPerElement?: number
  /** Rows between two signals may come in any order, and so stand here in that of their texts. */
  readonly anyOrder?: boolean
}

/**
 * What comes out of an operator behind the element `at`, as texts: of one that no snapshot was taken of, and of a new one that was restored
 * from what was stored there (encoded and decoded again, as checkpoints do it).
 *
 * What was stored is a chain: snapshots begin at several elements up to `at`, and are taken row by row while the next elements come.
 */
export function restoredMidway(options: MidwayOptions, at: number): { undisturbed: string[]; restored: string[] } {
  const { arriving } = options
  const chance = chanceOf(at * 31 + arriving.length)
  const stands = arriving.map((_, i) => i).filter((i) => i < at && chance(3) === 0)
  stands.push(at)
  const withBarriers = (from: number, to: number): Arriving[] => (
    arriving.slice(from, to).flatMap((element, i) => [...(stands.includes(from + i) ? barriersAt(options, from + i) : []), element])
  )
  const inOrder = options.anyOrder === true ? sortedBetweenSignals : (texts: readonly string[]) => [...texts]
  const alone = new Run(options)
  alone.take([...withBarriers(0, at), ...barriersAt(options, at)])
  const seen = alone.output.length
  alone.take(arriving.slice(at))

  const stored = new Run(options)
  let epoch = 0
  for (let i = 0; i <= arriving.length; i++) {
    if (stands.includes(i)) {
      stored.take(barriersAt(options, i))
      if (i === at || stored.isTaken) stored.begin(++epoch)
    }
    for (let rows = chance(4); rows > 0; rows--) stored.advance(1 + chance(2))
    if (i < arriving.length) stored.take([arriving[i]!])
  }
  const [expected, given] = [alone, stored].map(({ output }) => inOrder(output).join('\n'))
  if (given !== expected) throw new Error(`an operator goes on as if no snapshot was taken\n${given}\n--- not\n${expected}`)

  const restored = new Run(options)
  restored.restore(stored.stored())
  restored.take(flownBefore(arriving.slice(0, at), options.inputs.length))
  const again = restored.output.length
  restored.elements = at
  restored.take(arriving.slice(at))
  return { undisturbed: inOrder(alone.output.slice(seen)), restored: inOrder(restored.output.slice(again)) }
}

/** Texts of rows begin with their kind, those of signals with a letter. */
function sortedBetweenSignals(texts: readonly string[]): string[] {
  const sorted: string[] = []
  let rows: string[] = []
  for (const text of texts) {
    if (/^[+-]/.test(text)) rows.push(text)
    else {
      sorted.push(...rows.sort(), text)
      rows = []
    }
  }
  return [...sorted, ...rows.sort()]
}

function barriersAt({ inputs, arriving }: MidwayOptions, at: number): Arriving[] {
  const before = arriving.slice(0, at)
  return inputs.map((_, input): Arriving => ({ element: { kind: 'barrier', epoch: 1 + at }, input })).filter(({ input }) => !hasEnded(before, input!))
}

/** Small numbers that follow from a seed. */
function chanceOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 0x41c64e6d) + 0x3039) | 0
    return (state >>> 16) % below
  }
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

class Run {
  readonly output: string[] = []
  readonly #operator: Operator
  readonly #checked: Operator
  /** Elements that have come, but for barriers. */
  elements = 0
  #chains: StateChains | null = null

  constructor({ make, inputs, output, settings, microsPerElement = 0 }: MidwayOptions) {
    this.#operator = make({
      output: { push: (element) => void this.output.push(...textsOf(element, output)) },
      settings: { compile: true, batchRows: 8, timeZone: 'UTC', seed: 1, ...settings },
      meter: newMeter(),
      rowFailed: () => {},
      requestStop: () => {},
      nowMicros: () => this.elements * microsPerElement,
      random: () => 0.5,
      timeZone: 'UTC',
    })
    this.#checked = checkedOperator(this.#operator, inputs.map((schema, input) => ({ schema, place: `input ${input}` })))
  }

  take(arriving: readonly Arriving[]): void {
    for (const { element, input = 0 } of arriving) {
      if (element.kind !== 'barrier') this.elements++
      this.#checked.push(element, input)
    }
  }

  get isTaken(): boolean {
    return this.#chains?.advance(0) ?? true
  }

  begin(epoch: number): void {
    const { state } = this.#operator
    if (state === undefined) return
    this.#chains ??= new StateChains(0, state)
    while (!this.#chains.advance());
    this.#chains.begin(epoch, IN_MEMORY)
  }

  advance(rows: number): void {
    this.#chains?.advance(rows)
  }

  stored(): readonly TableSnapshot[] {
    while (this.#chains?.advance() === false);
    return this.#chains?.stored().tables ?? []
  }

  restore(stored: readonly TableSnapshot[]): void {
    const { state } = this.#operator
    stored.forEach(({ parts }, table) => eachStoredBatch(parts, state!.tables[table]!.schema, (batch) => {
      checkBatch(batch, state!.tables[table]!.schema, state!.tables[table]!.name)
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
