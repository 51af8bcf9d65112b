import { array, BYTES, INT, NULL, STRING } from '../../types/data-type.js'
import type { DataType, Value } from '../../types/data-type.js'
import { offsetOfCharacter, sliceText, textLength, utf8Encode } from '../../types/text.js'
import { commonType } from '../coercion.js'
import type { ScalarFunction } from '../function.js'
import { badArgument } from '../function-error.js'
import { ARRAY, BINARY, INTEGER, overload, TEXT, TEXTUAL } from '../signature.js'
import { extractMatch } from './regex.js'
import { checkTextUnits, joinedTexts } from './text-limit.js'

/** Parts of a text, texts out of parts. Positions count characters from 1. */

/** A negative start counts from the end, as in Flink; 0 is taken as 1. */
export function substring(text: string, start: number, length?: number): string {
  const characters = textLength(text)
  const from = start > 0 ? start - 1 : start < 0 ? characters + start : 0
  const to = length === undefined ? characters : from + length
  return from >= characters || to <= from ? '' : sliceText(text, Math.max(from, 0), to)
}

function right(text: string, length: number): string {
  return length <= 0 ? '' : sliceText(text, Math.max(textLength(text) - length, 0), Infinity)
}

function splitPart(text: string, separator: string, index: number): string {
  if (index === 0) badArgument('split_part counts parts from 1 (or from the end with −1)')
  const parts = separator === '' ? [text] : text.split(separator)
  return parts.at(index > 0 ? index - 1 : index) ?? ''
}

/** Parts count from 0, as in Flink; NULL where there is no such part. */
function splitIndex(text: string, separator: string, index: number): string | null {
  if (separator === '' || index < 0) return null
  let from = 0
  for (let i = 0; i < index; i++) {
    const at = text.indexOf(separator, from)
    if (at < 0) return null
    from = at + separator.length
  }
  const to = text.indexOf(separator, from)
  return to < 0 ? text.slice(from) : text.slice(from, to)
}

function overlay(text: string, replacement: string, start: number, length?: number): string {
  if (start < 1) badArgument('overlay counts characters from 1')
  const from = offsetOfCharacter(text, start - 1)
  const rest = text.slice(from)
  return text.slice(0, from) + replacement + rest.slice(offsetOfCharacter(rest, length ?? textLength(replacement)))
}

function replaceAll(text: string, from: string, to: string): string {
  if (from === '') return text
  const parts = text.split(from)
  checkTextUnits(text.length + (parts.length - 1) * (to.length - from.length))
  return parts.join(to)
}

/** Each character of `from` becomes the one at its place in `to`, or nothing where `to` is shorter. */
function translate(text: string, from: string, to: string): string {
  const targets = [...to]
  const table = new Map<string, string>()
  for (const [i, character] of [...from].entries()) if (!table.has(character)) table.set(character, targets[i] ?? '')
  let result = ''
  for (const character of text) result += table.get(character) ?? character
  return result
}

function concatWs(separator: string | null, ...parts: (string | null)[]): string | null {
  return separator === null ? null : joinedTexts(parts.filter((part) => part !== null), separator)
}

function pairOfTexts(a: string, b: string): string {
  checkTextUnits(a.length + b.length)
  return a + b
}

function concatBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  checkTextUnits(a.length + b.length)
  const whole = new Uint8Array(a.length + b.length)
  whole.set(a)
  whole.set(b, a.length)
  return whole
}

const sameArrays = (args: readonly DataType[]): readonly DataType[] | null => {
  const common = commonType(args)
  return common && args.map(() => common)
}

const length = (call: (text: string) => number) => [overload({ args: [TEXT], returns: INT, call })]

export const stringParts: readonly ScalarFunction[] = [
  {
    name: '||', category: 'operator', doc: 'The two, one after the other; NULL if one is.',
    overloads: [
      overload({ args: [BINARY, { label: 'BYTES', accept: (t) => (t.kind === 'BYTES' ? t : null) }], returns: BYTES, call: concatBytes }),
      overload({
        args: [{ label: 'ARRAY', accept: (t) => (t.kind === 'ARRAY' ? t : null) }, ARRAY], unify: sameArrays,
        returns: ([a]) => a ?? array(NULL), returnsLabel: 'ARRAY', call: (a: readonly Value[], b: readonly Value[]) => [...a, ...b],
      }),
      overload({ args: [TEXTUAL, TEXTUAL], returns: STRING, call: pairOfTexts }),
    ],
  },
  {
    name: 'concat', category: 'string', doc: 'All arguments as one text; NULL if one is.',
    overloads: [overload({ args: [TEXTUAL], rest: TEXTUAL, returns: STRING, call: (...parts: string[]) => joinedTexts(parts) })],
  },
  {
    name: 'concat_ws', category: 'string', doc: 'The arguments after the first, without NULLs, with the first between them.',
    overloads: [overload({ args: [TEXT], rest: TEXTUAL, returns: STRING, nulls: 'custom', nullable: true, call: concatWs })],
  },
  {
    name: 'substring', aliases: ['substr', 'mid'], category: 'string',
    doc: 'The part from a position, of a length or to the end; or the part that matches a regular expression.',
    overloads: [
      overload({ args: [TEXT, INTEGER, INTEGER], optional: 1, returns: STRING, call: substring }),
      overload({
        args: [TEXT, TEXT], returns: STRING, nullable: true,
        call: (text: string, pattern: string) => extractMatch(text, pattern, null),
      }),
    ],
  },
  {
    name: 'left', category: 'string', doc: 'The first characters.',
    overloads: [overload({ args: [TEXT, INTEGER], returns: STRING, call: (text: string, n: number) => sliceText(text, 0, n) })],
  },
  {
    name: 'right', category: 'string', doc: 'The last characters.',
    overloads: [overload({ args: [TEXT, INTEGER], returns: STRING, call: right })],
  },
  {
    name: 'split_part', category: 'string', doc: 'A part of a text cut at a separator, counted from 1; empty where there is none.',
    overloads: [overload({ args: [TEXT, TEXT, INTEGER], returns: STRING, call: splitPart })],
  },
  {
    name: 'split_index', category: 'string', doc: 'A part of a text cut at a separator, counted from 0; NULL where there is none.',
    overloads: [overload({ args: [TEXT, TEXT, INTEGER], returns: STRING, nullable: true, call: splitIndex })],
  },
  {
    name: 'split', aliases: ['string_to_array'], category: 'string', doc: 'All parts of a text cut at a separator.',
    overloads: [overload({
      args: [TEXT, TEXT], returns: array(STRING),
      call: (text: string, separator: string) => (separator === '' ? [text] : text.split(separator)),
    })],
  },
  {
    name: 'elt', category: 'string', doc: 'The text of that number among the following ones; NULL where there is none.',
    overloads: [overload({
      args: [INTEGER], rest: TEXTUAL, restMin: 1, returns: STRING, nulls: 'custom', nullable: true,
      call: (index: number | null, ...texts: (string | null)[]) => (index === null ? null : texts[index - 1] ?? null),
    })],
  },
  {
    name: 'overlay', category: 'string', doc: 'The text with a part replaced: from a position on, as long as the replacement or as told.',
    overloads: [overload({ args: [TEXT, TEXT, INTEGER, INTEGER], optional: 1, returns: STRING, call: overlay })],
  },
  {
    name: 'replace', category: 'string', doc: 'The text with every occurrence of one text replaced by another.',
    overloads: [overload({ args: [TEXT, TEXT, TEXT], returns: STRING, call: replaceAll })],
  },
  {
    name: 'translate', category: 'string', doc: 'The text with single characters exchanged for others.',
    overloads: [overload({ args: [TEXT, TEXT, TEXT], returns: STRING, call: translate })],
  },
  {
    name: 'char_length', aliases: ['character_length', 'length', 'len'], category: 'string',
    doc: 'Number of characters (code points); of BYTES the number of bytes.',
    overloads: [...length(textLength), overload({ args: [BINARY], returns: INT, call: (bytes: Uint8Array) => bytes.length })],
  },
  {
    name: 'octet_length', category: 'string', doc: 'Number of bytes (of the UTF-8 form).',
    overloads: [
      ...length((text) => Buffer.byteLength(text)),
      overload({ args: [BINARY], returns: INT, call: (bytes: Uint8Array) => bytes.length }),
    ],
  },
  {
    name: 'bit_length', category: 'string', doc: 'Number of bits (of the UTF-8 form).',
    overloads: [
      ...length((text) => utf8Encode(text).length * 8),
      overload({ args: [BINARY], returns: INT, call: (bytes: Uint8Array) => bytes.length * 8 }),
    ],
  },
]
