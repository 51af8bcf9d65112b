import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Worker, isMainThread, parentPort } from 'node:worker_threads'
import { measure } from '../measurement.js'
import type { Measurement } from '../measurement.js'
import { resultHash } from '../result-hash.js'

/**
 * "V2 with channels": the main thread reads, parses and routes every record by its key to the worker that owns it, by
 * `postMessage`, in small batches; workers aggregate and send their results back. The way that Millrace is not built,
 * kept as the row "before".
 */
export async function channels({ path, workers: workerCount, rows }: { path: string; workers: number; rows: number }): Promise<Measurement> {
  const workers = Array.from({ length: workerCount }, () => new Worker(new URL(import.meta.url)))
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))))
  const measurement = await measure(rows, async () => {
    const batches: [number, number][][] = workers.map(() => [])
    let inFlight = 0
    let resume: (() => void) | null = null
    const results: [number, number][] = []
    const ended = workers.map((worker) => new Promise<void>((resolve) => {
      worker.on('message', (message: 'taken' | [number, number][]) => {
        if (message === 'taken') {
          if (--inFlight < IN_FLIGHT_MAX) resume?.()
          return
        }
        results.push(...message)
        resolve()
      })
    }))
    for await (const line of createInterface({ input: createReadStream(path) })) {
      const record = JSON.parse(line) as { group_id: number; value: number }
      const target = record.group_id % workerCount
      const batch = batches[target]!
      batch.push([record.group_id, record.value])
      if (batch.length === CHANNEL_BATCH_ROWS) {
        workers[target]!.postMessage(batch)
        batches[target] = []
        if (++inFlight >= IN_FLIGHT_MAX) {
          await new Promise<void>((resolve) => { resume = resolve })
          resume = null
        }
      }
    }
    for (const [target, batch] of batches.entries()) {
      workers[target]!.postMessage(batch)
      workers[target]!.postMessage('end')
    }
    await Promise.all(ended)
    return { hash: resultHash(results) }
  })
  await Promise.all(workers.map((worker) => worker.terminate()))
  return measurement
}

const CHANNEL_BATCH_ROWS = 100
const IN_FLIGHT_MAX = 256

if (!isMainThread && parentPort !== null) {
  const port = parentPort
  const sums = new Map<number, number>()
  port.on('message', (message: 'end' | [number, number][]) => {
    if (message === 'end') {
      port.postMessage([...sums])
      return
    }
    for (const [group, value] of message) sums.set(group, (sums.get(group) ?? 0) + value)
    port.postMessage('taken')
  })
  port.postMessage('ready')
}
