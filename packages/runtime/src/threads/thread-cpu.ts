import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'

/**
 * CPU time of the calling thread in milliseconds. The truest source that there is, chosen once:
 *
 * 1. `process.threadCpuUsage` (Node 23.9 and later),
 * 2. `/proc/thread-self/schedstat` (Linux; nanoseconds on a CPU),
 * 3. `/proc/thread-self/stat` (Linux; in ticks of 10 ms),
 * 4. the active time of the thread's event loop, which counts waiting for a CPU as work.
 *
 * None of them counts V8's own threads (concurrent compilation and garbage collection). Costs about 12 µs a call.
 */
export const threadCpuMs: () => number = fromNode() ?? fromSchedstat() ?? fromStat() ?? fromEventLoop

function fromNode(): (() => number) | null {
  const usage = (process as { threadCpuUsage?: () => { user: number; system: number } }).threadCpuUsage
  if (typeof usage !== 'function') return null
  return () => {
    const { user, system } = usage.call(process)
    return (user + system) / 1_000
  }
}

function fromSchedstat(): (() => number) | null {
  const read = (): number => Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]) / 1e6
  return works(read)
}

function fromStat(): (() => number) | null {
  const TICK_MS = 10
  const read = (): number => {
    const text = readFileSync('/proc/thread-self/stat', 'latin1')
    // The second field is the thread's name in parentheses and may hold blanks; user and system time are fields 14 and 15.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS
  }
  return works(read)
}

function fromEventLoop(): number {
  return performance.eventLoopUtilization().active
}

/** `read`, if it gives a number above 0 now: a kernel without accounting gives 0 or no file. */
function works(read: () => number): (() => number) | null {
  try {
    return read() > 0 ? read : null
  } catch {
    return null
  }
}
