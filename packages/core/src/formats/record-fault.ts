import type { ErrorCode } from '../errors.js'
import type { DataType } from '../types/data-type.js'
import { typeName } from '../types/data-type.js'

/**
 * Why one record cannot be decoded. Thrown inside decoders and caught by them for every bad row, hence no `Error`: a
 * source with many bad rows would spend its time on stack traces.
 */
export class RecordFault {
  constructor(readonly code: ErrorCode, readonly message: string) {}
}

/** Characters of a bad value that a message shows. */
const SHOWN_CHARACTERS_MAX = 60

export function undecodable(message: string): RecordFault {
  return new RecordFault('ROW_UNDECODABLE', message)
}

export function notOfType(column: string, bytes: Uint8Array, start: number, end: number, type: DataType): RecordFault {
  return undecodable(`column \`${column}\`: ${shown(bytes, start, end)} is no ${typeName(type)}`)
}

export function outOfRange(column: string, bytes: Uint8Array, start: number, end: number, type: DataType): RecordFault {
  return new RecordFault('NUMERIC_OVERFLOW', `column \`${column}\`: ${shown(bytes, start, end)} is out of the range of ${typeName(type)}`)
}

export function shown(bytes: Uint8Array, start: number, end: number): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.min(end - start, SHOWN_CHARACTERS_MAX)).toString('utf8')
  return `'${text}${end - start > SHOWN_CHARACTERS_MAX ? '…' : ''}'`
}
