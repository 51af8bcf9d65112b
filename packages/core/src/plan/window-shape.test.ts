import fc from 'fast-check'
import { expect, it } from 'vitest'
import { endAfter, firstEndOf, lastEndOf, sliceMicrosOf, startOf, type WindowShape } from './window-shape.js'

const shapes = fc.oneof(
  fc.record({ kind: fc.constant('hop' as const), sizeMicros: fc.integer({ min: 1, max: 40 }), slideMicros: fc.integer({ min: 1, max: 40 }), offsetMicros: fc.integer({ min: -50, max: 50 }) })
    .map((s): WindowShape => ({ ...s, slideMicros: Math.min(s.slideMicros, s.sizeMicros) })),
  fc.record({ kind: fc.constant('cumulate' as const), slideMicros: fc.integer({ min: 1, max: 9 }), steps: fc.integer({ min: 1, max: 9 }), offsetMicros: fc.integer({ min: -50, max: 50 }) })
    .map(({ steps, ...s }): WindowShape => ({ ...s, sizeMicros: s.slideMicros * steps })),
  fc.record({ sizeMicros: fc.integer({ min: 1, max: 40 }), offsetMicros: fc.integer({ min: -50, max: 50 }) })
    .map((s): WindowShape => ({ ...s, kind: 'tumble', slideMicros: s.sizeMicros })),
)

/** The definition: all windows that hold an instant, by trying. */
function endsOf(shape: WindowShape, at: number): number[] {
  const ends: number[] = []
  for (let k = -200; k <= 200; k++) {
    const start = shape.offsetMicros + k * (shape.kind === 'hop' ? shape.slideMicros : shape.sizeMicros)
    const steps = shape.kind === 'cumulate' ? shape.sizeMicros / shape.slideMicros : 1
    for (let s = 1; s <= steps; s++) {
      const end = start + (shape.kind === 'cumulate' ? s * shape.slideMicros : shape.sizeMicros)
      if (start <= at && at < end) ends.push(end)
    }
  }
  return ends.sort((a, b) => a - b)
}

it('finds the windows of an instant', () => {
  fc.assert(fc.property(shapes, fc.integer({ min: -60, max: 60 }), (shape, at) => {
    const ends = endsOf(shape, at)
    expect(firstEndOf(shape, at)).toBe(ends[0])
    expect(lastEndOf(shape, at)).toBe(ends.at(-1))
    const walked = [ends[0]!]
    while (walked.at(-1)! < ends.at(-1)!) walked.push(endAfter(shape, walked.at(-1)!))
    expect(walked).toEqual(ends)
    for (const end of ends) expect(startOf(shape, end)).toBeLessThanOrEqual(at)
    const slice = sliceMicrosOf(shape)
    const sliceStart = Math.floor((at - shape.offsetMicros) / slice) * slice + shape.offsetMicros
    expect(endsOf(shape, sliceStart)).toEqual(ends)
    expect(endsOf(shape, sliceStart + slice - 1)).toEqual(ends)
  }))
})
