import { undecodable } from '@millrace/core'
import { LENGTH, type ProtoField, wireTypeOf } from '../schema/proto-message.js'
import type { WireCursor } from './wire-cursor.js'

/** Where the values of one field stand in a message: each as often as it comes, in order. The arrays may be longer than `count`. */
export class FieldPlaces {
  count = 0
  readonly starts: number[] = []
  readonly ends: number[] = []
  /** True: numbers that stand together. */
  readonly packed: boolean[] = []
  readonly field: ProtoField
  readonly wireType: number
  /** Of a field that is single the last value counts; messages are put together. */
  readonly #keepsLast: boolean

  constructor(field: ProtoField) {
    this.field = field
    this.wireType = field.label === 'map' ? LENGTH : wireTypeOf(field.type)
    this.#keepsLast = field.label === 'single' && field.type.kind !== 'message'
  }

  add(start: number, end: number, packed: boolean): void {
    const at = this.#keepsLast ? 0 : this.count
    this.starts[at] = start
    this.ends[at] = end
    this.packed[at] = packed
    this.count = at + 1
  }
}

/** Numbers of fields up to this one are looked up in a table. */
const TABLE_ID_MAX = 1_023

/** Finds in a message the fields that are wanted, and goes over all others. */
export class FoundFields {
  /** By field, in the order in which they were asked for. */
  readonly places: readonly FieldPlaces[]
  readonly #byId: (FieldPlaces | undefined)[] = []
  readonly #byLargeId = new Map<number, FieldPlaces>()

  constructor(fields: readonly ProtoField[]) {
    this.places = fields.map((field) => new FieldPlaces(field))
    for (const places of this.places) {
      if (places.field.id <= TABLE_ID_MAX) this.#byId[places.field.id] = places
      else this.#byLargeId.set(places.field.id, places)
    }
  }

  /** @throws RecordFault */
  find(cursor: WireCursor): void {
    for (const places of this.places) places.count = 0
    while (cursor.p < cursor.end) {
      const tag = cursor.varint32()
      const id = tag >>> 3
      if (id === 0) throw undecodable('a field has the number 0; the record is of another message, or is none')
      const places = id <= TABLE_ID_MAX ? this.#byId[id] : this.#byLargeId.get(id)
      if (places === undefined) cursor.skipValue(tag & 7)
      else note(places, tag & 7, cursor)
    }
  }
}

function note(places: FieldPlaces, wireType: number, cursor: WireCursor): void {
  const { field } = places
  const isPacked = wireType === LENGTH && places.wireType !== LENGTH && field.label === 'repeated'
  if (wireType !== places.wireType && !isPacked) {
    throw undecodable(`field \`${field.name}\` (${field.id}) has wire type ${wireType} and not ${places.wireType}; the record is of another message`)
  }
  let start = cursor.p
  if (wireType === LENGTH) start = cursor.skip(cursor.length())
  else cursor.skipValue(wireType)
  places.add(start, cursor.p, isPacked)
}
