import type { PhysicalPlan } from './physical.js'

/**
 * A plan as JSON, the same text for the same plan: for checkpoints, and to be hashed. What JSON has no form for is an
 * object of one member that begins with `$`.
 */
export function planToJson(plan: PhysicalPlan): string {
  return JSON.stringify(plan, (_, value: unknown) => {
    if (typeof value === 'bigint') return { $bigint: String(value) }
    if (value instanceof Uint8Array) return { $bytes: [...value] }
    if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
      return { $number: Object.is(value, -0) ? '-0' : String(value) }
    }
    return value
  })
}

export function planFromJson(text: string): PhysicalPlan {
  return JSON.parse(text, (_, value: unknown) => {
    if (value === null || typeof value !== 'object') return value
    if ('$bigint' in value) return BigInt(value.$bigint as string)
    if ('$bytes' in value) return Uint8Array.from(value.$bytes as number[])
    return '$number' in value ? Number(value.$number) : value
  }) as PhysicalPlan
}
