import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TouchTimes } from './touch-times.js'

const SECOND = 1_000_000
const touched = (times: TouchTimes, thing: number, second: number): void => times.touch(Int32Array.of(thing), 1, second * SECOND)
const expired = (times: TouchTimes, second: number): number[] => [...times.expire(second * SECOND)]

describe('TouchTimes', () => {
  it('gives what has not been touched for the time to live, once', () => {
    const times = new TouchTimes(16_000)
    touched(times, 0, 1)
    touched(times, 1, 1)
    touched(times, 0, 10)
    expect(expired(times, 17)).toEqual([])
    expect(expired(times, 18)).toEqual([1])
    expect(expired(times, 26)).toEqual([])
    expect(expired(times, 27)).toEqual([0])
    expect(expired(times, 100)).toEqual([])
  })

  it('knows things again after renumbering and after a restore', () => {
    const times = new TouchTimes(16_000)
    for (let thing = 0; thing < 4; thing++) touched(times, thing, thing)
    times.renumber(Int32Array.of(1, 3))
    expect(expired(times, 18)).toEqual([0])
    const again = new TouchTimes(16_000)
    again.restore(Int32Array.of(5), times.timesOf(Int32Array.of(1)))
    expect(expired(again, 19)).toEqual([])
    expect(expired(again, 20)).toEqual([5])
  })

  it('agrees with a list of all touches, to a sixteenth of the time', () => {
    const act = fc.record({ thing: fc.nat(9), after: fc.integer({ min: 0, max: 8 }), forget: fc.boolean() })
    fc.assert(fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const times = new TouchTimes(16_000)
      const last = new Map<number, number>()
      let now = 0
      for (const { thing, after, forget } of acts) {
        now += after
        const gone = expired(times, now)
        for (const one of gone) {
          expect(now - last.get(one)!).toBeGreaterThanOrEqual(16)
          last.delete(one)
        }
        for (const second of last.values()) expect(now - second).toBeLessThan(17)
        if (forget) {
          times.forget(thing)
          last.delete(thing)
        } else {
          touched(times, thing, now)
          last.set(thing, now)
        }
      }
    }))
  })
})
