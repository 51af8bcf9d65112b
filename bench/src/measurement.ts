/** What one run of one subject gave. A subject runs in a process of its own and prints this as JSON on its last line. */
export interface Measurement {
  /** From the first read to the last commit, start-up and set-up left out. */
  readonly elapsedMs: number
  /**
   * User and system time of the whole process, set-up included; under `cpu: 'workers'` that of Millrace's worker threads
   * from the first read on.
   */
  readonly cpuMs: number
  readonly rows: number
  readonly hash: string
  readonly rssMaxMb: number
  /** Resident memory once a second. */
  readonly rssMb?: readonly number[]
}

/** The middle of several runs. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Runs `work` and measures the process around it. */
export async function measure(rows: number, work: () => Promise<{ hash: string; elapsedMs?: number; cpuMs?: number }>): Promise<Measurement> {
  const rssMb: number[] = []
  const timer = setInterval(() => rssMb.push(Math.round(process.memoryUsage.rss() / 1e6)), 1_000)
  const cpuBefore = process.cpuUsage()
  const start = performance.now()
  const { hash, elapsedMs, cpuMs } = await work()
  const wall = performance.now() - start
  const cpu = process.cpuUsage(cpuBefore)
  clearInterval(timer)
  return {
    elapsedMs: elapsedMs ?? wall, cpuMs: cpuMs ?? (cpu.user + cpu.system) / 1e3, rows, hash, rssMaxMb: Math.round(process.resourceUsage().maxRSS / 1e3), rssMb,
  }
}
