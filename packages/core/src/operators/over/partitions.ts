import { MillraceError } from '../../errors.js'
import { OVER_ROWS_MAX } from '../../limits.js'
import { GroupTable } from '../../state/group-table.js'
import type { Batch } from '../../types/batch.js'
import { copyValue } from '../../types/copy-batch.js'
import type { Schema, Value } from '../../types/data-type.js'
import { rowValues } from '../../types/vector-access.js'
import type { OperatorContext } from '../operator.js'
import type { Row } from '../row-order.js'
import type { StateTable } from '../state.js'

/** What a value in a row is reckoned to take. */
export const VALUE_BYTES = 24

/** What OVER remembers, by partition: `P` is a partition's own. */
export class Partitions<P> {
  readonly #schema: Schema
  readonly #columns: readonly number[]
  readonly #make: () => P
  #table: GroupTable
  #all: (P | undefined)[] = []
  #groups: Int32Array = new Int32Array(0)
  #deadCount = 0

  constructor(columns: readonly number[], schema: Schema, make: () => P) {
    this.#columns = columns
    this.#schema = schema
    this.#make = make
    this.#table = new GroupTable(columns.map((column) => schema[column]!.type))
  }

  get count(): number {
    return this.#all.length - this.#deadCount
  }

  get bytes(): number {
    return this.#table.bytes
  }

  /** The partitions of the rows of a batch, by row, valid until the next call. */
  find(batch: Batch): (row: number) => P {
    const { length } = batch
    if (this.#groups.length < length) this.#groups = new Int32Array(length)
    const groups = this.#groups
    if (this.#columns.length === 0) groups.fill(0, 0, length)
    else this.#table.groupsOf(this.#columns.map((column) => batch.columns[column]!), length, groups)
    return (row) => this.#at(groups[row]!)
  }

  /** The partition of a key. */
  of(key: readonly Value[]): P {
    return this.#at(this.#columns.length === 0 ? 0 : this.#table.groupOf(key))
  }

  keyOf(row: Row): Value[] {
    return this.#columns.map((column) => row[column]!)
  }

  #at(group: number): P {
    const known = this.#all[group]
    if (known !== undefined) return known
    if (group < this.#all.length) this.#deadCount--
    while (this.#all.length < group) {
      this.#all.push(undefined)
      this.#deadCount++
    }
    const made = this.#make()
    this.#all[group] = made
    return made
  }

  /** All of them, in the order in which they came to be. */
  *values(): Generator<P> {
    for (const partition of this.#all) if (partition !== undefined) yield partition
  }

  *keys(): Generator<readonly [Value[], P]> {
    const types = this.#columns.map((column) => this.#schema[column]!)
    for (const [group, partition] of this.#all.entries()) {
      if (partition === undefined) continue
      const vectors = this.#table.keyVectors(Int32Array.of(group), 1)
      yield [rowValues({ kind: 'batch', length: 1, columns: vectors, rowKinds: null, origin: null }, types, 0).map(copyValue), partition]
    }
  }

  /** Forgets partitions; their keys go when they are many. */
  drop(test: (partition: P) => boolean): void {
    this.#all.forEach((partition, group) => {
      if (partition === undefined || !test(partition)) return
      this.#all[group] = undefined
      this.#deadCount++
    })
    if (this.#deadCount * 2 <= this.#all.length || this.#columns.length === 0) return
    const live = Int32Array.from([...this.#all.keys()].filter((group) => this.#all[group] !== undefined))
    this.#table.compact(live, live.length)
    this.#all = Array.from(live, (group) => this.#all[group])
    this.#deadCount = 0
  }

  clear(): void {
    this.#all = []
    this.#deadCount = 0
    this.#table.clear()
  }
}

/** Which worker's a stored row is: the owner of the columns by which rows have come, of the partition where that is not known. */
export function ownersOf(partitionBy: readonly number[], { sharedOutBy }: OperatorContext): Pick<StateTable, 'keys' | 'unkeyed'> {
  const keys = sharedOutBy?.[0] ?? partitionBy
  return keys.length === 0 ? { keys: null, unkeyed: 'part' } : { keys }
}

/** A row that outlives its batch: the first `schema.length` columns. */
export function keptRow(batch: Batch, schema: Schema, row: number): Value[] {
  return rowValues(batch, schema, row).map(copyValue)
}

/** @throws MillraceError STATE_LIMIT */
export function checkRowCount(count: number): void {
  if (count <= OVER_ROWS_MAX) return
  throw new MillraceError('STATE_LIMIT', `OVER keeps more than ${OVER_ROWS_MAX} rows on one worker; use more workers, a shorter frame or a window`)
}
