import { assert } from '../errors.js'
import type { ErrorCode } from '../errors.js'
import { batchOf } from '../types/batch.js'
import type { Schema, Value } from '../types/data-type.js'
import { vectorBuilderOf } from '../types/vector-builder.js'
import type { Operator } from './operator.js'

/** What a dead letter tells: the record as it was read and what came with it, its place, and why it failed. */
export interface DeadLetter {
  readonly record: Uint8Array | null
  readonly key: Uint8Array | null
  readonly headers: ReadonlyMap<string, Uint8Array | null> | null
  readonly source: string | null
  readonly split: string | null
  readonly position: unknown
  readonly code: ErrorCode
  readonly message: string
}

/**
 * Writes failed rows to the dead-letter table of a scan or an operator, each at once: a failure that is only buffered
 * would be lost with the worker. Columns are found by name (see DEAD_LETTER_SCHEMA in the planner); `record` and `key` may be STRING.
 */
export class DeadLetters {
  readonly #schema: Schema
  readonly #sink: Operator

  constructor(schema: Schema, sink: Operator) {
    this.#schema = schema
    this.#sink = sink
  }

  write(letter: DeadLetter): void {
    const columns = this.#schema.map(({ name, type }) => {
      const builder = vectorBuilderOf(type, 1)
      builder.append(fieldOf(letter, name, type.kind === 'STRING'))
      return builder.finish(1)
    })
    this.#sink.push(batchOf(columns, 1), 0)
  }
}

function fieldOf(letter: DeadLetter, name: string, asText: boolean): Value {
  switch (name.toLowerCase()) {
    case 'record': return letter.record === null ? null : bytesOf(letter.record, asText)
    case 'key': return letter.key === null ? null : bytesOf(letter.key, asText)
    case 'headers': return letter.headers === null ? null : new Map([...letter.headers].map(([name, value]) => [name, value === null ? null : bytesOf(value, false)]))
    case 'source': return letter.source
    case 'split': return letter.split
    case 'position': return positionText(letter.position)
    case 'error_code': return letter.code
    case 'error_message': return letter.message
  }
  assert(false, `a dead letter has a field \`${name}\``)
}

/** A copy: the bytes are a view of their reader's, perhaps in shared memory. */
function bytesOf(bytes: Uint8Array, asText: boolean): Value {
  const copy = new Uint8Array(bytes)
  return asText ? decoder.decode(copy) : copy
}

/** A number or a text as it is, anything else as JSON. */
export function positionText(position: unknown): string | null {
  if (position === null || position === undefined) return null
  return typeof position === 'object' ? JSON.stringify(position) : String(position)
}

const decoder = new TextDecoder()
