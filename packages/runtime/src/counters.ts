/**
 * What every worker counts, live in one shared array: a slot of whole cache lines per worker, written by that worker
 * alone and read by anyone at any time. Readers sum.
 */
export const COUNTER_NAMES = [
  'rowsIn', 'rowsOut', 'rowsFiltered', 'rowsAggregated', 'rowsLate', 'rowsFailed', 'bytesIn', 'bytesOut',
  'watermark', 'stateBytes', 'setupCpuMs', 'cpuMs', 'splitsDone', 'weightDone', 'heartbeat', 'epoch', 'state', 'pauseMsMax',
  'turns', 'threadId',
] as const

export type CounterName = (typeof COUNTER_NAMES)[number]
export type Counters = Record<CounterName, number>

/** Values of the counter `state`, in the order in which a worker passes them. */
export const WORKER_STATE = { opening: 0, running: 1, ended: 2, prepared: 3, closed: 4, failed: 5 } as const

const CACHE_LINE_BYTES = 64
const SLOT_BYTES = Math.ceil((COUNTER_NAMES.length * 8) / CACHE_LINE_BYTES) * CACHE_LINE_BYTES
const SLOT_DOUBLES = SLOT_BYTES / 8

const INDEX = Object.fromEntries(COUNTER_NAMES.map((name, index) => [name, index])) as Record<CounterName, number>

export function newCounterMemory(workerCount: number): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(workerCount * SLOT_BYTES)
  const values = new Float64Array(memory)
  for (let w = 0; w < workerCount; w++) values[w * SLOT_DOUBLES + INDEX.watermark] = -Infinity
  return memory
}

/** One worker's slot, for that worker to write. */
export class CounterSlot {
  readonly #values: Float64Array

  constructor(memory: SharedArrayBuffer, workerIndex: number) {
    this.#values = new Float64Array(memory, workerIndex * SLOT_BYTES, SLOT_DOUBLES)
  }

  set(name: CounterName, value: number): void {
    this.#values[INDEX[name]] = value
  }

  get(name: CounterName): number {
    return this.#values[INDEX[name]]!
  }
}

/** All counters of one worker as they are now. */
export function readCounters(memory: SharedArrayBuffer, workerIndex: number): Counters {
  const values = new Float64Array(memory, workerIndex * SLOT_BYTES, SLOT_DOUBLES)
  const counters = {} as Counters
  for (const name of COUNTER_NAMES) counters[name] = values[INDEX[name]]!
  return counters
}
