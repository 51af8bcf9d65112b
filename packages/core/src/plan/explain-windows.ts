import type { Schema } from '../types/data-type.js'
import type { LatenessJudge, SessionNode, WindowNode } from './physical-windows.js'
import { sliceMicrosOf, type WindowShape } from './window-shape.js'

/** `hop(ts, 2 s, 10 s)  slices=2 s`. */
export function windowDetail(n: WindowNode, fields: Schema): string {
  const { shape, assign } = n
  const shown = `${shape.kind}(${[fields[n.time]!.name, ...sizesOf(shape)].join(', ')})`
  return [shown, ...(assign === 'slices' ? [`slices=${durationText(sliceMicrosOf(shape))}`] : []), ...judgeText(n.judge)].join('  ')
}

export function sessionDetail(n: SessionNode, fields: Schema): string {
  const key = n.keys.length === 0 ? [] : [`key=${n.keys.map((k) => fields[k]!.name).join(', ')}`]
  const what = n.calls === null ? ['rows'] : []
  const emit = n.emit === 'changes' ? ['emit=changes'] : []
  return [`session(${fields[n.time]!.name}, ${durationText(n.gapMicros)})`, ...key, ...what, ...judgeText(n.judge), ...emit].join('  ')
}

/** How an aggregate puts its windows together. */
export function slicesText(shape: WindowShape): string {
  return `${shape.kind}(${sizesOf(shape).join(', ')}) of slices=${durationText(sliceMicrosOf(shape))}`
}

function sizesOf({ kind, sizeMicros, slideMicros, offsetMicros }: WindowShape): string[] {
  const sizes = kind === 'tumble' ? [sizeMicros] : [slideMicros, sizeMicros]
  return [...sizes, ...(offsetMicros === 0 ? [] : [offsetMicros])].map(durationText)
}

function judgeText(judge: LatenessJudge | null): string[] {
  return judge === null || judge.latenessMicros === 0 ? [] : [`lateness=${durationText(judge.latenessMicros)}`]
}

function durationText(micros: number): string {
  return micros % 1_000_000 === 0 ? `${micros / 1_000_000} s` : `${micros / 1_000} ms`
}
