import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stateFromText, stateToText } from './state-text.js'

const leaf = fc.oneof(
  fc.string(), fc.boolean(), fc.double(), fc.bigInt(), fc.constant(null), fc.constant(undefined), fc.date({ noInvalidDate: true }), fc.uint8Array(),
  fc.constant(-0), fc.constant(NaN), fc.constant(-Infinity),
)

const { state } = fc.letrec((tie) => ({
  state: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('state')),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('$bigint', '$set', '$object', '__proto__', 'constructor')), tie('state'), { noNullPrototype: true }),
    fc.array(tie('state')).map((parts) => new Set(parts)),
    fc.array(fc.tuple(tie('state'), tie('state'))).map((entries) => new Map(entries)),
  ),
}))

describe('the state of an aggregate as text', () => {
  it('comes back as it was', () => {
    fc.assert(fc.property(state, (value) => { expect(stateFromText(stateToText(value))).toEqual(value) }))
  })

  it.each([
    ['a function', { f: () => 1 }],
    ['an object of a class', { x: new (class Total { sum = 1 })() }],
    ['a symbol', [Symbol('s')]],
  ])('refuses %s', (_, value) => expect(() => stateToText(value)).toThrow(/cannot be moved or stored/))

  it('refuses what holds itself', () => {
    const self: unknown[] = []
    self.push(self)
    expect(() => stateToText(self)).toThrow(/holds itself/)
  })
})
