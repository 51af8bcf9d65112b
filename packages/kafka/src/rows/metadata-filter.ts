import type { ScanCondition, ScanSpec } from '@millrace/core'
import type { Records } from '../records/records.js'
import { isMetadataKey, type MetadataKey, metadataValue, type RecordPlace } from './metadata.js'

/** Conditions of a scan on columns of metadata: they are known before a record is decoded. */
export class MetadataFilter {
  readonly #tests: readonly { readonly key: MetadataKey; readonly condition: ScanCondition }[]

  constructor(scan: ScanSpec) {
    this.#tests = scan.filter.flatMap((condition) => {
      const { metadata } = scan.columns[condition.column]!
      return metadata !== null && isMetadataKey(metadata) ? [{ key: metadata, condition }] : []
    })
  }

  /** True: every record passes. */
  get isEmpty(): boolean {
    return this.#tests.length === 0
  }

  passes(records: Records, record: number, place: RecordPlace): boolean {
    return this.#tests.every(({ key, condition }) => holds(condition, metadataValue(key, records, record, place)))
  }
}

function holds({ op, values }: ScanCondition, value: ReturnType<typeof metadataValue>): boolean {
  if (op === 'is null') return value === null
  if (op === 'is not null') return value !== null
  if (value === null) return false
  if (op === 'in') return values.some((other) => order(value, other) === 0)
  const sign = order(value, values[0]!)
  switch (op) {
    case '=': return sign === 0
    case '<>': return sign !== 0
    case '<': return sign < 0
    case '<=': return sign <= 0
    case '>': return sign > 0
    case '>=': return sign >= 0
  }
}

/** Strings by their bytes; numbers and bigints by their mathematical value. */
function order(value: unknown, other: ScanCondition['values'][number]): number {
  if (typeof other === 'string') return Buffer.compare(Buffer.from(value as string), Buffer.from(other))
  const [number, to] = [value as number, typeof other === 'boolean' ? Number(other) : other]
  return number < to ? -1 : number > to ? 1 : 0
}
