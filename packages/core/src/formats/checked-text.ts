import { utf8Text } from '../types/vector-access.js'
import { undecodable } from './record-fault.js'
import { isUtf8 } from './utf8-text.js'

/** The text that `bytes[start … end)` is, for values inside of others. @throws RecordFault where it is no UTF-8 */
export function checkedText(column: string, bytes: Uint8Array, start: number, end: number): string {
  if (!isUtf8(bytes, start, end)) throw undecodable(`column \`${column}\`: the text is no UTF-8`)
  return utf8Text(bytes, start, end)
}
