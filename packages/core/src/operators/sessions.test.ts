import { expect, it } from 'vitest'
import { Sessions } from './sessions.js'

it('makes one session of those that a row bridges, from the start of the first, whatever has opened between them', () => {
  const merged: [number, number][] = []
  const sessions = new Sessions(5, (into, from) => merged.push([into, from]))
  const later = sessions.assign(0, 16, -Infinity)
  sessions.add(0, NaN, Infinity)
  const earlier = sessions.assign(0, 8, -Infinity)
  expect(sessions.assign(0, 12, -Infinity)).toBe(earlier)
  expect(merged).toEqual([[earlier, later]])
  expect([sessions.starts[earlier], sessions.ends[earlier]]).toEqual([8, 21])
})
