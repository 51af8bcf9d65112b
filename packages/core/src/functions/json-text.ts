import { wellFormed } from '../types/text.js'

/**
 * JSON without parsing it: values are found as stretches of their text, so that numbers keep all their digits. Every function that
 * moves on returns the offset after what it read, or −1 where the text is no JSON.
 */

/** Nesting beyond which a text counts as no JSON. */
const JSON_DEPTH_MAX = 1000

/** A value inside a JSON text: `text[start … end)`. */
export interface JsonSlice {
  readonly start: number
  readonly end: number
}

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null'

export function jsonKindAt(text: string, start: number): JsonKind {
  switch (text[start]) {
    case '{': return 'object'
    case '[': return 'array'
    case '"': return 'string'
    case 't': case 'f': return 'boolean'
    case 'n': return 'null'
    default: return 'number'
  }
}

/** The one value that the text holds, or `null` where it is no JSON. */
export function wholeJson(text: string): JsonSlice | null {
  const start = skipBlanks(text, 0)
  const end = skipValue(text, start, 0)
  return end >= 0 && skipBlanks(text, end) === text.length ? { start, end } : null
}

function skipBlanks(text: string, from: number): number {
  let at = from
  for (;;) {
    const unit = text.charCodeAt(at)
    if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return at
    at++
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

function skipValue(text: string, at: number, depth: number): number {
  switch (text[at]) {
    case '{': return depth < JSON_DEPTH_MAX ? skipMembers(text, at, depth + 1) : -1
    case '[': return depth < JSON_DEPTH_MAX ? skipElements(text, at, depth + 1) : -1
    case '"': return skipString(text, at)
    case 't': return text.startsWith('true', at) ? at + 4 : -1
    case 'f': return text.startsWith('false', at) ? at + 5 : -1
    case 'n': return text.startsWith('null', at) ? at + 4 : -1
    default:
      NUMBER.lastIndex = at
      return NUMBER.test(text) ? NUMBER.lastIndex : -1
  }
}

function skipString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 0x22) return at + 1
    if (unit < 0x20) return -1
    if (unit !== 0x5c) continue
    const escaped = text[++at]
    if (escaped === 'u') {
      if (!/^[0-9a-fA-F]{4}$/.test(text.slice(at + 1, at + 5))) return -1
      at += 4
    } else if (escaped === undefined || !'"\\/bfnrt'.includes(escaped)) return -1
  }
  return -1
}

/** Calls `visit` with each key's and value's place; both `visit`s get places only once the value has been checked. */
function skipMembers(text: string, start: number, depth: number, visit?: (key: JsonSlice, value: JsonSlice) => void): number {
  let at = skipBlanks(text, start + 1)
  if (text[at] === '}') return at + 1
  for (;;) {
    if (text[at] !== '"') return -1
    const key = { start: at, end: skipString(text, at) }
    if (key.end < 0) return -1
    at = skipBlanks(text, key.end)
    if (text[at] !== ':') return -1
    const valueStart = skipBlanks(text, at + 1)
    const valueEnd = skipValue(text, valueStart, depth)
    if (valueEnd < 0) return -1
    visit?.(key, { start: valueStart, end: valueEnd })
    at = skipBlanks(text, valueEnd)
    if (text[at] === '}') return at + 1
    if (text[at] !== ',') return -1
    at = skipBlanks(text, at + 1)
  }
}

function skipElements(text: string, start: number, depth: number, visit?: (value: JsonSlice) => void): number {
  let at = skipBlanks(text, start + 1)
  if (text[at] === ']') return at + 1
  for (;;) {
    const end = skipValue(text, at, depth)
    if (end < 0) return -1
    visit?.({ start: at, end })
    at = skipBlanks(text, end)
    if (text[at] === ']') return at + 1
    if (text[at] !== ',') return -1
    at = skipBlanks(text, at + 1)
  }
}

/** Members of an object of checked JSON, in order; a key that stands twice has its last value. */
export function membersOf(text: string, object: JsonSlice): Map<string, JsonSlice> {
  const members = new Map<string, JsonSlice>()
  skipMembers(text, object.start, 0, (key, value) => members.set(jsonString(text, key), value))
  return members
}

/** The value of one key of an object of checked JSON. */
export function memberOf(text: string, object: JsonSlice, name: string): JsonSlice | null {
  let found: JsonSlice | null = null
  const plain = JSON.stringify(name)
  skipMembers(text, object.start, 0, (key, value) => {
    const same = key.end - key.start === plain.length && text.startsWith(plain, key.start)
    if (same || (text.slice(key.start, key.end).includes('\\') && jsonString(text, key) === name)) found = value
  })
  return found
}

export function elementsOf(text: string, list: JsonSlice): JsonSlice[] {
  const elements: JsonSlice[] = []
  skipElements(text, list.start, 0, (value) => elements.push(value))
  return elements
}

/** The text that a JSON string stands for. */
export function jsonString(text: string, slice: JsonSlice): string {
  const raw = text.slice(slice.start, slice.end)
  return raw.includes('\\') ? wellFormed(JSON.parse(raw) as string) : raw.slice(1, -1)
}

/** The value without blanks between its parts. */
export function compactJson(text: string, slice: JsonSlice): string {
  const raw = text.slice(slice.start, slice.end)
  return /\s/.test(raw) ? raw.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1') : raw
}

/** The value as text: strings without quotes, others as JSON; JSON null is NULL. */
export function jsonAsText(text: string, slice: JsonSlice): string | null {
  switch (jsonKindAt(text, slice.start)) {
    case 'string': return jsonString(text, slice)
    case 'null': return null
    default: return compactJson(text, slice)
  }
}
