import { describe, expect, it } from 'vitest'
import { threadCpuMs } from './thread-cpu.js'

describe('CPU time of a thread', () => {
  it('grows with work and hardly with waiting', async () => {
    const before = threadCpuMs()
    const until = performance.now() + 60
    while (performance.now() < until);
    const worked = threadCpuMs() - before
    expect(worked).toBeGreaterThan(5)
    expect(worked).toBeLessThan(75)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(threadCpuMs() - before - worked).toBeLessThan(60)
  })
})
