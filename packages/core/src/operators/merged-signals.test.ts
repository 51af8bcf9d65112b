import { describe, expect, it } from 'vitest'
import { END } from '../types/element.js'
import { MergedSignals } from './merged-signals.js'

const at = (micros: number) => ({ kind: 'watermark', micros }) as const
const barrier = { kind: 'barrier', epoch: 3 } as const

describe('MergedSignals', () => {
  it('passes on the least watermark, once', () => {
    const signals = new MergedSignals(2)
    expect(signals.take(at(5), 0)).toEqual([])
    expect(signals.take(at(3), 1)).toEqual([at(3)])
    expect(signals.take(at(4), 1)).toEqual([at(4)])
    expect(signals.take(at(9), 1)).toEqual([at(5)])
    expect(signals.take(at(6), 1)).toEqual([])
    expect(signals.watermark).toBe(5)
  })

  it('passes on a barrier when it has come on every input', () => {
    const signals = new MergedSignals(3)
    expect(signals.take(barrier, 2)).toEqual([])
    expect(signals.take(barrier, 0)).toEqual([])
    expect(signals.take(barrier, 1)).toEqual([barrier])
    expect(signals.take({ ...barrier, epoch: 4 }, 1)).toEqual([])
  })

  it('does not wait for the barrier of an input that has ended or ends instead', () => {
    const signals = new MergedSignals(3)
    expect(signals.take(END, 0)).toEqual([])
    expect(signals.take(barrier, 1)).toEqual([])
    expect(signals.take(END, 2)).toEqual([barrier])
    expect(signals.take(END, 1)).toEqual([at(Infinity), END])
  })
})
