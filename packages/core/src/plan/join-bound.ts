import type { Expression } from '../expressions/expression.js'
import { columnTime, type ColumnTime } from './column-time.js'
import type { LogicalJoin } from './logical.js'
import { conjunctsOf } from './predicate.js'
import { timeOffsetOf } from './time-offset.js'
import { lookup } from '../lookup.js'

/**
 * How event time bounds what a join must remember: rows whose times are too far apart do not go together, so a row can be forgotten once
 * the watermark has left it behind, and it is known then whether it has a match.
 */
export interface JoinBound {
  readonly kind: 'interval' | 'window'
  /** Columns of the inputs. */
  readonly leftTime: number
  readonly rightTime: number
  /** A row is done when the watermark is past its time plus this. */
  readonly leftDoneMicros: number
  readonly rightDoneMicros: number
  /** A row is late when its own split's watermark was past its time plus this. */
  readonly lateMicros: number
  /** Rows of the result come no more than so much behind the watermark of the inputs: it is passed on so much later. */
  readonly holdBackMicros: number
}

/** The bound in time of a join's condition; null where there is none on both sides. */
export function boundOf(join: LogicalJoin): JoinBound | null {
  return windowBound(join) ?? intervalBound(join)
}

/** Both sides are windows that end together. */
function windowBound(join: LogicalJoin): JoinBound | null {
  const width = join.left.schema.length
  for (const e of conditionsOf(join)) {
    if (e.kind !== 'call' || e.name !== '=') continue
    const [a, b] = e.args.map(timeOffsetOf)
    if (a === null || b === null || a === undefined || b === undefined || a.micros !== b.micros) continue
    const [left, right] = a.column < b.column ? [a.column, b.column - width] : [b.column, a.column - width]
    if (left >= width || right < 0) continue
    const times = [columnTime(join.left, left), columnTime(join.right, right)]
    if (!times.every((time) => time?.kind === 'window_end')) continue
    const lateness = Math.max(...times.map((time) => time!.lagMicros))
    return {
      kind: 'window', leftTime: left, rightTime: right, leftDoneMicros: lateness - 1, rightDoneMicros: lateness - 1, lateMicros: lateness - 1,
      holdBackMicros: 0,
    }
  }
  return null
}

/** `left time - right time` lies between two constants. */
function intervalBound(join: LogicalJoin): JoinBound | null {
  const width = join.left.schema.length
  const bounds = new Map<string, { left: number; right: number; low: number; high: number; times: readonly [ColumnTime, ColumnTime] }>()
  for (const e of conditionsOf(join)) {
    const difference = differenceOf(e, width)
    if (difference === null) continue
    const { left, right } = difference
    const key = `${left} ${right}`
    const leftTime = columnTime(join.left, left)
    const rightTime = columnTime(join.right, right)
    if (leftTime === null || rightTime === null || leftTime.kind === 'window_start' || rightTime.kind === 'window_start') continue
    const known = bounds.get(key) ?? { left, right, low: -Infinity, high: Infinity, times: [leftTime, rightTime] }
    bounds.set(key, { ...known, low: Math.max(known.low, difference.low), high: Math.min(known.high, difference.high) })
  }
  for (const { left, right, low, high, times: [leftTime, rightTime] } of bounds.values()) {
    if (!Number.isFinite(low) || !Number.isFinite(high)) continue
    const [leftLag, rightLag] = [leftTime.lagMicros, rightTime.lagMicros]
    return {
      kind: 'interval', leftTime: left, rightTime: right, leftDoneMicros: rightLag - low, rightDoneMicros: high + leftLag, lateMicros: 0,
      holdBackMicros: Math.max(0, leftLag, rightLag, rightLag - low, high + leftLag),
    }
  }
  return null
}

interface Difference {
  readonly left: number
  readonly right: number
  /** Of left time − right time. */
  readonly low: number
  readonly high: number
}

/** A comparison of a time of each side, as bounds of their difference. */
function differenceOf(e: Expression, width: number): Difference | null {
  if (e.kind !== 'call' || !(e.name in FLIPPED)) return null
  const [a, b] = e.args.map(timeOffsetOf)
  if (a === null || b === null || a === undefined || b === undefined || (a.column < width) === (b.column < width)) return null
  const isLeftFirst = a.column < width
  const [l, r] = isLeftFirst ? [a, b] : [b, a]
  const op = isLeftFirst ? e.name : FLIPPED[e.name]!
  const bound = r.micros - l.micros
  return {
    left: l.column, right: r.column - width,
    low: op === '>' || op === '>=' || op === '=' ? bound : -Infinity,
    high: op === '<' || op === '<=' || op === '=' ? bound : Infinity,
  }
}

const FLIPPED: Readonly<Record<string, string>> = lookup({ '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' })

function conditionsOf(join: LogicalJoin): readonly Expression[] {
  return join.condition === null ? [] : conjunctsOf(join.condition)
}
