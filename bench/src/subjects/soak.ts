import { millrace } from '@millrace/runtime'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measure } from '../measurement.js'
import type { Measurement } from '../measurement.js'

export interface SoakParameters {
  /** A script that reads Nexmark without an end and writes counts (`n`) as JSON into the directory `${output}`. */
  readonly sql: string
  readonly workers: number
  readonly seconds: number
  readonly intervalMs: number
}

export interface SoakMeasurement extends Measurement {
  readonly checkpoints: number
  readonly pauseMsMax: number
  /** Open descriptors of the process, once a second. */
  readonly descriptors: readonly number[]
  /** Sum of the counts that were written, and how many rows they should stand for. */
  readonly counted: number
  readonly expected: number
}

/** One job at full speed for a long time, with windows and checkpoints; drained at its end, so that every row has been counted. */
export async function soak({ sql, workers, seconds, intervalMs }: SoakParameters): Promise<SoakMeasurement> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  const output = join(folder, 'out')
  const descriptors: number[] = []
  let counted = 0
  const timer = setInterval(() => {
    descriptors.push(readdirSync('/proc/self/fd').length)
    counted += countsIn(output)
  }, 1_000)
  try {
    let [checkpoints, pauseMsMax, rows] = [0, 0, 0]
    const measurement = await measure(0, async () => {
      const job = await millrace.run(sql, {
        workers, params: { output }, strategy: 'pipelines', resolveFrom: [import.meta.url],
        checkpoint: { address: join(folder, 'checkpoints'), intervalMs, onDrain: 'finish' },
      })
      setTimeout(() => void job.drain(), seconds * 1_000)
      const stats = await job.done
      const { rowsIn, rowsOut, rowsFiltered, rowsAggregated, rowsLate, rowsDeadLettered } = stats
      if (rowsIn !== rowsOut + rowsFiltered + rowsAggregated + rowsLate + rowsDeadLettered) throw new Error(`rows are lost: ${JSON.stringify(stats)}`)
      ;[checkpoints, pauseMsMax, rows] = [stats.checkpoints!.count, stats.checkpoints!.pauseMsMax, rowsIn - rowsFiltered - rowsLate]
      return { hash: '', elapsedMs: stats.elapsedMs, cpuMs: stats.cpuMs }
    })
    counted += countsIn(output)
    return { ...measurement, rows, checkpoints, pauseMsMax, descriptors, counted, expected: rows }
  } finally {
    clearInterval(timer)
    rmSync(folder, { recursive: true })
  }
}

/** Adds up what has been committed, and removes it: half an hour of output is too much to keep. */
function countsIn(output: string): number {
  let sum = 0
  for (const name of ifThere(output)) {
    if (!name.startsWith('part-')) continue
    const path = join(output, name)
    for (const line of readFileSync(path, 'utf8').trim().split('\n')) sum += (JSON.parse(line) as { n: number }).n
    rmSync(path)
  }
  return sum
}

function ifThere(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
