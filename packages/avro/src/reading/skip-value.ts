import { unreachable } from '@millrace/core'
import type { AvroType } from '../schema/avro-type.js'
import type { AvroCursor } from './avro-cursor.js'

/** Goes over a value of a type. */
export function skipValue(cursor: AvroCursor, type: AvroType): void {
  switch (type.kind) {
    case 'null': break
    case 'boolean': cursor.skip(1); break
    case 'int': case 'long': cursor.skipLong(); break
    case 'enum': cursor.index(type.symbols.length); break
    case 'float': cursor.skip(4); break
    case 'double': cursor.skip(8); break
    case 'bytes': case 'string': cursor.skip(cursor.length()); break
    case 'fixed': cursor.skip(type.size); break
    case 'array': cursor.blocks(() => skipValue(cursor, type.items)); break
    case 'map':
      cursor.blocks(() => {
        cursor.skip(cursor.length())
        skipValue(cursor, type.values)
      })
      break
    case 'union': skipValue(cursor, type.branches[cursor.index(type.branches.length)]!); break
    case 'record':
      cursor.deeper()
      for (const field of type.fields) skipValue(cursor, field.type)
      cursor.shallower()
      break
    default: unreachable(type)
  }
}

/** What goes over values of a type: {@link skipValue}, with the usual ones told apart beforehand. */
export function skipOf(type: AvroType): (cursor: AvroCursor) => void {
  switch (type.kind) {
    case 'int': case 'long': return (cursor) => cursor.skipLong()
    case 'string': case 'bytes': return (cursor) => void cursor.skip(cursor.length())
    case 'double': return (cursor) => void cursor.skip(8)
    case 'union': {
      const [first, second] = type.branches
      if (type.branches.length !== 2 || (first!.kind !== 'null' && second!.kind !== 'null')) break
      const valueIndex = first!.kind === 'null' ? 1 : 0
      const skip = skipOf(type.branches[valueIndex]!)
      return (cursor) => {
        if (cursor.index(2) === valueIndex) skip(cursor)
      }
    }
    default:
  }
  return (cursor) => skipValue(cursor, type)
}
