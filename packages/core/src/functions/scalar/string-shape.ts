import { STRING } from '../../types/data-type.js'
import { sliceText, textLength } from '../../types/text.js'
import type { ScalarFunction } from '../function.js'
import { INTEGER, overload, TEXT } from '../signature.js'
import { checkTextUnits } from './text-limit.js'

/** Case, trimming, padding, repetition: functions that keep a text and change its shape. */

const WORD = /[\p{L}\p{N}]+/gu

function initcap(text: string): string {
  return text.replace(WORD, (word) => {
    const [first = '', ...rest] = word
    return first.toUpperCase() + rest.join('').toLowerCase()
  })
}

function leadingUnits(text: string, characters: string): number {
  if (characters === ' ') return text.length - text.replace(/^ +/, '').length
  const set = new Set(characters)
  let units = 0
  for (const character of text) {
    if (!set.has(character)) break
    units += character.length
  }
  return units
}

function trimLeading(text: string, characters = ' '): string {
  return text.slice(leadingUnits(text, characters))
}

function trimTrailing(text: string, characters = ' '): string {
  if (characters === ' ') {
    let end = text.length
    while (end > 0 && text.charCodeAt(end - 1) === 0x20) end--
    return text.slice(0, end)
  }
  const set = new Set(characters)
  const letters = [...text]
  while (letters.length > 0 && set.has(letters[letters.length - 1]!)) letters.pop()
  return letters.join('')
}

function trimBoth(text: string, characters = ' '): string {
  return trimTrailing(trimLeading(text, characters), characters)
}

function filler(pad: string, length: number): string {
  const padLength = textLength(pad)
  checkTextUnits(Math.ceil(length / padLength) * pad.length)
  return sliceText(pad.repeat(Math.ceil(length / padLength)), 0, length)
}

/** The text brought to `length` characters; NULL where that is negative or there is nothing to pad with. */
function padded(join: (text: string, fill: string) => string) {
  return (text: string, length: number, pad = ' '): string | null => {
    if (length < 0) return null
    const missing = length - textLength(text)
    if (missing <= 0) return sliceText(text, 0, length)
    return pad === '' ? null : join(text, filler(pad, missing))
  }
}

function repeat(text: string, times: number): string {
  if (times <= 0) return ''
  checkTextUnits(text.length * times)
  return text.repeat(times)
}

const one = (call: (text: string) => string) => [overload({ args: [TEXT], returns: STRING, call })]
const trimming = (call: (text: string, characters?: string) => string) =>
  [overload({ args: [TEXT, TEXT], optional: 1, returns: STRING, call })]
const padding = (call: (text: string, length: number, pad?: string) => string | null) =>
  [overload({ args: [TEXT, INTEGER, TEXT], optional: 1, returns: STRING, nullable: true, call })]

export const stringShapes: readonly ScalarFunction[] = [
  { name: 'upper', aliases: ['ucase'], category: 'string', doc: 'The text in capitals.', overloads: one((text) => text.toUpperCase()) },
  {
    name: 'lower', aliases: ['lcase'], category: 'string', doc: 'The text in small letters.',
    overloads: one((text) => text.toLowerCase()),
  },
  { name: 'initcap', category: 'string', doc: 'Every word with a capital and then small letters.', overloads: one(initcap) },
  {
    name: 'trim', aliases: ['btrim'], category: 'string', doc: 'The text without blanks, or any of the characters given, at both ends.',
    overloads: trimming(trimBoth),
  },
  {
    name: 'trim_leading', aliases: ['ltrim'], category: 'string',
    doc: 'The text without blanks, or any of the characters given, at its start.',
    overloads: trimming(trimLeading),
  },
  {
    name: 'trim_trailing', aliases: ['rtrim'], category: 'string',
    doc: 'The text without blanks, or any of the characters given, at its end.',
    overloads: trimming(trimTrailing),
  },
  {
    name: 'lpad', category: 'string', doc: 'The text filled on the left, or cut, to a length.',
    overloads: padding(padded((text, fill) => fill + text)),
  },
  {
    name: 'rpad', category: 'string', doc: 'The text filled on the right, or cut, to a length.',
    overloads: padding(padded((text, fill) => text + fill)),
  },
  {
    name: 'repeat', category: 'string', doc: 'The text a number of times.',
    overloads: [overload({ args: [TEXT, INTEGER], returns: STRING, call: repeat })],
  },
  {
    name: 'space', category: 'string', doc: 'That many blanks.',
    overloads: [overload({ args: [INTEGER], returns: STRING, call: (times: number) => repeat(' ', times) })],
  },
  { name: 'reverse', category: 'string', doc: 'The characters in opposite order.', overloads: one((text) => [...text].reverse().join('')) },
]
