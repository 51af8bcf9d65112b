import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { fuzzRuns } from '../fuzz-runs.test.kit.js'
import { fromPlainText, toPlainText } from './plain-text.js'

it.each<[string, unknown]>([
  ['bigints', [12n, -(2n ** 70n), 0n]],
  ['numbers that JSON loses', [NaN, Infinity, -Infinity, -0, 0, 1.5]],
  ['undefined', { a: undefined, b: [undefined, null] }],
  ['bytes', { a: Uint8Array.of(0, 255, 7), none: new Uint8Array() }],
  ['objects that look like marked ones', { $: 'bigint', v: '12', deeper: { $: { $: 1n } } }],
  ['text of every kind', ['ä', '\u{1f600}', '\n\u2028"\\', '\ud800']],
])('keeps %s', (_what, value) => {
  const back = fromPlainText(toPlainText(value))
  expect(back).toStrictEqual(value)
  expect(Object.is(JSON.stringify(back, withSigns), JSON.stringify(value, withSigns))).toBe(true)
})

function withSigns(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : Object.is(value, -0) ? '-0' : value
}

it('keeps any plain data', () => {
  const plain = fc.anything({ withBigInt: true, withUnboxedValues: false } as never).filter(isPlain)
  fc.assert(fc.property(plain, (value) => {
    const back = fromPlainText(toPlainText(value))
    expect(fc.stringify(back)).toBe(fc.stringify(value))
  }), { numRuns: fuzzRuns(500, 20_000) })
})

/** What a structured clone in JSON's shape could hold, with the bigint. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'symbol' || typeof value === 'function') return false
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) return Object.keys(value).length === value.length && value.every(isPlain)
  return Object.getPrototypeOf(value) === Object.prototype && Reflect.ownKeys(value).every((key) => typeof key === 'string')
    && Object.values(value).every(isPlain)
}

it('keeps keys of prototypes as keys', () => {
  const value = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') as object
  const back = fromPlainText(toPlainText(value)) as Record<string, unknown>
  expect(Object.keys(back)).toEqual(['__proto__', 'constructor'])
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  expect(back['polluted']).toBeUndefined()
})

it.each<[string, unknown]>([
  ['a Map', new Map()], ['a Date', { at: new Date(0) }], ['a function', [() => 1]], ['a symbol', Symbol.iterator], ['an object of a class', new URL('file:///a')],
])('refuses %s', (_what, value) => {
  expect(() => toPlainText(value)).toThrow(expect.objectContaining({ code: 'CONNECTOR_INVALID' }) as Error)
})

it('refuses data that holds itself', () => {
  const value: Record<string, unknown> = {}
  value['self'] = value
  expect(() => toPlainText(value)).toThrow(/nested too deep/)
})
