import { bench, describe } from 'vitest'
import { IN_MEMORY } from '../../pipeline-snapshot.js'
import { StateChains } from '../../state-chains.js'
import { eachStoredBatch } from '../../stored-rows.js'
import type { Expression } from '../../expressions/expression.js'
import { batchOf, type Batch, type ExactVector } from '../../types/batch.js'
import { BIGINT, type Schema } from '../../types/data-type.js'
import { newMeter, type OperatorContext } from '../operator.js'
import { AggregateOperator } from './aggregate-operator.js'
import { aggregateCall, aggregateNode, columnNamed } from './run-aggregate.test.data.js'

/** Rows of one batch; each run takes BATCHES of them. Rows a second = 1 / mean × ROWS × BATCHES. */
const ROWS = 1024
const BATCHES = 128
const GROUPS = 1_000_000

const input: Schema = [{ name: 'account', type: BIGINT, nullable: false }, { name: 'quantity', type: BIGINT, nullable: false }]
const [account, quantity] = input.map((field) => columnNamed(input, field.name)) as [Expression, Expression]
const node = aggregateNode({
  input, keys: [account], calls: [aggregateCall('count', []), aggregateCall('sum', [quantity]), aggregateCall('min', [quantity]), aggregateCall('max', [quantity])],
})

function batchOfGroups(groupOf: (row: number) => number): Batch {
  const exact = (f: (row: number) => number): ExactVector => ({ kind: 'exact', values: Float64Array.from({ length: ROWS }, (_, row) => f(row)), wide: null, nulls: null })
  return batchOf([exact(groupOf), exact((row) => row % 97)], ROWS)
}

const everyGroup = Array.from({ length: Math.ceil(GROUPS / ROWS) }, (_, b) => batchOfGroups((row) => b * ROWS + row))
const scattered = Array.from({ length: BATCHES }, (_, b) => batchOfGroups((row) => ((b * ROWS + row) * 15_485_863) % GROUPS))

class Aggregate {
  readonly operator: AggregateOperator
  readonly chains: StateChains
  #epoch = 0

  constructor() {
    const context: OperatorContext = {
      output: { push: () => {} }, settings: { compile: true, batchRows: ROWS, timeZone: 'UTC', seed: 1 }, meter: newMeter(),
      rowFailed: (error) => { throw error }, requestStop: () => {}, nowMicros: () => 0, random: () => 0, timeZone: 'UTC',
    }
    this.operator = new AggregateOperator(node, input, context)
    this.chains = new StateChains(1, this.operator.state!)
  }

  full(): this {
    for (const batch of everyGroup) this.operator.push(batch)
    return this
  }

  push(batches: readonly Batch[]): void {
    for (const batch of batches) this.operator.push(batch)
  }

  begin(): void {
    this.chains.begin(++this.#epoch, IN_MEMORY)
  }

  snapshot(): this {
    this.begin()
    while (!this.chains.advance());
    return this
  }
}

const options = { time: 1_000, warmupTime: 300 }

describe(`count, sum, min, max of ${GROUPS} groups, ${ROWS * BATCHES} scattered rows`, () => {
  const plain = new Aggregate().full()
  const tracked = new Aggregate().full().snapshot()
  const often = new Aggregate().full().snapshot()
  const under = new Aggregate().full()
  bench('no snapshots', () => plain.push(scattered), options)
  bench('between two snapshots', () => tracked.push(scattered), options)
  bench('with a snapshot of what they have changed', () => {
    often.push(scattered)
    often.snapshot()
  }, options)
  bench('while a whole one is under way, and that', () => {
    under.begin()
    under.push(scattered)
    while (!under.chains.advance());
    under.operator.state!.slots![0]!.renumbered()
  }, options)
})

describe(`a snapshot of ${GROUPS} groups`, () => {
  const aggregate = new Aggregate().full().snapshot()
  const { parts } = aggregate.chains.stored().tables[0]!
  bench('restoring it', () => {
    const { state } = new Aggregate().operator
    eachStoredBatch(parts, state!.tables[0]!.schema, (batch) => state!.restore(0, batch))
  }, options)
})
