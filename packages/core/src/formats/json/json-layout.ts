import type { Messages } from '../messages.js'
import { ESCAPED, NESTED, NOTHING, TEXT } from '../piece-kind.js'
import { asciiOf } from '../utf8-text.js'
import { lastKind, skipSpace, stringEnd, valueEnd } from './json-walk.js'

/**
 * How records of a source are written: the exact bytes around their values. It is learned from a few records; what
 * agrees with it is decoded by generated code.
 */
export interface JsonLayout {
  readonly signature: string
  readonly fields: readonly LayoutField[]
  /** What follows the last value: `}` and, of a line, its end. */
  readonly tail: Uint8Array
}

export interface LayoutField {
  /** Everything between the value before and this one: `{"symbol":`, `,"price":`. */
  readonly lead: Uint8Array
  /** The key, in the bytes of its name. */
  readonly key: Uint8Array
  /** The kinds of value seen, as bits 1 << kind. */
  readonly kinds: number
  /** The content of all strings seen, if they have the same length and the same places of digits; else null. */
  readonly shape: Uint8Array | null
}

/** Records looked at. */
const SAMPLE_RECORDS = 32

/** Strings of one shape are compared eight words at a time at most. */
const SHAPE_BYTES_MAX = 40

/** Bytes between two values, beyond which comparing them is not worth the code. */
const LEAD_BYTES_MAX = 256

/** Fields beyond which the generated function would grow too large to be optimised. */
const FIELDS_MAX = 128

interface Sample {
  readonly signature: string
  readonly fields: { lead: Uint8Array; key: Uint8Array; kind: number; text: Uint8Array }[]
  readonly tail: Uint8Array
}

/** The commonest layout of the next records in lines, or null if they have none that can be used. */
export function learnJsonLayout(bytes: Uint8Array, start: number, limit: number): JsonLayout | null {
  const samples: (Sample | null)[] = []
  let p = start
  while (samples.length < SAMPLE_RECORDS && p < limit) {
    const newline = bytes.indexOf(10, p)
    if (newline === -1 || newline >= limit) break
    samples.push(sampleOf(bytes, p, newline, newline + 1))
    p = newline + 1
  }
  return commonestOf(samples)
}

/** The same of messages, which nothing closes. */
export function learnMessageLayout({ bytes, starts, ends, count }: Messages, from: number): JsonLayout | null {
  const samples: (Sample | null)[] = []
  for (let i = from; i < count && samples.length < SAMPLE_RECORDS; i++) samples.push(sampleOf(bytes, starts[i]!, ends[i]!, ends[i]!))
  return commonestOf(samples)
}

function commonestOf(all: readonly (Sample | null)[]): JsonLayout | null {
  const bySignature = new Map<string, Sample[]>()
  for (const sample of all) {
    if (sample === null) continue
    const like = bySignature.get(sample.signature)
    if (like === undefined) bySignature.set(sample.signature, [sample])
    else like.push(sample)
  }
  let best: Sample[] = []
  for (const samples of bySignature.values()) if (samples.length > best.length) best = samples
  const first = best[0]
  if (first === undefined) return null
  const fields = first.fields.map((field, i): LayoutField => ({
    lead: field.lead,
    key: field.key,
    kinds: best.reduce((kinds, sample) => kinds | (1 << sample.fields[i]!.kind), 0),
    shape: shapeOf(best.map((sample) => sample.fields[i]!)),
  }))
  const variable = fields.map(({ kinds, shape }) => `${kinds}/${shape === null ? '' : asciiOf(shape, 0, shape.length)}`).join(' ')
  return { signature: `${first.signature}\n${variable}`, fields, tail: first.tail }
}

/**
 * The layout of one record.
 * @param tailEnd what stands between `end` and here belongs to the layout's tail
 */
function sampleOf(bytes: Uint8Array, start: number, end: number, tailEnd: number): Sample | null {
  const fields: Sample['fields'] = []
  const seen = new Set<string>()
  if (start >= end || bytes[start] !== 123) return null
  let from = start
  let p = skipSpace(bytes, start + 1, end)
  for (;;) {
    if (p >= end || bytes[p] !== 34) return null
    const keyStart = p + 1
    const keyEnd = stringEnd(bytes, keyStart, end)
    if (keyEnd === -1 || lastKind() !== TEXT) return null
    const key = bytes.slice(keyStart, keyEnd)
    const name = asciiOf(key, 0, key.length)
    p = skipSpace(bytes, keyEnd + 1, end)
    if (seen.has(name) || p >= end || bytes[p] !== 58 || fields.length === FIELDS_MAX) return null
    seen.add(name)
    p = skipSpace(bytes, p + 1, end)
    const lead = bytes.slice(from, p)
    from = p
    p = valueEnd(bytes, p, end)
    if (p === -1 || lead.length > LEAD_BYTES_MAX) return null
    const kind = lastKind()
    fields.push({ lead, key, kind, text: kind === TEXT ? bytes.slice(from + 1, p - 1) : new Uint8Array(0) })
    from = p
    p = skipSpace(bytes, p, end)
    if (p >= end) return null
    if (bytes[p] === 125) break
    if (bytes[p] !== 44) return null
    p = skipSpace(bytes, p + 1, end)
  }
  const tail = bytes.slice(from, tailEnd)
  if (skipSpace(bytes, p + 1, end) !== end || tail.length > LEAD_BYTES_MAX) return null
  const signature = [...fields.map((field) => asciiOf(field.lead, 0, field.lead.length)), asciiOf(tail, 0, tail.length)].join('\0')
  return { signature, fields, tail }
}

function shapeOf(values: readonly { readonly kind: number; readonly text: Uint8Array }[]): Uint8Array | null {
  const first = values[0]!.text
  if (first.length < 8 || first.length > SHAPE_BYTES_MAX || values.length < 4) return null
  const alike = values.every(({ kind, text }) =>
    kind === TEXT && text.length === first.length && text.every((byte, i) => classOf(byte) === classOf(first[i]!)))
  // Letters have no test that is as cheap as the one for digits: a shape is digits with a few fixed characters between.
  return alike && first.every((byte) => isDigit(byte) || isFixed(byte)) && first.some(isDigit) ? first : null
}

const isDigit = (byte: number): boolean => (byte ^ 48) < 10
const isFixed = (byte: number): boolean => ' -./:TZ'.includes(String.fromCharCode(byte))
const classOf = (byte: number): number => (isDigit(byte) ? 0 : byte)

export const KIND_TEXT: number = 1 << TEXT
export const KIND_TEXTS: number = KIND_TEXT | (1 << ESCAPED)
export const KIND_NULL: number = 1 << NOTHING
export const KIND_NESTED: number = 1 << NESTED
