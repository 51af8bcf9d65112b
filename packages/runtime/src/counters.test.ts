import { describe, expect, it } from 'vitest'
import { COUNTER_NAMES, CounterSlot, newCounterMemory, readCounters } from './counters.js'
import { JobSignal, SIGNAL } from './job-signal.js'

describe('counters', () => {
  it('have a slot for each worker that no other touches', () => {
    const memory = newCounterMemory(3)
    expect(memory.byteLength % (3 * 64)).toBe(0)
    for (let w = 0; w < 3; w++) {
      const slot = new CounterSlot(memory, w)
      COUNTER_NAMES.forEach((name, i) => slot.set(name, w * 1_000 + i))
    }
    for (let w = 0; w < 3; w++) {
      const counters = readCounters(memory, w)
      COUNTER_NAMES.forEach((name, i) => expect(counters[name]).toBe(w * 1_000 + i))
    }
  })

  it('start at 0, the watermark at −∞', () => {
    const { watermark, ...rest } = readCounters(newCounterMemory(1), 0)
    expect(watermark).toBe(-Infinity)
    expect(Object.values(rest).every((value) => value === 0)).toBe(true)
  })
})

describe('the signal of a job', () => {
  it('only grows', () => {
    const signal = new JobSignal()
    expect(signal.value).toBe(SIGNAL.run)
    signal.raise(SIGNAL.stop)
    signal.raise(SIGNAL.drain)
    expect(new JobSignal(signal.memory).value).toBe(SIGNAL.stop)
  })
})
