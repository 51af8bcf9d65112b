import { base64ToBytes, bytesToBase64, bytesToHex, hexToBytes } from '../../types/bytes.js'
import { BIGINT, BYTES, INT, STRING } from '../../types/data-type.js'
import { utf8Decode, utf8DecodeStrict, utf8Encode, wellFormed } from '../../types/text.js'
import type { ScalarFunction } from '../function.js'
import { badArgument } from '../function-error.js'
import { BINARY, INTEGER, LONG, overload, TEXT } from '../signature.js'

/** Texts as bytes and bytes as texts. */

const ONLY_BINARY = { ...BINARY, accept: (t: Parameters<typeof BINARY.accept>[0]) => (t.kind === 'BYTES' ? t : null) }

function charsetOf(name: string): BufferEncoding {
  switch (name.toUpperCase().replaceAll('_', '-')) {
    case 'UTF-8': case 'UTF8': return 'utf8'
    case 'UTF-16LE': return 'utf16le'
    case 'ISO-8859-1': case 'LATIN1': case 'LATIN-1': return 'latin1'
    case 'US-ASCII': case 'ASCII': return 'ascii'
    default: return badArgument(`no character set '${name}'; there are UTF-8, UTF-16LE, ISO-8859-1, US-ASCII`)
  }
}

function encodeText(text: string, charset: string): Uint8Array {
  const encoding = charsetOf(charset)
  if (encoding === 'utf8') return utf8Encode(text)
  const highest = encoding === 'ascii' ? 0x7f : encoding === 'latin1' ? 0xff : 0xffff
  // Characters that the set lacks become question marks.
  const fitting = encoding === 'utf16le' ? text
    : [...text].map((character) => (character.codePointAt(0)! > highest ? '?' : character)).join('')
  return new Uint8Array(Buffer.from(fitting, encoding))
}

function decodeBytes(bytes: Uint8Array, charset: string): string {
  const encoding = charsetOf(charset)
  if (encoding === 'utf8') return utf8Decode(bytes)
  return wellFormed(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(encoding))
}

function bytesToFormat(bytes: Uint8Array, format: string): string {
  switch (format.toLowerCase()) {
    case 'hex': return bytesToHex(bytes)
    case 'base64': return bytesToBase64(bytes)
    default: return badArgument(`no binary format '${format}'; there are hex, base64`)
  }
}

function formatToBytes(text: string, format: string): Uint8Array {
  switch (format.toLowerCase()) {
    case 'hex': return hexToBytes(text) ?? badArgument(`'${text}' is no hex text`)
    case 'base64': return base64ToBytes(text) ?? badArgument(`'${text}' is no base64 text`)
    default: return badArgument(`no binary format '${format}'; there are hex, base64`)
  }
}

function character(codePoint: number): string {
  if (codePoint < 1 || codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint < 0xe000)) badArgument(`${codePoint} is no character`)
  return String.fromCodePoint(codePoint)
}

function hexOfInteger(value: bigint): string {
  return BigInt.asUintN(64, value).toString(16).toUpperCase()
}

const PLAIN_IN_URL = /[!'()~]/g

/** As forms do it (and Java's URLEncoder): a blank is `+`; letters, digits and `. - * _` stay. */
function urlEncode(text: string): string {
  return encodeURIComponent(text).replace(PLAIN_IN_URL, (sign) =>
    `%${sign.charCodeAt(0).toString(16).toUpperCase()}`).replaceAll('%20', '+')
}

function urlDecode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return null
  }
}

export const stringEncodings: readonly ScalarFunction[] = [
  {
    name: 'ascii', category: 'string', doc: 'The code point of the first character; 0 for an empty text.',
    overloads: [overload({ args: [TEXT], returns: INT, call: (text: string) => text.codePointAt(0) ?? 0 })],
  },
  {
    name: 'chr', aliases: ['char'], category: 'string', doc: 'The character of a code point.',
    overloads: [overload({ args: [INTEGER], returns: STRING, call: character })],
  },
  {
    name: 'to_base64', aliases: ['base64'], category: 'string', doc: 'Base64 of bytes, or of the UTF-8 form of a text.',
    overloads: [
      overload({ args: [ONLY_BINARY], returns: STRING, call: bytesToBase64 }),
      overload({ args: [TEXT], returns: STRING, call: (text: string) => bytesToBase64(utf8Encode(text)) }),
    ],
  },
  {
    name: 'from_base64', aliases: ['unbase64'], category: 'string',
    doc: 'The text whose UTF-8 form is given as base64; NULL where it is none.',
    overloads: [overload({
      args: [TEXT], returns: STRING, nullable: true,
      call: (text: string) => {
        const bytes = base64ToBytes(text)
        return bytes && utf8DecodeStrict(bytes)
      },
    })],
  },
  {
    name: 'hex', aliases: ['to_hex'], category: 'string', doc: 'Hexadecimal digits of a number, of bytes, or of the UTF-8 form of a text.',
    overloads: [
      overload({
        args: [{ label: 'BIGINT', accept: (t) => (t.kind === 'NULL' ? null : LONG.accept(t)) }], returns: STRING,
        call: hexOfInteger,
      }),
      overload({ args: [ONLY_BINARY], returns: STRING, call: (bytes: Uint8Array) => bytesToHex(bytes).toUpperCase() }),
      overload({ args: [TEXT], returns: STRING, call: (text: string) => bytesToHex(utf8Encode(text)).toUpperCase() }),
    ],
  },
  {
    name: 'unhex', category: 'string', doc: 'Bytes from hexadecimal digits; NULL where they are none.',
    overloads: [overload({ args: [TEXT], returns: BYTES, nullable: true, call: hexToBytes })],
  },
  {
    name: 'bin', category: 'string', doc: 'Binary digits of a number.',
    overloads: [overload({ args: [LONG], returns: STRING, call: (value: bigint) => BigInt.asUintN(64, value).toString(2) })],
  },
  {
    name: 'encode', category: 'string',
    doc: 'A text in a character set (`UTF-8`, `ISO-8859-1`, …) as bytes; or bytes as text in a format (`hex`, `base64`).',
    overloads: [
      overload({ args: [ONLY_BINARY, TEXT], returns: STRING, call: bytesToFormat }),
      overload({ args: [TEXT, TEXT], returns: BYTES, call: encodeText }),
    ],
  },
  {
    name: 'decode', category: 'string', doc: 'Bytes in a character set as text; or a text in a format (`hex`, `base64`) as bytes.',
    overloads: [
      overload({ args: [ONLY_BINARY, TEXT], returns: STRING, call: decodeBytes }),
      overload({ args: [TEXT, TEXT], returns: BYTES, call: formatToBytes }),
    ],
  },
  {
    name: 'url_encode', category: 'string', doc: 'The text as it may stand in a URL; a blank is `+`.',
    overloads: [overload({ args: [TEXT], returns: STRING, call: urlEncode })],
  },
  {
    name: 'url_decode', category: 'string', doc: 'The text out of a URL; NULL where its escapes are wrong.',
    overloads: [overload({ args: [TEXT], returns: STRING, nullable: true, call: urlDecode })],
  },
  {
    name: 'bit_count', category: 'numeric', doc: 'Number of bits that are 1.',
    overloads: [overload({
      args: [LONG], returns: BIGINT,
      call: (value: bigint) => BigInt(BigInt.asUintN(64, value).toString(2).replaceAll('0', '').length),
    })],
  },
]
