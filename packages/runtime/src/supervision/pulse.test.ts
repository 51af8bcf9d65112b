import { expect, test } from 'vitest'
import { Pulse } from './pulse.js'

test('tells a pipeline that waits from a thread that does not come back', () => {
  const pulse = new Pulse()
  const looks = [[1, 1], [2, 2], [2, 3], [2, 4], [2, 4], [2, 4], [3, 5]] as const
  const states = looks.map(([rounds, turns]) => {
    pulse.look({ rounds, turns })
    return `${pulse.state.kind} ${pulse.state.looks}`
  })
  expect(states).toEqual(['beating 0', 'beating 0', 'waiting 1', 'waiting 2', 'stuck 1', 'stuck 2', 'beating 0'])
})
