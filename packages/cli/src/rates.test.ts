import { describe, expect, test } from 'vitest'
import { Rate, formatBytes, formatCount, formatTime } from './rates.js'

describe('Rate', () => {
  test('is known from the second sample on', () => {
    const rate = new Rate(0, 0)
    expect(rate.add(0, 0)).toBe(0)
    expect(rate.add(500, 50)).toBe(100)
  })

  test('forgets what is older than its window', () => {
    const rate = new Rate(0, 0)
    for (let ms = 100; ms <= 10_000; ms += 100) rate.add(ms, 1_000)
    expect(rate.add(10_100, 1_000)).toBe(0)
  })
})

test('counts, bytes and times for people', () => {
  expect([17.4, 12_345, 12_345_678, 2.5e9].map(formatCount)).toEqual(['17', '12 k', '12.3 M', '2.50 G'])
  expect([312, 2_500, 85e6, 1.13e9].map(formatBytes)).toEqual(['312 B', '3 kB', '85 MB', '1.1 GB'])
  expect([null, 0, 125_000, 3_725_000].map(formatTime)).toEqual(['–', '0:00', '2:05', '1:02:05'])
})
