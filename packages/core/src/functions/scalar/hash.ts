import { createHash } from 'node:crypto'
import { BIGINT, INT, STRING } from '../../types/data-type.js'
import type { DataType, Value } from '../../types/data-type.js'
import { hashBytes } from '../../types/dictionary.js'
import { utf8Encode } from '../../types/text.js'
import { valueKey } from '../../state/value-key.js'
import type { ScalarFunction, ScalarOverload } from '../function.js'
import { badArgument } from '../function-error.js'
import { ANY, BINARY, INTEGER, overload, TEXT } from '../signature.js'

/** Digests as lower-case hex. This is the one place that uses Node's crypto, for what is a pure function. */

function digest(algorithm: string): (data: string | Uint8Array) => string {
  return (data) => createHash(algorithm).update(data).digest('hex')
}

const ONLY_BINARY = { ...BINARY, accept: (t: DataType) => (t.kind === 'BYTES' ? t : null) }

const hashing = (call: (data: string | Uint8Array) => Value): readonly ScalarOverload[] =>
  [overload({ args: [ONLY_BINARY], returns: STRING, call }), overload({ args: [TEXT], returns: STRING, call })]

function sha2(data: string | Uint8Array, bits: number): string {
  if (bits !== 224 && bits !== 256 && bits !== 384
    && bits !== 512) badArgument(`there is no SHA-2 of ${bits} bits; there are 224, 256, 384, 512`)
  return digest(`sha${bits}`)(data)
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1
  return rest
})

function crc32(data: string | Uint8Array): bigint {
  let crc = 0xffffffff
  for (const byte of typeof data === 'string' ? utf8Encode(data) : data) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ byte) & 0xff]!
  return BigInt((crc ^ 0xffffffff) >>> 0)
}

function hashCode(types: readonly DataType[]): (...values: Value[]) => number {
  return (...values) => {
    const bytes = utf8Encode(values.map((value, i) => valueKey(value, types[i]!)).join('\u0000'))
    return hashBytes(bytes, 0, bytes.length)
  }
}

export const hashes: readonly ScalarFunction[] = [
  { name: 'md5', category: 'hash', doc: 'MD5 as 32 hex digits.', overloads: hashing(digest('md5')) },
  { name: 'sha1', aliases: ['sha'], category: 'hash', doc: 'SHA-1 as 40 hex digits.', overloads: hashing(digest('sha1')) },
  { name: 'sha224', category: 'hash', doc: 'SHA-224 as 56 hex digits.', overloads: hashing(digest('sha224')) },
  { name: 'sha256', category: 'hash', doc: 'SHA-256 as 64 hex digits.', overloads: hashing(digest('sha256')) },
  { name: 'sha384', category: 'hash', doc: 'SHA-384 as 96 hex digits.', overloads: hashing(digest('sha384')) },
  { name: 'sha512', category: 'hash', doc: 'SHA-512 as 128 hex digits.', overloads: hashing(digest('sha512')) },
  {
    name: 'sha2', category: 'hash', doc: 'SHA-2 of 224, 256, 384 or 512 bits as hex digits.',
    overloads: [
      overload({ args: [ONLY_BINARY, INTEGER], returns: STRING, call: sha2 }),
      overload({ args: [TEXT, INTEGER], returns: STRING, call: sha2 }),
    ],
  },
  {
    name: 'crc32', category: 'hash', doc: 'The CRC-32 checksum.',
    overloads: [overload({ args: [ONLY_BINARY], returns: BIGINT, call: crc32 }), overload({ args: [TEXT], returns: BIGINT, call: crc32 })],
  },
  {
    name: 'hash_code', category: 'hash', doc: 'A number of 32 bits that equal values share, on every worker and in every process.',
    overloads: [overload({ args: [ANY], rest: ANY, returns: INT, nulls: 'custom', make: ({ args }) => hashCode(args) })],
  },
]
