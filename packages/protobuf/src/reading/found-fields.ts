import { undecodable } from '@millrace/core'
import { LENGTH, type ProtoField, type ProtoMessage, wireTypeOf } from '../schema/proto-message.js'
import type { WireCursor } from './wire-cursor.js'

/** Where the values of the fields that are wanted stand in a message: each as often as it comes, in order. */
export class FoundFields {
  readonly #fields: readonly ProtoField[]
  /** By number of a field: its place among those wanted. */
  readonly #places: ReadonlyMap<number, number>
  /** By field: starts and ends of values in turn; of packed numbers the whole of them. */
  readonly places: readonly number[][]
  /** By field, for each value: 1 where it is packed numbers. */
  readonly packed: readonly number[][]

  constructor(fields: readonly ProtoField[]) {
    this.#fields = fields
    this.#places = new Map(fields.map(({ id }, i) => [id, i]))
    this.places = fields.map(() => [])
    this.packed = fields.map(() => [])
  }

  static of(message: ProtoMessage): FoundFields {
    return new FoundFields(message.fields)
  }

  /** @throws RecordFault */
  find(cursor: WireCursor): void {
    for (let i = 0; i < this.places.length; i++) this.places[i]!.length = this.packed[i]!.length = 0
    while (cursor.p < cursor.end) {
      const tag = cursor.varint32()
      const id = tag >>> 3
      if (id === 0) throw undecodable('a field has the number 0; the record is of another message, or is none')
      const place = this.#places.get(id)
      const wireType = tag & 7
      if (place === undefined) {
        cursor.skipValue(wireType)
        continue
      }
      this.#note(place, wireType, cursor)
    }
  }

  #note(place: number, wireType: number, cursor: WireCursor): void {
    const field = this.#fields[place]!
    const expected = field.label === 'map' ? LENGTH : wireTypeOf(field.type)
    const isPacked = field.label === 'repeated' && wireType === LENGTH && expected !== LENGTH
    if (wireType !== expected && !isPacked) {
      throw undecodable(`field \`${field.name}\` (${field.id}) has wire type ${wireType} and not ${expected}; the record is of another message`)
    }
    let start = cursor.p
    if (wireType === LENGTH) start = cursor.skip(cursor.length())
    else cursor.skipValue(wireType)
    const places = this.places[place]!
    // Of a field that is single the last one counts; messages are put together.
    if (field.label === 'single' && field.type.kind !== 'message') places.length = this.packed[place]!.length = 0
    places.push(start, cursor.p)
    this.packed[place]!.push(isPacked ? 1 : 0)
  }
}
