/** Speeds over the last few seconds, from samples of a counter that only grows. */
export class Rate {
  readonly #samples: { readonly ms: number; readonly value: number }[] = []

  constructor(ms: number, value: number) {
    this.#samples.push({ ms, value })
  }

  /** @returns units per second over at most the last {@link RATE_WINDOW_MS}, 0 while there is no second sample */
  add(ms: number, value: number): number {
    this.#samples.push({ ms, value })
    while (this.#samples.length > 2 && this.#samples[0]!.ms < ms - RATE_WINDOW_MS) this.#samples.shift()
    const first = this.#samples[0]!
    return ms > first.ms ? ((value - first.value) / (ms - first.ms)) * 1_000 : 0
  }
}

const RATE_WINDOW_MS = 3_000

/** `12.3 M`, `980 k`, `17`. */
export function formatCount(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(2)} G`
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M`
  if (value >= 1e4) return `${(value / 1e3).toFixed(0)} k`
  return String(Math.round(value))
}

/** `1.1 GB`, `85 MB`, `312 B`. */
export function formatBytes(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)} GB`
  if (value >= 1e6) return `${(value / 1e6).toFixed(0)} MB`
  if (value >= 1e3) return `${(value / 1e3).toFixed(0)} kB`
  return `${Math.round(value)} B`
}

/** `2:05` or `1:02:05`, `–` where it is not known. */
export function formatTime(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return '–'
  const seconds = Math.round(ms / 1_000)
  const two = (n: number): string => String(n).padStart(2, '0')
  const minutes = Math.floor(seconds / 60)
  return minutes >= 60 ? `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}
