import { lookup } from '../lookup.js'
/** Texts of options and settings as numbers: durations, sizes, booleans. Each gives `null` where the text is none. */

const DURATION_MS: Readonly<Record<string, number>> = lookup({
  ns: 1e-6, us: 1e-3, ms: 1, s: 1_000, sec: 1_000, second: 1_000, m: 60_000, min: 60_000, minute: 60_000,
  h: 3_600_000, hour: 3_600_000, d: 86_400_000, day: 86_400_000, millisecond: 1, milli: 1, micro: 1e-3, microsecond: 1e-3,
})

/** `10s`, `5 min`, `500 ms`, `2 days`; a bare number is milliseconds. */
export function parseDurationMs(text: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text)
  if (match === null) return null
  const unit = match[2]!.toLowerCase()
  const factor = unit === '' ? 1 : DURATION_MS[unit] ?? DURATION_MS[unit.replace(/s$/, '')]
  return factor === undefined ? null : Number(match[1]) * factor
}

const SIZE_BYTES: Readonly<Record<string, number>> = lookup({
  '': 1, b: 1, bytes: 1, k: 1024, kb: 1024, kib: 1024, m: 1024 ** 2, mb: 1024 ** 2, mib: 1024 ** 2,
  g: 1024 ** 3, gb: 1024 ** 3, gib: 1024 ** 3, t: 1024 ** 4, tb: 1024 ** 4, tib: 1024 ** 4,
})

/** `64mb`, `1 GiB`, `4096`; k, m and g are powers of 1,024. */
export function parseBytes(text: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text)
  const factor = match === null ? undefined : SIZE_BYTES[match[2]!.toLowerCase()]
  return factor === undefined ? null : Math.round(Number(match![1]) * factor)
}

export function parseBoolean(text: string): boolean | null {
  switch (text.trim().toLowerCase()) {
    case 'true': case 'on': case 'yes': case '1': return true
    case 'false': case 'off': case 'no': case '0': return false
    default: return null
  }
}

export function parseNumber(text: string): number | null {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : null
}
